"""Checks of sizes, blocks and networks: assignment A1, the first exercise of A2, chapters 02.1, 04.1, 04.2."""

import itertools
import math

import numpy as np

from . import probe
from .result import Wrong, check, expect

SIZES = [
    dict(size=size, kernel=kernel, stride=stride, padding=padding)
    for size, kernel, stride, padding in itertools.product((5, 8, 13, 28, 64), (2, 3, 4, 5), (1, 2, 3), ("same", "valid"))
]


def _sizes(answer):
    found = [probe.scalar(probe.call(answer, **case), "The size") for case in SIZES]
    part = next((n for n in found if n != round(n)), None)
    expect(part is None, f"A size is a whole number of pixels, and yours has {part}. To which side must it be rounded?")
    return found


def _table(*, same, valid):
    """One formula for each padding, over all cases."""
    return [{"same": same, "valid": valid}[c["padding"]](c["size"], c["kernel"], c["stride"]) for c in SIZES]


@check("chapter 02.1, convolution and transposed convolution")
def conv_size(answer):
    """`answer(size, kernel, stride, padding)`: the size of a convolution's output, one side (A1)."""
    valid = lambda n, k, s: (n - k) // s + 1  # noqa: E731
    same = lambda n, k, s: math.ceil(n / s)  # noqa: E731
    swapped = "The two paddings are swapped: which of them keeps the size when the stride is 1?"
    misconceptions = {
        "The padding makes no difference in your answer. 'valid' adds no border; 'same' adds what the size needs.": _table(
            same=same, valid=same
        ),
        "The padding makes no difference in your answer: 'same' adds a border, so the kernel costs nothing there.": _table(
            same=valid, valid=valid
        ),
        swapped: _table(same=valid, valid=same),
        "With 'valid' one position is missing: count the places of a kernel that is as large as the image.": _table(
            same=same, valid=lambda n, k, s: (n - k) // s
        ),
        "With 'same' the last, partly filled place counts too: an odd size is rounded up, not down.": _table(
            same=lambda n, k, s: n // s, valid=valid
        ),
        "The stride is missing: with stride 2 the kernel stands at every other place only.": _table(
            same=lambda n, k, s: n, valid=lambda n, k, s: n - k + 1
        ),
        "That is a transposed convolution: a convolution with a stride makes images smaller.": _table(
            same=lambda n, k, s: n * s, valid=lambda n, k, s: n * s + max(k - s, 0)
        ),
        "With 'valid', places where the kernel would hang over the edge do not count: round down.": _table(
            same=same, valid=lambda n, k, s: math.ceil((n - k) / s) + 1
        ),
    }
    found = _sizes(answer)
    probe.match(found, _table(same=same, valid=valid), misconceptions, _first_wrong(found, _table(same=same, valid=valid)))
    yield f"the size of all {len(SIZES)} convolutions tried, two paddings, strides 1 to 3"


@check("chapter 02.1, convolution and transposed convolution")
def transposed_size(answer):
    """`answer(size, kernel, stride, padding)`: the size of a transposed convolution's output, one side (A1)."""
    same = lambda n, k, s: n * s  # noqa: E731
    valid = lambda n, k, s: n * s + max(k - s, 0)  # noqa: E731
    misconceptions = {
        "The padding makes no difference in your answer: 'valid' trims nothing of what the kernels paint.": _table(
            same=same, valid=same
        ),
        "The padding makes no difference in your answer: 'same' trims the border until only the stride counts.": _table(
            same=valid, valid=valid
        ),
        "The two paddings are swapped: which of them trims the border away?": _table(same=valid, valid=same),
        "That is a convolution: a transposed one with a stride makes images larger.": _table(
            same=lambda n, k, s: math.ceil(n / s), valid=lambda n, k, s: (n - k) // s + 1
        ),
        "The stamps lie `stride` apart, so between the first and the last there are size - 1 strides, not size.": _table(
            same=same, valid=lambda n, k, s: n * s + k
        ),
        "With 'valid' and a kernel smaller than the stride, Keras fills the gap behind the last stamp as well.": _table(
            same=same, valid=lambda n, k, s: (n - 1) * s + k
        ),
        "The stride is missing: it is how far apart the stamps lie.": _table(
            same=lambda n, k, s: n, valid=lambda n, k, s: n + k - 1
        ),
        "It doubles whatever the stride is.": _table(
            same=lambda n, k, s: 2 * n, valid=lambda n, k, s: 2 * n + max(k - 2, 0)
        ),
    }
    found = _sizes(answer)
    probe.match(found, _table(same=same, valid=valid), misconceptions, _first_wrong(found, _table(same=same, valid=valid)))
    yield f"the size of all {len(SIZES)} transposed convolutions tried, two paddings, strides 1 to 3"


def _first_wrong(found, wanted):
    wrong = [i for i, (a, b) in enumerate(zip(found, wanted)) if a != b]
    if not wrong:
        return ""
    case, n = SIZES[wrong[0]], len(wrong)
    asked = ", ".join(f"{name}={value!r}" for name, value in case.items())
    return (
        f"{n} of {len(SIZES)} sizes are wrong, for instance {asked}, where yours is {found[wrong[0]]:g}. Make the layer in "
        "Keras, call it on zeros of that size, and compare."
    )


BLOCKS = [((6, 6, 5), 4), ((7, 5, 2), 8), ((8, 8, 3), 3)]


