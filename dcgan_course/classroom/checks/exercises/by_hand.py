"""Checks of what is worked out on paper, with numbers of the student's own: assignments A1 and A2."""

import keras
import numpy as np

from ..engine import probe
from ..engine.result import Wrong, check, expect
from .numbers import in_one_list

LAYERS = {  # what a size that is one off has forgotten
    "first": "does the kernel's first place count, and the last one, which fits only in part?",
    "second": "what happens to the last place that fits only in part?",
    "third": "where does the last stamp begin, and where does it end?",
}


@check("chapter 02.1, Padding and stride, and Transposed convolution")
def predicted_sizes(answer, size, kernel, stride):
    """The sizes after a convolution with 'valid' padding, one with 'same', and a transposed one with 'valid' (A1).

    `answer` is three whole numbers, `size` one side of the image that enters; all layers have this `kernel` and `stride`.
    """

    def chain(paddings, kinds=("Conv2D", "Conv2D", "Conv2DTranspose")):
        x, sizes = (1, size, size, 1), []
        for kind, padding in zip(kinds, paddings):
            if x[1] < kernel and padding == "valid" and kind == "Conv2D":
                return []  # a mistake that would have been seen
            x = getattr(keras.layers, kind)(1, kernel, strides=stride, padding=padding).compute_output_shape(x)
            sizes.append(x[1])
        return sizes

    expect(answer is not None, "None is no answer: give three sizes, one after each layer.")
    given = [probe.scalar(x, "A size") for x in in_one_list([answer])]
    expect(len(given) == 3, f"Three sizes are asked for, one after each layer. Received: {len(given)}.")
    right = chain(("valid", "same", "valid"))
    mistakes = {
        "The first layer's padding is 'valid': it adds no border.": chain(("same", "same", "valid")),
        "The second layer's padding is 'same': only its stride counts.": chain(("valid", "valid", "valid")),
        "The third layer's padding is 'valid': nothing is trimmed.": chain(("valid", "same", "same")),
        "The two paddings are mixed up.": chain(("same", "valid", "same")),
        "The third layer is a transposed convolution: it makes images larger.": chain(
            ("valid", "same", "valid"), ("Conv2D",) * 3
        ),
    }
    for hint, sizes in mistakes.items():
        expect(given != sizes or sizes == right, hint)
    for (layer, forgotten), given_size, right_size in zip(LAYERS.items(), given, right):
        near = f" It is one off: {forgotten}" if abs(given_size - right_size) <= 1 else ""
        expect(given_size == right_size, f"The size after the {layer} layer is not {given_size:g}.{near}")
    yield "the sizes after all three layers"


@check("chapter 03.3, Which loss: minimax or non-saturating")
def losses_by_hand(answer, logit):
    """For a fake with this logit: D's probability, the non-saturating loss, the minimax loss, to three decimals (A2)."""
    expect(isinstance(answer, (tuple, list)) and len(answer) == 3, "Three numbers are asked for: D, then the two losses.")
    probability, non_saturating, minimax = (probe.scalar(x, "A number") for x in answer)
    sigmoid = float(1 / (1 + np.exp(-logit)))
    mistakes = {
        "D is a probability, the sigmoid of the logit; this is the logit itself.": logit,
        "That is the probability of being fake: D is that of being real.": 1 - sigmoid,
        "The sigmoid has a minus in its exponent: 1 / (1 + exp(-logit)).": 1 / (1 + np.exp(logit)),
        "That is tanh, which runs from -1 to 1: a probability starts at 0.": np.tanh(logit),
    }
    _near(probability, sigmoid, mistakes, "D is not the sigmoid of this logit, to three decimals.")
    yield f"D is {sigmoid:.3f}"
    mistakes = {
        "The sign is turned round: a logarithm of a probability is negative, and the loss is minus that.": np.log(sigmoid),
        "That is minus log(1 - D): the generator wants its fakes called real.": -np.log(1 - sigmoid),
        "The logarithm is the natural one.": -np.log10(sigmoid),
        "That is one minus the probability, not minus its logarithm.": 1 - sigmoid,
    }
    otherwise = "The non-saturating loss is minus the logarithm of D, to three decimals."
    _near(non_saturating, -np.log(sigmoid), mistakes, otherwise)
    yield "the non-saturating loss"
    mistakes = {
        "The sign is turned round: it is log(1 - D) that the generator makes small.": -np.log(1 - sigmoid),
        "That is log D: the minimax loss looks at the probability of being fake.": np.log(sigmoid),
        "That is the non-saturating loss.": -np.log(sigmoid),
        "The logarithm is the natural one.": np.log10(1 - sigmoid),
    }
    otherwise = "The minimax loss is the part of the discriminator's objective that G can change."
    _near(minimax, np.log(1 - sigmoid), mistakes, otherwise)
    yield "the minimax loss"


def _near(number, right, mistakes, otherwise):
    """Raise `Wrong` unless a number is right to three decimals; `mistakes` is `{hint: what it gives}`."""
    if abs(number - right) > 2e-3:
        raise Wrong(next((hint for hint, wrong in mistakes.items() if abs(number - wrong) < 2e-3), otherwise))
