"""How the checks look at an answer from outside: call it in whatever style it is written, and read what it did."""

import contextlib
import inspect
import math

import keras
import numpy as np
from keras import layers

from .result import Wrong, expect


def call(answer, **arguments):
    """`answer(**arguments)` if it knows these names, else the same arguments by position."""
    if answer is None or not callable(answer):
        raise Wrong(f"The check needs your function itself, not {_called(answer)}: give its name without brackets.")
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):
        return answer(*arguments.values())
    if _fits(signature, **arguments):
        return answer(**arguments)
    expect(
        _fits(signature, *arguments.values()),
        f"It is called with ({', '.join(arguments)}). Yours asks for others: {signature}.",
    )
    return answer(*arguments.values())


def _fits(signature, *args, **kwargs):
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def array(value, what):
    """A NumPy copy of a number, an array or any backend's tensor.

    Raises:
        Wrong: None, a layer that was not called, or no numbers at all.
    """
    expect(value is not None, f"{what} is None: the function has to return it.")
    if isinstance(value, layers.Layer):
        raise Wrong(f"{what} is a layer, not a tensor: it was made but never called. Call it on its input: layer(x).")
    expect(not isinstance(value, str), f"{what} should be a number, and a text came back: {value!r}.")
    try:
        return np.array(keras.ops.convert_to_numpy(value), dtype="float64")
    except Exception as error:
        raise Wrong(f"{what} should be numbers. Received: {_called(value)}.") from error


def scalar(value, what, otherwise="Which axes were averaged over?"):
    """A Python float, from a tensor with one number.

    Raises:
        Wrong: as for `array`, or more than one number.
    """
    found = array(value, what)
    expect(found.size == 1, f"{what} should be one number. Received: shape {found.shape}. {otherwise}")
    return float(found.reshape(()))


def _called(value):
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} of shape {tuple(shape)}" if shape is not None else " ".join(f"{value!r}".split())[:80]


def same(found, wanted, tolerance=1e-4):
    """Whether two arrays or lists of numbers agree; NaN agrees with nothing."""
    found, wanted = np.asarray(found, "float64"), np.asarray(wanted, "float64")
    return found.shape == wanted.shape and np.allclose(found, wanted, rtol=tolerance, atol=tolerance)


def match(found, wanted, misconceptions, otherwise, tolerance=1e-4):
    """Raise `Wrong` unless `found` is `wanted`, with the hint of the misconception that gives what was found.

    Args:
        found, wanted: lists of numbers, one per case.
        misconceptions: `{hint: list of numbers}`, what each would give.
        otherwise: the hint where none fits.
    """
    if same(found, wanted, tolerance):
        return
    expect(np.isfinite(found).all(), "Some results are infinite or NaN. Which function overflows?")
    for hint, numbers in misconceptions.items():
        expect(not same(found, numbers, tolerance), hint)
    expect(np.ptp(found) > 1e-6, "It gives the same answer whatever it is asked: does it use its arguments?")
    raise Wrong(otherwise)


def block_model(answer, shape, filters):
    """A block as a model images → maps: a function of (x, filters), a function of filters, or a Layer class."""
    inputs = keras.Input(shape)
    if isinstance(answer, layers.Layer):
        raise Wrong("The check needs what makes the block (a function or a class), so that it can ask for other filters.")
    if isinstance(answer, type) and issubclass(answer, layers.Layer):
        outputs = answer(filters)(inputs)
    elif _makes_blocks(answer):
        made = call(answer, filters=filters)
        expect(made is not None, "The block is None: the function has to return it.")
        expect(callable(made), f"A layer should come back, or a function of maps. Received: {_called(made)}.")
        outputs = made(inputs)
    else:
        outputs = call(answer, x=inputs, filters=filters)
    expect(outputs is not None, "The block's output is None: the function has to return it.")
    if isinstance(outputs, layers.Layer):
        raise Wrong("A layer came back, not its output: it was made but never called. Call it: layer(x).")
    one = not isinstance(outputs, (tuple, list))
    expect(one, "One tensor should come back, the last one. Received: several things in a tuple or list.")
    expect(keras.utils.is_keras_tensor(outputs), f"A tensor should come back. Received: {_called(outputs)}.")
    return keras.Model(inputs, outputs)


