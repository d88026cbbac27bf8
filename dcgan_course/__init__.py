"""Deep convolutional GANs with Keras 3: the helper package of the course.

The core (networks, losses, strategy, gan and what they rest on) is imported at once; instruments and classroom are
loaded where they are first used, so that `import dcgan_course` stays fast.
"""

import importlib

from .start import quiet_stderr, start

with quiet_stderr():  # TensorFlow reports its CPU features on stderr, which no learner needs
    from . import backends  # noqa: F401

from . import datasets, losses, networks, relatives  # relatives: load_model finds their classes
from .backends import value_and_gradients
from .gan import GAN
from .relatives import load_generator
from .strategy import Strategy

__version__ = "0.1.0"
_LATER = {  # name: the module that holds it, or that it is
    "Checkpoint": "callbacks",
    "Doctor": "callbacks",
    "LiveView": "callbacks",
    "Quality": "callbacks",
    "callbacks": "callbacks",
    "evaluation": "evaluation",
    "plots": "figures.plots",
    "sampling": "sampling",
    "save_images": "figures.files",
    "checks": "classroom.checks",
    "claims": "classroom.claims",
    "widgets": "classroom.widgets",
}
__all__ = [
    "GAN",
    "Strategy",
    "datasets",
    "load_generator",
    "losses",
    "networks",
    "relatives",
    "start",
    "value_and_gradients",
    *_LATER,
]


def __getattr__(name):
    """Load an instrument or a part of the classroom."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f".{_LATER[name]}", __name__)
    globals()[name] = getattr(module, name, module)
    return globals()[name]


def __dir__():
    return sorted({*globals(), *__all__})
