"""How the checks look at an answer from outside: call it in whatever style it is written, and read what it did.

The hints here are those that any exercise may give.
"""

import inspect

import keras
import numpy as np
from keras import layers

from ....backends import value_and_gradients
from .result import Wrong, expect


def call(answer, **arguments):
    """`answer(**arguments)` if it knows these names, else the same arguments by position."""
    if answer is None or not callable(answer):
        raise Wrong(f"The check needs your function itself, not {_described(answer)}: give its name without brackets.")
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
    """A NumPy copy of a number, an array or any backend's tensor, float64; `what` begins the hint where it is none."""
    expect(value is not None, f"{what} is None: the function has to return it.")
    if isinstance(value, layers.Layer):
        raise Wrong(f"{what} is a layer, not a tensor: it was made but never called. Call it on its input: layer(x).")
    expect(not isinstance(value, str), f"{what} should be a number, and a text came back: {value!r}.")
    try:
        return np.array(keras.ops.convert_to_numpy(value), dtype="float64")
    except Exception as error:
        raise Wrong(f"{what} should be numbers. Received: {_described(value)}.") from error


def scalar(value, what, otherwise="Which axes were averaged over?"):
    """A Python float, from a tensor with one number; `what` begins and `otherwise` ends the hint where it is none."""
    numbers = array(value, what)
    expect(numbers.size == 1, f"{what} should be one number. Received: shape {numbers.shape}. {otherwise}")
    return float(numbers.reshape(()))


def _described(value):
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} of shape {tuple(shape)}" if shape is not None else " ".join(f"{value!r}".split())[:80]


def same(a, b, tolerance=1e-4):
    """Whether two arrays or lists of numbers agree; NaN agrees with nothing."""
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance)


def match(results, right, misconceptions, otherwise, tolerance=1e-4):
    """Raise `Wrong` unless the results are right, lists of numbers, one per case.

    The hint is that of the misconception, `{hint: the numbers it gives}`, or `otherwise`.
    """
    if same(results, right, tolerance):
        return
    expect(np.isfinite(results).all(), "Some results are infinite or NaN. Which function overflows?")
    for hint, numbers in misconceptions.items():
        expect(not same(results, numbers, tolerance), hint)
    expect(np.ptp(results) > 1e-6, "It gives the same answer whatever it is asked: does it use its arguments?")
    raise Wrong(otherwise)


def block_model(answer, shape, filters):
    """A block as a `keras.Model`, maps of a shape (height, width, channels) → maps.

    `answer` is a function of (x, filters), a function of filters, or a Layer class.
    """
    inputs = keras.Input(shape)
    if isinstance(answer, layers.Layer):
        raise Wrong("The check needs what makes the block (a function or a class), so that it can ask for other filters.")
    if isinstance(answer, type) and issubclass(answer, layers.Layer):
        outputs = answer(filters)(inputs)
    elif _makes_blocks(answer):
        block = call(answer, filters=filters)
        expect(block is not None, "The block is None: the function has to return it.")
        expect(callable(block), f"A layer should come back, or a function of maps. Received: {_described(block)}.")
        outputs = block(inputs)
    else:
        outputs = call(answer, x=inputs, filters=filters)
    expect(outputs is not None, "The block's output is None: the function has to return it.")
    if isinstance(outputs, layers.Layer):
        raise Wrong("A layer came back, not its output: it was made but never called. Call it: layer(x).")
    several = isinstance(outputs, (tuple, list))
    expect(not several, "One tensor should come back, the last one. Received: several things in a tuple or list.")
    expect(keras.utils.is_keras_tensor(outputs), f"A tensor should come back. Received: {_described(outputs)}.")
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


def network(value, what):
    """`value` where it is a model; `what` begins the hint where it is none."""
    expect(value is not None, f"{what} is None: the function has to return it.")
    if isinstance(value, keras.KerasTensor):
        raise Wrong(f"{what} is a tensor. Close the chain of layers to a network: keras.Model(inputs, outputs).")
    expect(isinstance(value, keras.Model), f"{what} should be a keras.Model. Received: {_described(value)}.")
    return value


def separate(models, what):
    """Raise `Wrong` where two models share a variable."""
    ids = [id(v) for model in models for v in model.variables]
    expect(
        len(set(ids)) == len(ids),
        f"Two {what} share their weights: layers made outside the function are the same at every call.",
    )


def statistics(model):
    """List of the variables in which batch normalisation keeps its running means and variances."""
    return [v for v in model.non_trainable_variables if "float" in v.dtype]


def copies(variables):
    """List of arrays with the values that the variables have now."""
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def moved(before, variables):
    """Whether any of the variables has another value than in `before`, its copies."""
    return any(not np.array_equal(a, b) for a, b in zip(before, copies(variables), strict=True))


def follows_batches(model, batch):
    """Raise `Wrong` unless the model has running statistics that move in training mode and only there."""
    running = statistics(model)
    expect(
        running,
        "There is no batch normalisation on the way to the output: nothing there keeps running statistics.",
        "chapter 02.1, Batch normalisation",
    )
    before = copies(running)
    model(batch, training=True)
    expect(
        moved(before, running),
        "In training mode the running statistics stay as they were: is `training=False` or `trainable=False` written in?",
        "chapter 05.2, 7. Batch normalisation in inference mode",
    )
    before = copies(running)
    model(batch, training=False)
    model(batch)
    expect(
        not moved(before, running),
        "The running statistics move in sampling, too: is `training=True` written in? Let the caller decide.",
        "chapter 02.1, Two modes",
    )


def gradients(function, variables):
    """List of arrays: the gradient of a scalar function of nothing by each variable; None where it does not depend on it."""
    _, tensors = value_and_gradients(function, variables)
    return [None if g is None else array(g, "a gradient") for g in tensors]


def gradients_reach_everything(model, inputs):
    """Raise `Wrong` where the model's output, for a batch of inputs, does not depend on one of its trainable variables.

    A gradient of 0 counts for kernels alone: batch normalisation takes away the bias before it.
    """
    weights = np.random.default_rng(3)

    def output():
        outputs = model(inputs, training=True)
        return keras.ops.sum(outputs * weights.standard_normal(tuple(outputs.shape)).astype("float32"))

    variables = model.trainable_variables
    by_variable = zip(variables, gradients(output, variables))
    dead = [v.path for v, g in by_variable if g is None or (g.ndim > 1 and not np.any(g))]
    expect(not dead, f"No gradient reaches {', '.join(dead)}: is its layer's output used?")


def flat(arrays):
    """One long vector of all their numbers."""
    return np.concatenate([np.ravel(a) for a in arrays])


def cosine(a, b):
    """Cosine of the angle between two arrays, each taken as a vector; 0 where one has no length."""
    a, b = np.ravel(a).astype("float64"), np.ravel(b).astype("float64")
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths else 0.0


def cell_means(images, cells):
    """Grey averages on a grid of cells×cells of images `(n, side, side, channels)`, flat: `(n, cells * cells)` float64."""
    n, side = images.shape[:2]
    grid = images.mean(axis=-1).reshape(n, cells, side // cells, cells, side // cells)
    return grid.mean(axis=(2, 4)).reshape(n, cells * cells).astype("float64")