def _makes_blocks(answer):
    """Whether it is a function of filters alone: they are its only parameter, or the first, and the rest have defaults."""
    try:
        parameters = list(inspect.signature(answer).parameters.values())
    except (TypeError, ValueError):
        return False
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    alone = len(parameters) == 1 and parameters[0].name not in ("x", "inputs")
    return len(needed) == 1 and parameters[0].name in needed and (alone or "filter" in needed[0])


def network(made, what):
    """`made` if it is something that can be called on a batch, else `Wrong`."""
    expect(made is not None, f"{what} is None: the function has to return it.")
    if isinstance(made, keras.KerasTensor):
        raise Wrong(f"{what} is a tensor. Close the chain of layers to a network: keras.Model(inputs, outputs).")
    expect(isinstance(made, keras.Model), f"{what} should be a keras.Model. Received: {_called(made)}.")
    return made


def separate(models, what):
    """Raise `Wrong` where two models share a variable."""
    seen = [id(v) for model in models for v in model.variables]
    expect(
        len(set(seen)) == len(seen),
        f"Two {what} share their weights: layers made outside the function are the same at every call.",
    )


@contextlib.contextmanager
def traced():
    """A list that fills with `(layer, output shape)` for every layer called, in the order of execution."""
    calls, original = [], layers.Layer.__call__

    def call_and_note(self, *args, **kwargs):
        output = original(self, *args, **kwargs)
        calls.append((self, tuple(getattr(output, "shape", ()))))
        return output

    layers.Layer.__call__ = call_and_note
    try:
        yield calls
    finally:
        layers.Layer.__call__ = original


def statistics(model):
    """The variables in which batch normalisation keeps its running means and variances."""
    return [v for v in model.non_trainable_variables if "float" in v.dtype]


def copies(variables):
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def moved(before, variables):
    """Whether any of the variables has another value than in `before`, its copies."""
    return any(not np.array_equal(a, b) for a, b in zip(before, copies(variables), strict=True))


def follows_batches(model, batch):
    """Raise `Wrong` unless the model's running statistics move in training mode and only there."""
    kept = statistics(model)
    before = copies(kept)
    model(batch, training=True)
    expect(
        moved(before, kept),
        "In training mode the running statistics stay as they were: is `training=False` or `trainable=False` written in?",
        "chapter 05.2, 7. Batch normalisation in inference mode",
    )
    before = copies(kept)
    model(batch, training=False)
    model(batch)
    expect(
        not moved(before, kept),
        "The running statistics move in sampling, too: is `training=True` written in? Let the caller decide.",
        "chapter 02.1, Two modes",
    )


def without_gradient(model, inputs):
    """Paths of the trainable variables that the model's output does not depend on, for a batch of inputs.

    A gradient of 0 counts for kernels alone: batch normalisation takes away the bias before it.
    """
    weights = np.random.default_rng(3)

    def output():
        outputs = model(inputs, training=True)
        return keras.ops.sum(outputs * weights.standard_normal(tuple(outputs.shape)).astype("float32"))

    from ....backends import value_and_gradients

    variables = model.trainable_variables
    _, gradients = value_and_gradients(output, variables)
    return [
        v.path
        for v, g in zip(variables, gradients)
        if g is None or (len(v.shape) > 1 and not np.any(array(g, "a gradient")))
    ]


def cosine(a, b):
    """Cosine of the angle between two lists of arrays, each taken as one long vector; 0 where one has no length."""
    a, b = (np.concatenate([np.ravel(x) for x in group]) for group in (a, b))
    lengths = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / lengths if lengths else 0.0
