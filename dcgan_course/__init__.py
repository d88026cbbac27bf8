"""Deep convolutional GANs with Keras 3: the helper package of the course."""

from . import runtime

with runtime.quiet_stderr():  # TensorFlow reports its CPU features on stderr, which no learner needs
    import keras  # noqa: F401

    from . import backends  # noqa: F401

from . import datasets, evaluation, losses, networks, plots
from .callbacks import Doctor, LiveView
from .gan import GAN
from .runtime import start
from .strategy import Strategy

__version__ = "0.1.0"
__all__ = ["GAN", "Doctor", "LiveView", "Strategy", "datasets", "evaluation", "losses", "networks", "plots", "start"]
