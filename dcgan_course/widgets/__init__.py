"""Interactive pictures, for chapters in JupyterLab or Colab; without a front end each draws its default once.

from dcgan_course import widgets

widgets.TransposedConvolution(kernel=5)
"""

from .convolution import TransposedConvolution
from .latent import LatentExplorer, trained_generator

__all__ = ["LatentExplorer", "TransposedConvolution", "trained_generator"]
