"""Checks of the networks' blocks: assignment A1, the first exercise of A2, chapters 04.1 and 04.2."""

import numpy as np

from ..engine import probe
from ..engine.result import Wrong, check, expect

BLOCKS = [((16, 16, 5), 6), ((10, 4, 5), 6), ((8, 8, 3), 7)]  # (input, filters); two alike show whether weights are shared


@check("chapter 04.1, Build Radford's generator")
def generator_block(answer):
    """`answer(x, filters)`: transposed convolution, batch normalisation, ReLU; twice the size (A1, chapter 04.1)."""
    model = _sized(answer, lambda n: 2 * n, "twice")
    yield "twice the height and the width, and as many channels as asked for"
    yield from _normalised(model)
    outputs = _outputs(model, training=True)
    expect(outputs.max() > 0, "The output is 0 everywhere: no gradient comes through that. Where does the sign get lost?")
    expect(outputs.max() > 1.001, "Outputs never exceed 1, as after a sigmoid or tanh: the hidden blocks end in ReLU.")
    _activated_last(outputs)
    expect(outputs.min() >= 0, "Negative outputs come through, as with LeakyReLU or ELU: the generator's hidden blocks end "
           "in ReLU.", "chapter 03.1, From the formula to Radford's generator")  # fmt: skip
    expect(np.mean(outputs == 0) > 0.01, "No output is exactly 0, as after a softplus: the hidden blocks end in ReLU.")
    yield "ReLU at the end"
    probe.gradients_reach_everything(model, _batch(model, 4))
    yield "gradients reach every weight"


@check("chapter 04.2, Build Radford's discriminator")
def discriminator_block(answer):
    """`answer(x, filters)`: strided convolution, batch normalisation, LeakyReLU; half the size (A1, chapter 04.2)."""
    model = _sized(answer, lambda n: n // 2, "half")
    yield "half the height and the width, and as many channels as asked for"
    yield from _normalised(model)
    large = _outputs(model, training=False, scale=1e5)
    expect(large.max() > 1.001, "Outputs never exceed 1, as after a sigmoid or tanh: the blocks end in LeakyReLU.")
    _activated_last(_outputs(model, training=True))
    slope = -large.min() / large.max()
    expect(slope > 1e-3, "Nothing negative comes out, or next to nothing, as with ReLU or ELU: where those are flat, no "
           "gradient comes back. The discriminator's blocks end in LeakyReLU.",
           "chapter 03.2, LeakyReLU or ReLU")  # fmt: skip
    expect(slope < 0.6, "Negative values come through in full: where is the activation, or why is its slope so near to 1?")
    yield "LeakyReLU at the end"
    probe.gradients_reach_everything(model, _batch(model, 4))
    yield "gradients reach every weight"


def _sized(answer, size, words):
    """The first of `BLOCKS` as a model; all must give the channels asked for, and for each side `size(side)`, in `words`."""
    models = [probe.block_model(answer, *block) for block in BLOCKS[:2]]
    probe.separate(models, "blocks")
    models.append(probe.block_model(answer, *BLOCKS[2]))
    for model, (shape, filters) in zip(models, BLOCKS):
        output = tuple(model.output_shape[1:])
        expect(len(output) == 3, f"Maps (height, width, channels) should come out of {shape}. Received: {output}.")
        right = tuple(size(n) for n in shape[:2])
        if output[:2] != right:
            hint = f"{shape[:2]} became {output[:2]}, not {words} as large. "
            if output[0] > shape[0] and words == "half":
                hint += "A transposed convolution enlarges; this block needs the other one."
            elif output[0] < shape[0] and words == "twice":
                hint += "A convolution with a stride shrinks; this block needs the transposed one."
            elif output[:2] != shape[:2] and max(abs(a - b) for a, b in zip(output, right)) < 4:
                hint += "Which padding makes the size depend on the stride alone?"
            else:
                hint += "Which argument of the convolution decides how far apart its places are?"
            raise Wrong(hint, "chapter 02.1, Padding and stride, and Transposed convolution")
        if output[2] != filters:
            hint = f"{filters} filters were asked for, {output[2]} came out. "
            raise Wrong(hint + ("It keeps the input's channels." if output[2] == shape[2] else "Is the number written in?"))
    return models[0]


def _batch(model, n):
    """`n` inputs for a model, standard normal float32."""
    return np.random.default_rng(1).standard_normal((n, *model.input_shape[1:])).astype("float32")


def _outputs(model, training, scale=1.0):
    return probe.array(model(scale * _batch(model, 16), training=training), "The output")


def _normalised(model):
    """Batch normalisation per channel, after the convolution: it takes away how large the input is."""
    probe.follows_batches(model, np.ones((2, *model.input_shape[1:]), "float32"))
    yield "batch normalisation over the batch in training, by running statistics in sampling"
    lengths = {v.shape[-1] for v in probe.statistics(model)}
    expect(
        not lengths & {n for shape in (model.input_shape, model.output_shape) for n in shape[1:3]},
        "Batch normalisation works along the wrong axis: it needs a mean per channel, the last axis.",
        "chapter 02.1, Batch normalisation",
    )
    expect(
        lengths != {model.input_shape[-1]},
        "Batch normalisation has a mean for each channel of the input: it comes before the convolution, where its place is "
        "between convolution and activation.",
    )
    plain, again, larger = (_outputs(model, training=True, scale=scale) for scale in (10.0, 10.0, 1000.0))
    expect(
        np.array_equal(plain, again) or np.abs(plain - again).max() < 1e-3,
        "Twice the same input, two outputs: chance is at work (Dropout, noise). The block is made of convolution, "
        "normalisation and activation alone.",
    )
    expect(
        np.abs(plain - larger).max() <= 0.1 * np.abs(plain).max(),
        "A hundred times larger input changes the output: it is not normalised where it should be. In which order do "
        "convolution, normalisation and activation come?",
    )
    yield "normalised channel by channel, after the convolution"


def _activated_last(outputs):
    means = np.abs(outputs.mean(axis=(0, 1, 2))).max()
    expect(
        means > 1e-3 * outputs.std(),
        "Every channel's mean is 0, so normalisation comes last, and many values are negative. What has to follow it?",
    )
