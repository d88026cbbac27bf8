"""One adversarial step per Keras backend, each in a module of the same form:

    train_step(gan, …) -> logs      what `keras.Model.train_step` has to do on that backend
    batches(source) -> source       `datasets.Batches` in the form that feeds this backend without stalls
    gradients(gan, real, chance)    the step's losses and gradients alone
    value_and_gradients(function, variables)   what a chapter asks by hand: a number and how each variable moves it
    most_steps(gan) -> number       how many steps one call of the compiled graph can hold
    settle(gan, error) -> bool      after an error in `fit`: whether the variables have their values again
    is_first_process() -> bool      of several processes that train together, whether this one writes files

`gan.py`, `checkpoint.py` and the training desk are the only importers of a whole step; whoever needs a gradient of its own
takes `value_and_gradients`.
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


def value_and_gradients(function, variables):
    """The value of a function of no arguments, and its gradient by each of some variables, on any backend.

    Args:
        function: returns a scalar tensor, or a tuple of one and of whatever else is wanted. It may read any variables;
            under JAX a value that it assigns to one of them (a moving average, say) is not kept.
        variables: list of `keras.Variable`.

    Returns:
        What `function` returned, and a list with a tensor (None where the function does not depend on it, zeros under
        JAX) for each variable.
    """
    return load().value_and_gradients(function, list(variables))
