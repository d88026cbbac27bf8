"""Interactive pictures, for chapters in JupyterLab or Colab; without a front end each draws its default once.

>>> from dcgan_course import widgets
>>> shown = widgets.TransposedConvolution(kernel=5)
"""

from .clipping import Clipping
from .convolution import TransposedConvolution
from .desk import TrainingDesk
from .guess import RealOrFake
from .latent import LatentExplorer

__all__ = ["Clipping", "LatentExplorer", "RealOrFake", "TrainingDesk", "TransposedConvolution"]