@check("chapter 04.1, the up block")
def generator_block(answer):
    """`answer(x, filters)`: transposed convolution, batch normalisation, ReLU; twice the size (A1, chapter 04.1)."""
    models = _models(answer)
    _sizes_of_blocks(models, lambda n: 2 * n, "twice")
    yield "twice the height and the width, and as many channels as asked for"
    yield from _normalised(models[0])
    outputs = _outputs(models[0])
    expect(outputs.max() > 0, "The output is 0 everywhere: no gradient comes through that. Where does the sign get lost?")
    if outputs.min() < 0:
        expect(outputs.min() < -0.5, "Small negative outputs come through, as with LeakyReLU or tanh: the generator's "
               "hidden blocks end in ReLU.")  # fmt: skip
        raise Wrong("Negative outputs come through: the block has to end with its activation, ReLU, after normalisation.")
    expect(outputs.max() > 1.001, "Outputs never exceed 1, as after a sigmoid: the hidden blocks end in ReLU.")
    yield "ReLU at the end"
    yield from _alive(models[0])


@check("chapter 04.2, the down block")
def discriminator_block(answer):
    """`answer(x, filters)`: strided convolution, batch normalisation, LeakyReLU; half the size (A1, chapter 04.2)."""
    models = _models(answer)
    _sizes_of_blocks(models, lambda n: math.ceil(n / 2), "half")
    yield "half the height and the width, and as many channels as asked for"
    yield from _normalised(models[0])
    outputs = _outputs(models[0])
    expect(outputs.min() < 0, "Nothing negative comes out, as with ReLU: where a ReLU is at 0 no gradient comes back. The "
           "discriminator's blocks end in LeakyReLU.", "chapter 03.2, LeakyReLU")  # fmt: skip
    expect(outputs.max() > 1.001, "Outputs never exceed 1, as after tanh: the blocks end in LeakyReLU.")
    slope = -outputs.min() / outputs.max()
    expect(slope < 0.6, "Negative values come through in full: where is the activation, or why is its slope so near to 1?")
    yield "LeakyReLU at the end"
    yield from _alive(models[0])


def _models(answer):
    models = [probe.block_model(answer, shape, filters) for shape, filters in BLOCKS]
    shared = {id(v) for v in models[0].variables} & {id(v) for v in models[1].variables}
    expect(not shared, "Two blocks share their weights: layers made outside the function are the same at every call.")
    return models


def _sizes_of_blocks(models, size, words):
    for model, (shape, filters) in zip(models, BLOCKS):
        found = tuple(model.output_shape[1:])
        expect(len(found) == 3, f"Maps (height, width, channels) should come out of {shape}. Received: {found}.")
        wanted = tuple(size(n) for n in shape[:2])
        if found[:2] != wanted:
            hint = f"{shape[:2]} became {found[:2]}, not {words} as large."
            if found[:2] == shape[:2]:
                hint += " Which argument of the convolution decides how far apart its places are?"
            elif found[0] > shape[0] and words == "half":
                hint += " A transposed convolution enlarges; this block needs the other one."
            elif found[0] < shape[0] and words == "twice":
                hint += " A convolution with a stride shrinks; this block needs the transposed one."
            else:
                hint += " Which padding makes the size depend on the stride alone?"
            raise Wrong(hint, "chapter 02.1, sizes")
        if found[2] != filters:
            hint = f"{filters} filters were asked for, {found[2]} came out."
            raise Wrong(hint + (" It keeps the input's channels." if found[2] == shape[2] else " Is the number written in?"))


def _batch(model, n=6, scale=1.0):
    return scale * np.random.default_rng(1).standard_normal((n, *model.input_shape[1:])).astype("float32")


def _outputs(model):
    return probe.array(model(_batch(model, 32), training=True), "The output")


def _normalised(model):
    """Batch normalisation: follows the batch in training, keeps running statistics, uses them in inference."""
    batch = _batch(model)
    kept = probe.statistics(model)
    plain, louder = (probe.array(model(scale * batch, training=True), "The output") for scale in (10.0, 1000.0))
    expect(kept, "There is no batch normalisation: nothing in the block keeps running statistics.", "chapter 02.1")
    channels = {v.shape[-1] for v in kept}
    expect(
        channels <= {model.output_shape[-1], model.input_shape[-1]},
        "Batch normalisation works along the wrong axis: it needs a mean per channel, the last axis.",
        "chapter 02.1, batch normalisation",
    )
    before = probe.copies(kept)
    model(batch + 1, training=True)
    expect(
        probe.moved(before, kept),
        "In training mode the running statistics stay as they were: is `training=False` or `trainable=False` written in?",
        "chapter 05.2, batch normalisation in inference mode",
    )
    before = probe.copies(kept)
    model(batch, training=False)
    expect(
        not probe.moved(before, kept),
        "The running statistics move in sampling, too: is `training=True` written in? Let the caller decide.",
        "chapter 02.1, batch normalisation",
    )
    expect(
        np.abs(plain - louder).max() < 0.1 * np.abs(plain).max(),
        "A hundred times larger input changes the output: it is not normalised where it should be. In which order do "
        "convolution, normalisation and activation come?",
    )
    yield "batch normalisation over the batch in training, by running statistics in sampling"


def _alive(model):
    dead = probe.without_gradient(model, _batch(model))
    expect(not dead, f"No gradient reaches {', '.join(dead)}: is its layer's output used?")
    yield "gradients reach every weight"
