"""Deep convolutional GANs with Keras 3: the helper package of the course."""

from . import runtime

with runtime.quiet_stderr():  # TensorFlow reports its CPU features on stderr, which no learner needs
    import keras  # noqa: F401

    from . import backends  # noqa: F401

from . import datasets, evaluation, losses, networks, plots
from .backends import value_and_gradients
from .callbacks import Checkpoint, Doctor, LiveView
from .gan import GAN
from .runtime import start
from .strategy import Strategy

from . import checks, claims, relatives  # isort: skip  (they build on GAN)

__version__ = "0.1.0"
__all__ = [
    "GAN",
    "Checkpoint",
    "Doctor",
    "LiveView",
    "Strategy",
    "checks",
    "claims",
    "datasets",
    "evaluation",
    "losses",
    "networks",
    "plots",
    "relatives",
    "start",
    "value_and_gradients",
]
