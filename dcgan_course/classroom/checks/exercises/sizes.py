"""Checks of the sizes of maps: assignment A1, chapter 02.1."""

import itertools

import numpy as np

from ..engine import probe
from ..engine.result import check, expect

CASES = [
    dict(size=size, kernel=kernel, stride=stride, padding=padding)
    for padding, size, kernel, stride in itertools.product(("same", "valid"), (5, 8, 13, 28, 64), (2, 3, 4, 5), (1, 2, 3))
]

# the size of one side, for n pixels, a kernel k and a stride s
CONVOLUTION = {"same": lambda n, k, s: -(-n // s), "valid": lambda n, k, s: (n - k) // s + 1}
TRANSPOSED = {"same": lambda n, k, s: n * s, "valid": lambda n, k, s: n * s + max(k - s, 0)}


def _swapped(formulas):
    return {"same": formulas["valid"], "valid": formulas["same"]}


def _with_stride(formulas, stride):
    """The formulas with a stride of their own instead of the one asked for."""
    return {padding: lambda n, k, s, formula=formula: formula(n, k, stride) for padding, formula in formulas.items()}


def _check_sizes(answer, right, of_both, of_one):
    """Raise `Wrong` unless the answer's sizes are right in all `CASES`.

    `right` is `{padding: formula of (size, kernel, stride)}`. Misconceptions: `of_both` paddings, or about one of them, is
    `{hint: {padding: formula}}`, `of_one` is `{padding: {hint: formula}}`.
    """

    def sizes(formula, cases):
        return [formula(case["size"], case["kernel"], case["stride"]) for case in cases]

    by_padding = {padding: [case for case in CASES if case["padding"] == padding] for padding in right}
    given = [probe.scalar(probe.call(answer, **case), "The size", "One side is asked for.") for case in CASES]
    part = next((size for size in given if size % 1 != 0), None)
    expect(part is None, f"A size is a whole number of pixels, and yours has {part}. To which side must it be rounded?")

    def table(formulas):
        return [size for padding, cases in by_padding.items() for size in sizes(formulas[padding], cases)]

    wrong = [i for i, (size, size_right) in enumerate(zip(given, table(right))) if size != size_right]
    if not wrong:
        return
    for hint, formulas in of_both.items():
        expect(given != table(formulas), hint)
    first = CASES[wrong[0]]
    expect(np.ptp(given) > 0, "It gives the same answer whatever it is asked: does it use its arguments?")
    padding, cases = first["padding"], by_padding[first["padding"]]
    misconceptions = of_one[padding] | {
        f"With {padding!r} {hint[0].lower()}{hint[1:]}": formulas[padding] for hint, formulas in of_both.items()
    }
    probe.match(
        [size for size, case in zip(given, CASES) if case["padding"] == padding],
        sizes(right[padding], cases),
        {hint: sizes(formula, cases) for hint, formula in misconceptions.items()},
        f"{len(wrong)} of {len(CASES)} sizes are wrong, for instance "
        f"{', '.join(f'{name}={value!r}' for name, value in first.items())}, where yours is {given[wrong[0]]:g}. Draw that "
        "case on paper, or make the layer in Keras and call it on zeros of that size.",
    )


@check("chapter 02.1, Padding and stride")
def conv_size(answer):
    """`answer(size, kernel, stride, padding)`: the size of a convolution's output, one side (A1)."""
    of_both = {
        "The two paddings are swapped: which of them keeps the size when the stride is 1?": _swapped(CONVOLUTION),
        "The stride is missing: with stride 2 the kernel stands at every other place only.": _with_stride(CONVOLUTION, 1),
        "That is a transposed convolution: a convolution with a stride makes images smaller.": TRANSPOSED,
    }
    even = "Which size has 'same' at stride 1, whatever the kernel? For an even kernel, your border, alike on both sides,"
    same = {
        "The padding makes no difference in your answer: 'same' adds a border, so the kernel costs nothing.": (
            CONVOLUTION["valid"]
        ),
        "With 'same' the last, partly filled place counts too: an odd size is rounded up, not down.": lambda n, k, s: n // s,
        "With 'same' and a stride of 1 the size should stay, and yours grows: where does one more come from?": (
            lambda n, k, s: n // s + 1
        ),
        f"{even} is too wide.": lambda n, k, s: (n + 2 * (k // 2) - k) // s + 1,
        f"{even} is too narrow.": lambda n, k, s: (n + 2 * ((k - 1) // 2) - k) // s + 1,
    }
    valid = {
        "The padding makes no difference in your answer: 'valid' adds no border, so the kernel must fit in.": (
            CONVOLUTION["same"]
        ),
        "With 'valid' one position is missing: count the places of a kernel that is as large as the image.": (
            lambda n, k, s: (n - k) // s
        ),
        "With 'valid', places where the kernel would hang over the edge do not count: round down.": (
            lambda n, k, s: -((k - n) // s) + 1
        ),
        "With 'valid' the kernel's first place is there before any step is made: where in your formula is it counted?": (
            lambda n, k, s: (n - k + 1) // s
        ),
    }
    _check_sizes(answer, CONVOLUTION, of_both, {"same": same, "valid": valid})
    yield f"the size of all {len(CASES)} convolutions tried, two paddings, strides 1 to 3"


@check("chapter 02.1, Transposed convolution, and Its size")
def transposed_size(answer):
    """`answer(size, kernel, stride, padding)`: the size of a transposed convolution's output, one side (A1)."""
    of_both = {
        "The two paddings are swapped: which of them trims the border away?": _swapped(TRANSPOSED),
        "That is a convolution: a transposed one with a stride makes images larger.": CONVOLUTION,
        "The stride is missing: it is how far apart the stamps lie.": _with_stride(TRANSPOSED, 1),
        "It doubles whatever the stride is.": _with_stride(TRANSPOSED, 2),
    }
    same = {
        "The padding makes no difference in your answer: 'same' trims the border until only the stride counts.": (
            TRANSPOSED["valid"]
        ),
        "The padding makes no difference in your answer, and a gap is forgotten: 'same' trims, or fills, until only the "
        "stride counts.": lambda n, k, s: (n - 1) * s + k,
    }
    valid = {
        "The padding makes no difference in your answer: 'valid' trims nothing of what the kernels paint.": (
            TRANSPOSED["same"]
        ),
        "The stamps lie `stride` apart, so between the first and the last there are size - 1 strides, not size.": (
            lambda n, k, s: n * s + k
        ),
        "With 'valid' and a kernel smaller than the stride, Keras fills the gap behind the last stamp as well.": (
            lambda n, k, s: (n - 1) * s + k
        ),
        "With 'valid' the last stamp is missing: behind the place of the last one its whole kernel is painted.": (
            lambda n, k, s: (n - 1) * s
        ),
    }
    _check_sizes(answer, TRANSPOSED, of_both, {"same": same, "valid": valid})
    yield f"the size of all {len(CASES)} transposed convolutions tried, two paddings, strides 1 to 3"
