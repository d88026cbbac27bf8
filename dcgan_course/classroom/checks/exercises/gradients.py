"""Checks of what is done to gradients: assignment A3, chapter 03.3."""

from collections.abc import Iterator

import numpy as np
from keras import ops

from ..engine import probe
from ..engine.result import check, expect

READ = "chapter 03.3, Three ways to clip"


def _apply(answer, gradients, **more):
    """What an answer makes of gradients, as arrays of the same shapes."""
    tensors = [ops.convert_to_tensor(g) for g in gradients]
    try:
        results = probe.call(answer, gradients=list(tensors), **more)
    except ValueError as error:
        expect(
            "Invalid axis" not in str(error), "keras.ops.norm knows one and two axes, and a kernel may have more: what then?"
        )
        raise
    expect(results is not None, "What comes back is None: the function has to return the gradients.")
    results = list(results) if isinstance(results, Iterator) else results
    expect(isinstance(results, (list, tuple)), "A list with a gradient for each variable should come back.")
    expect(len(results) == len(gradients), f"{len(gradients)} gradients went in, {len(results)} came out.")
    results = [probe.array(g, "A gradient") for g in results]
    for before, after in zip(gradients, results):
        expect(after.shape == before.shape, f"A gradient of shape {before.shape} came back with shape {after.shape}.")
        expect(np.isfinite(after).all(), "A gradient is NaN or infinite: what happens when one is 0 everywhere?")
    expect(
        all(np.array_equal(probe.array(t, "a gradient"), g) for t, g in zip(tensors, gradients)), "The input was changed."
    )
    return results


def _examples():
    rng = np.random.default_rng(8)
    shapes, scales = ((3, 4), (5,), (2, 2, 2), (4,)), (4.0, 0.01, 1.5, 0.0)
    return [(s * rng.standard_normal(shape)).astype("float32") for shape, s in zip(shapes, scales)]


@check(READ)
def clip_by_norm(answer, bound=0.5):
    """`answer(gradients, bound)`: each gradient shortened to a norm of at most `bound`, its direction kept (A3)."""
    gradients = _examples()
    for limit in (bound, 1.7):
        results = _apply(answer, gradients, bound=limit)
        norms, after = _norms(gradients), _norms(results)
        expect(
            not _equal(results, [np.clip(g, -limit, limit) for g in gradients]),
            "Every number was clipped by itself: that turns the gradient. A bound on the norm shortens it and keeps its "
            "direction.",
        )
        expect(
            not _equal(results, [g * min(1, limit / np.linalg.norm(norms)) for g in gradients]),
            "All gradients were shortened together, by their common norm. Here each variable's gradient has its own.",
        )
        small = [i for i, n in enumerate(norms) if 0 < n <= limit]
        expect(
            not any(after[i] > norms[i] * 1.001 for i in small),
            "A gradient below the bound was made longer: clipping is an upper bound, it never enlarges.",
            "chapter 03.3, Clipping never enlarges",
        )
        longest = max(after)
        expect(
            longest <= limit * 1.001,
            f"A gradient of norm {max(norms):.2f} still has {longest:.2f}, above the bound {limit:g}."
            + (" The norm is the square root of the sum of squares, over all axes." if longest < max(norms) * 0.999 else ""),
        )
        for g, result in zip(gradients, results):
            expect(
                not np.any(g) or probe.cosine(g, result) > 0.999,
                "A gradient's direction changed: multiply all its numbers by the same factor.",
            )
        expect(
            all(abs(after[i] - norms[i]) < 1e-3 * norms[i] for i in small),
            "A gradient below the bound was shortened: it should stay as it is.",
        )
        expect(
            all(abs(a - min(n, limit)) < 1e-2 * limit for a, n in zip(after, norms)),
            "A gradient was shortened below the bound: it should end exactly there. Is that the norm, the root of the "
            "sum of squares over all axes, and is the bound the one asked for?",
        )
    yield "no gradient is longer than the bound"
    yield "directions are kept, small gradients are left alone, a gradient of zeros stays zero"


def _norms(arrays):
    return [float(np.linalg.norm(a)) for a in arrays]


def _equal(a, b):
    return all(np.allclose(x, y, atol=1e-5) for x, y in zip(a, b))


@check("chapter 03.3, Clipping never enlarges")
def unit_gradients(answer):
    """`answer(gradients)`: each gradient divided by its norm (chapter 03.3, the last exercise)."""
    gradients = _examples()
    results = _apply(answer, gradients)
    norms = _norms(gradients)
    expect(
        not _equal(results, [g / np.linalg.norm(norms) for g in gradients]),
        "All gradients were divided by their common norm: each has its own.",
    )
    for g, result, before, after in zip(gradients, results, norms, _norms(results)):
        if not before:
            expect(after == 0, "A gradient of zeros should stay zero: it has no direction.")
            continue
        likeness = probe.cosine(g, result)
        expect(likeness > -0.999, "The sign is turned round: the step would lead uphill.")
        expect(likeness > 0.999, "A gradient's direction changed: divide all its numbers by the same norm.")
        expect(
            abs(after - 1) < 1e-2,
            f"A gradient of norm {before:.3g} has the norm {after:.3g} afterwards, not 1."
            + (" Small ones were left alone: here they are enlarged, too." if abs(after - before) < 1e-3 * before else ""),
        )
    yield "every gradient has length 1 and its direction, a gradient of zeros stays zero"
