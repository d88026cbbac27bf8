"""Every hint on an error is provoked by the error itself, as Keras and its backend word it.

The cases run under the current backend: KERAS_BACKEND=jax python -m pytest tests/classroom/test_errors.py
"""

import importlib
import time

import keras
import numpy as np
import pytest
from keras import layers, ops

from dcgan_course import checks, value_and_gradients
from dcgan_course.classroom.checks.engine import errors, limits
from dcgan_course.classroom.checks.engine.result import check

BACKEND = keras.backend.backend()
CASES = {}  # name → (answer, words of the hint, details of the error in it)


@check("chapter 00, The idea")
def ask(answer):
    answer()
    yield "no error"


def case(words, detail=""):
    def keep(answer):
        assert answer.__name__ not in CASES
        CASES[answer.__name__] = answer, words, detail
        return answer

    return keep


def placeholder():
    return keras.Input((8, 8, 3))


def network():
    return keras.Sequential([keras.Input((4,)), layers.Dense(2)])


def native(tensorflow, jax, torch):
    """The backend's own function of a name."""
    module, name = {"tensorflow": tensorflow, "jax": jax, "torch": torch}[BACKEND].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


@case("It did not end within", "0.2 seconds of computing")
def computes_for_ever():
    while True:
        pass


@case("It did not end within", "0.3 seconds.")
def waits_for_ever():
    time.sleep(60)


@case("ends the whole program")
def exits():
    raise SystemExit


class WithoutCall(layers.Layer):
    pass


class NetworkWithoutCall(keras.Model):
    pass


@case("has no method `call`")
def layer_without_call():
    WithoutCall()(placeholder())


@case("has no method `call`")
def layer_without_call_on_numbers():
    WithoutCall()(ops.ones((2, 3)))


@case("has no method `call`")
def network_without_call():
    NetworkWithoutCall()(ops.ones((2, 3)))


@case("does not depend on the input")
def an_input_of_its_own():
    keras.Model(placeholder(), layers.Dense(2)(placeholder()))


@case("cannot work on the placeholder")
def native_function_of_a_placeholder():
    native("tensorflow.nn.relu", "jax.nn.relu", "torch.relu")(placeholder())


@case("cannot work on the placeholder")
def native_mean_of_a_placeholder():
    native("tensorflow.reduce_mean", "jax.numpy.mean", "torch.mean")(placeholder())


@case("cannot work on the placeholder")
def native_concatenation_of_placeholders():
    native("tensorflow.concat", "jax.numpy.concatenate", "torch.cat")([placeholder(), placeholder()], 0)


@case("A number was needed")
def numpy_of_a_placeholder():
    np.exp(placeholder())


@case("A number was needed")
def a_condition_on_a_placeholder():
    if placeholder() > 0:
        pass


@case("A number was needed")
def a_loop_over_a_placeholder():
    for _ in placeholder():
        pass


@case("a layer is made first, ReLU()")
def a_layer_made_of_its_input():
    layers.ReLU(placeholder())


@case("more memory than there is")
def a_huge_list():
    b"0" * 2**60


@case("more memory than there is")
def a_huge_array():
    np.zeros(2**45)


@case("more memory than there is")
def a_huge_tensor():
    ops.zeros((2**40,))


@case("calls itself without end")
def recursion():
    recursion()


@case("was itself never called")
def a_layer_of_a_layer():
    layers.Dense(3)(layers.ReLU())


@case("how many weights it needs", "shape=(None, 3)")
def the_batch_reshaped():
    layers.Dense(3)(ops.reshape(placeholder(), (2, -1)))


@case("wrong number of axes", "expected min_ndim=4, found ndim=2")
def a_convolution_of_rows():
    layers.Conv2D(3, 3)(keras.Input((4,)))


@case("built for one shape met another", "expected axis -1 of input shape to have value 3")
def another_count_of_channels():
    convolution = layers.Conv2D(4, 3)
    convolution(placeholder())
    convolution(keras.Input((8, 8, 1)))


@case("built for one shape met another", "expected")
def another_size_for_a_network():
    network()(ops.ones((2, 5)))


@case("does not know a name", "name 'undefined'")
def an_undefined_name():
    undefined  # noqa: B018, F821


@case("A name that a function assigns to")
def a_name_of_the_functions_own():
    answer = answer + 1  # noqa: F821, F841


def ones_like(variables):
    return [ops.ones(v.shape) for v in variables]


@case("variables that it does not know")
def the_other_networks_variables():
    optimizer, first, second = keras.optimizers.Adam(), network().trainable_variables, network().trainable_variables
    optimizer.apply(ones_like(first), first)
    optimizer.apply(ones_like(second), second)


@case("variables that it does not know")
def too_few_gradients():
    optimizer, variables = keras.optimizers.Adam(), network().trainable_variables
    optimizer.build(variables)
    optimizer.apply(ones_like(variables)[:1])


@case("No gradient reached the variables")
def no_gradients():
    keras.optimizers.SGD().apply([None, None], network().trainable_variables)


def step(loss):
    """One step of a small network down `loss(outputs)`."""
    model = network()
    _, gradients = value_and_gradients(lambda: loss(model(ops.ones((2, 4)))), model.trainable_variables)
    keras.optimizers.SGD().apply(gradients, model.trainable_variables)


@case("No gradient reached the variables")
def numpy_on_the_way():
    step(lambda outputs: ops.sum(ops.convert_to_tensor(ops.convert_to_numpy(outputs))))


@case("a variable of another shape")
def gradients_in_another_order():
    variables = network().trainable_variables
    keras.optimizers.SGD().apply(ones_like(variables)[::-1], variables)


@case("a variable of another shape")
def gradients_in_another_order_for_adam():
    variables = network().trainable_variables
    keras.optimizers.Adam().apply(ones_like(variables)[::-1], variables)


@case("not written yet")
def unwritten():
    raise NotImplementedError()


if BACKEND == "tensorflow":

    @case("without NumPy or float() on the way")
    def numpy_in_a_compiled_function():
        import tensorflow as tf

        tf.function(lambda: np.exp(tf.ones((2, 2))))()


if BACKEND == "jax":

    @case("without NumPy or float() on the way")
    def float_on_the_way():
        step(lambda outputs: float(ops.sum(outputs)))


@pytest.mark.parametrize("name", CASES)
def test_the_real_error_gets_its_hint(name, monkeypatch):
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.2 if name == "computes_for_ever" else 10)
    monkeypatch.setattr(limits, "CLOCK_SECONDS", 0.3 if name == "waits_for_ever" else 100)
    answer, words, detail = CASES[name]
    result = ask(answer)
    assert not result and words in result.hint and detail in result.hint, str(result)


def test_every_line_of_the_table_has_a_case():
    for _, hint, *_ in errors.MEANINGS:
        assert any(words in hint for _, words, _ in CASES.values()), hint


def test_the_courses_own_gan_is_a_step_under_every_backend():
    """Under JAX its `train_step` takes the values of the variables before the data."""
    result = checks.train_step(importlib.import_module("bank.train_step").package)
    assert result, str(result)
