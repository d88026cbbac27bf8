"""Checks of what is worked out on paper, with numbers of the student's own: assignments A1 and A2."""

import keras
import numpy as np

from ..engine import probe
from ..engine.result import Wrong, check, expect
from .numbers import in_one_list

ONE_OFF = (  # for each layer
    "does the kernel's first place count, and the last one, which fits only in part?",
    "what happens to the last place that fits only in part?",
    "where does the last stamp begin, and where does it end?",
)


@check("chapter 02.1, Padding and stride, and Transposed convolution")
def predicted_sizes(answer, size, kernel, stride):
    """The sizes after a convolution with 'valid' padding, one with 'same', and a transposed one with 'valid' (A1).

    Args:
        answer: three whole numbers, one for each layer of the chain.
        size: one side of the image that enters the chain.
        kernel, stride: those of all three layers.
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
        expect(sizes == right or given != sizes, hint)
    for i, (size_given, size_right) in enumerate(zip(given, right)):
        near = f" It is one off: {ONE_OFF[i]}" if abs(size_given - size_right) <= 1 else ""
        which = ("first", "second", "third")[i]
        expect(size_given == size_right, f"The size after the {which} layer is not {size_given:g}.{near}")
    yield "the sizes after all three layers"


@check("chapter 03.3, Which loss: minimax or non-saturating")
def losses_by_hand(answer, logit):
    """What one fake gives, to three decimals (A2).

    Args:
        answer: three numbers: D's probability, the non-saturating loss, the minimax loss.
        logit: D's logit of the fake.
    """
    expect(isinstance(answer, (tuple, list)) and len(answer) == 3, "Three numbers are asked for: D, then the two losses.")
    given = [probe.scalar(x, "A number") for x in answer]
    d = float(1 / (1 + np.exp(-logit)))
    right = (d, -np.log(d), np.log(1 - d))
    d_mistakes = {
        "D is a probability, the sigmoid of the logit; this is the logit itself.": logit,
        "That is the probability of being fake: D is that of being real.": 1 - d,
        "The sigmoid has a minus in its exponent: 1 / (1 + exp(-logit)).": 1 / (1 + np.exp(logit)),
        "That is tanh, which runs from -1 to 1: a probability starts at 0.": np.tanh(logit),
    }
    _near(given[0], right[0], d_mistakes, "D is not the sigmoid of this logit, to three decimals.")
    yield f"D is {d:.3f}"
    non_saturating_mistakes = {
        "The sign is turned round: a logarithm of a probability is negative, and the loss is minus that.": np.log(d),
        "That is minus log(1 - D): the generator wants its fakes called real.": -np.log(1 - d),
        "The logarithm is the natural one.": -np.log10(d),
        "That is one minus the probability, not minus its logarithm.": 1 - d,
    }
    _near(
        given[1],
        right[1],
        non_saturating_mistakes,
        "The non-saturating loss is minus the logarithm of D, to three decimals.",
    )
    yield "the non-saturating loss"
    minimax_mistakes = {
        "The sign is turned round: it is log(1 - D) that the generator makes small.": -np.log(1 - d),
        "That is log D: the minimax loss looks at the probability of being fake.": np.log(d),
        "That is the non-saturating loss.": -np.log(d),
        "The logarithm is the natural one.": np.log10(1 - d),
    }
    _near(
        given[2],
        right[2],
        minimax_mistakes,
        "The minimax loss is the part of the discriminator's objective that G can change.",
    )
    yield "the minimax loss"


def _near(given, right, mistakes, otherwise):
    """Raise `Wrong` unless a number is right to three decimals; `mistakes` is `{hint: number}`."""
    if abs(given - right) > 2e-3:
        raise Wrong(next((hint for hint, number in mistakes.items() if abs(given - number) < 2e-3), otherwise))
