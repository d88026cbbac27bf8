"""Checks of the sizes of maps: assignment A1, chapter 02.1."""

import itertools
import math

import numpy as np

from ..engine import probe
from ..engine.result import check, expect

SIZES = [
    dict(size=size, kernel=kernel, stride=stride, padding=padding)
    for padding, size, kernel, stride in itertools.product(("same", "valid"), (5, 8, 13, 28, 64), (2, 3, 4, 5), (1, 2, 3))
]


def _sizes(answer):
    found = [probe.scalar(probe.call(answer, **case), "The size", "One side is asked for.") for case in SIZES]
    part = next((n for n in found if n % 1 != 0), None)
    expect(part is None, f"A size is a whole number of pixels, and yours has {part}. To which side must it be rounded?")
    return found


def _judge_sizes(answer, right, together, apart):
    """Raise `Wrong` unless all sizes are right.

    Args:
        right: `{padding: formula of (size, kernel, stride)}`.
        together: `{hint: {padding: formula}}`, misconceptions about both paddings.
        apart: `{padding: {hint: formula}}`, misconceptions about one.
    """

    def table(formulas, of=SIZES):
        return [formulas[c["padding"]](c["size"], c["kernel"], c["stride"]) for c in of]

    found, wanted = _sizes(answer), table(right)
    wrong = [i for i, (a, b) in enumerate(zip(found, wanted)) if a != b]
    if not wrong:
        return
    for hint, formulas in together.items():
        expect(found != table(formulas), hint)
    case, yours = SIZES[wrong[0]], found[wrong[0]]
    asked = ", ".join(f"{name}={value!r}" for name, value in case.items())
    otherwise = (
        f"{len(wrong)} of {len(SIZES)} sizes are wrong, for instance {asked}, where yours is {yours:g}. Draw that case on "
        "paper, or make the layer in Keras and call it on zeros of that size."
    )
    expect(np.ptp(found) > 0, "It gives the same answer whatever it is asked: does it use its arguments?")
    cases = [i for i, c in enumerate(SIZES) if c["padding"] == case["padding"]]
    of = [SIZES[i] for i in cases]
    misconceptions = {hint: table({case["padding"]: formula}, of) for hint, formula in apart[case["padding"]].items()}
    probe.match([found[i] for i in cases], [wanted[i] for i in cases], misconceptions, otherwise)


@check("chapter 02.1, Padding and stride")
def conv_size(answer):
    """`answer(size, kernel, stride, padding)`: the size of a convolution's output, one side (A1)."""
    right = {"same": lambda n, k, s: math.ceil(n / s), "valid": lambda n, k, s: (n - k) // s + 1}
    together = {
        "The two paddings are swapped: which of them keeps the size when the stride is 1?": {
            "same": right["valid"],
            "valid": right["same"],
        },
        "The stride is missing: with stride 2 the kernel stands at every other place only.": {
            "same": lambda n, k, s: n,
            "valid": lambda n, k, s: n - k + 1,
        },
        "That is a transposed convolution: a convolution with a stride makes images smaller.": {
            "same": lambda n, k, s: n * s,
            "valid": lambda n, k, s: n * s + max(k - s, 0),
        },
    }
    even = "Which size has 'same' at stride 1, whatever the kernel? For an even kernel, your border, alike on both sides,"
    apart = {
        "same": {
            "The padding makes no difference in your answer: 'same' adds a border, so the kernel costs nothing.": right[
                "valid"
            ],
            "With 'same' the last, partly filled place counts too: an odd size is rounded up, not down.": (
                lambda n, k, s: n // s
            ),
            "With 'same' and a stride of 1 the size should stay, and yours grows: where does one more come from?": (
                lambda n, k, s: n // s + 1
            ),
            "With 'same' the stride is missing: at stride 2 the kernel stands at every other place only.": lambda n, k, s: n,
            f"{even} is too wide.": lambda n, k, s: (n + 2 * (k // 2) - k) // s + 1,
            f"{even} is too narrow.": lambda n, k, s: (n + 2 * ((k - 1) // 2) - k) // s + 1,
        },
        "valid": {
            "The padding makes no difference in your answer: 'valid' adds no border, so the kernel must fit in.": right[
                "same"
            ],
            "With 'valid' one position is missing: count the places of a kernel that is as large as the image.": (
                lambda n, k, s: (n - k) // s
            ),
            "With 'valid', places where the kernel would hang over the edge do not count: round down.": (
                lambda n, k, s: math.ceil((n - k) / s) + 1
            ),
            "With 'valid' the kernel's first place is there before any step is made: where in your formula is it counted?": (
                lambda n, k, s: (n - k + 1) // s
            ),
            "With 'valid' the stride is missing: at stride 2 the kernel stands at every other place only.": (
                lambda n, k, s: n - k + 1
            ),
        },
    }
    _judge_sizes(answer, right, together, apart)
    yield f"the size of all {len(SIZES)} convolutions tried, two paddings, strides 1 to 3"


@check("chapter 02.1, Transposed convolution, and Its size")
def transposed_size(answer):
    """`answer(size, kernel, stride, padding)`: the size of a transposed convolution's output, one side (A1)."""
    right = {"same": lambda n, k, s: n * s, "valid": lambda n, k, s: n * s + max(k - s, 0)}
    together = {
        "The two paddings are swapped: which of them trims the border away?": {
            "same": right["valid"],
            "valid": right["same"],
        },
        "That is a convolution: a transposed one with a stride makes images larger.": {
            "same": lambda n, k, s: math.ceil(n / s),
            "valid": lambda n, k, s: (n - k) // s + 1,
        },
        "The stride is missing: it is how far apart the stamps lie.": {
            "same": lambda n, k, s: n,
            "valid": lambda n, k, s: n + k - 1,
        },
        "It doubles whatever the stride is.": {
            "same": lambda n, k, s: 2 * n,
            "valid": lambda n, k, s: 2 * n + max(k - 2, 0),
        },
    }
    apart = {
        "same": {
            "The padding makes no difference in your answer: 'same' trims the border until only the stride counts.": (
                right["valid"]
            ),
            "The padding makes no difference in your answer, and a gap is forgotten: 'same' trims, or fills, until only the "
            "stride counts.": lambda n, k, s: (n - 1) * s + k,
            "With 'same' it doubles whatever the stride is.": lambda n, k, s: 2 * n,
            "With 'same' the stride is missing: it is how far apart the stamps lie.": lambda n, k, s: n,
            "With 'same' that is a convolution: a transposed one with a stride makes images larger.": (
                lambda n, k, s: math.ceil(n / s)
            ),
        },
        "valid": {
            "The padding makes no difference in your answer: 'valid' trims nothing of what the kernels paint.": right[
                "same"
            ],
            "The stamps lie `stride` apart, so between the first and the last there are size - 1 strides, not size.": (
                lambda n, k, s: n * s + k
            ),
            "With 'valid' and a kernel smaller than the stride, Keras fills the gap behind the last stamp as well.": (
                lambda n, k, s: (n - 1) * s + k
            ),
            "With 'valid' the last stamp is missing: behind the place of the last one its whole kernel is painted.": (
                lambda n, k, s: (n - 1) * s
            ),
            "With 'valid' the stride is missing: it is how far apart the stamps lie.": lambda n, k, s: n + k - 1,
            "With 'valid' that is a convolution: a transposed one with a stride makes images larger.": (
                lambda n, k, s: (n - k) // s + 1
            ),
        },
    }
    _judge_sizes(answer, right, together, apart)
    yield f"the size of all {len(SIZES)} transposed convolutions tried, two paddings, strides 1 to 3"
