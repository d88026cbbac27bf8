"""One adversarial step per Keras backend, each in a module of the same form:

train_step(gan, …) → logs            the whole step, from top to bottom; Keras compiles and calls it (JAX: and the state)
gradients(gan, real, drawn=None)     its losses, logits and gradients alone
value_and_gradients(function, variables)   what a chapter asks by hand; no gradient is None (JAX: zeros)
batches(source) → source             `datasets.Batches` in the form that feeds this backend without stalls
most_steps(gan) → number             how many steps one call of the compiled graph can hold, if this backend can train it
settle(gan, error) → bool            after an error in `fit`: whether the variables have their values, or a clearer error
is_first_process() → bool            of several processes that train together, whether this one writes files
"""

import keras

if keras.backend.backend() == "tensorflow":
    from .tensorflow import batches, gradients, is_first_process, most_steps, settle, train_step, value_and_gradients
elif keras.backend.backend() == "jax":
    from .jax import batches, gradients, is_first_process, most_steps, settle, train_step, value_and_gradients
elif keras.backend.backend() == "torch":
    from .torch import batches, gradients, is_first_process, most_steps, settle, train_step, value_and_gradients
else:
    raise ImportError(
        f"The course trains on these Keras backends: tensorflow, jax, torch. Received: "
        f"KERAS_BACKEND={keras.backend.backend()}. Set KERAS_BACKEND=tensorflow in the environment before Python starts."
    )
