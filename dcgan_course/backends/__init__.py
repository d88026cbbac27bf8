"""One adversarial step per Keras backend, each in a module of the same form:

    train_step(gan, …) -> logs      what `keras.Model.train_step` has to do on that backend
    batches(source) -> source       `datasets.Batches` in the form that feeds this backend without stalls
    gradients(gan, real, chance)    the step's losses and gradients alone
    most_steps(gan) -> number       how many steps one call of the compiled graph can hold
    settle(gan, error) -> bool      after an error in `fit`: whether the variables have their values again
    is_first_process() -> bool      of several processes that train together, whether this one writes files

`gan.py` and `checkpoint.py` are the only importers.
"""

import importlib

import keras

AVAILABLE = ("tensorflow", "jax", "torch")


def load():
    """The module for the active Keras backend.

    Raises:
        ImportError: there is no step for that backend.
    """
    name = keras.backend.backend()
    if name not in AVAILABLE:
        raise ImportError(
            f"The course trains on these Keras backends: {', '.join(AVAILABLE)}. Received: KERAS_BACKEND={name}. "
            f"Set the environment variable KERAS_BACKEND={AVAILABLE[0]} before Python starts."
        )
    return importlib.import_module(f"{__name__}.{name}")
