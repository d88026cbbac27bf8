"""The automatic part of the project, assignment A5: a trained GAN, a report, and samples that beat a floor."""

import numpy as np

from ....datasets import ImageDataset
from ....evaluation import QualityReport, frechet_distance
from ....gan import GAN
from ..engine.result import check, expect

LEAST, STEPS, CELLS = 100, 200, 8


def floor(images, seed=0):
    """Images whose pixels were exchanged between images: each pixel keeps its distribution, every form is lost.

    Args:
        images: `(N, H, W, C)`.

    Returns:
        The same shape. What a generator makes that has learnt single pixels and nothing of how they belong together.
    """
    rng = np.random.default_rng(seed)
    pixels = images.reshape(len(images), -1)
    return rng.permuted(pixels, axis=0).reshape(images.shape)


@check("chapter 00, Train it, and The same, as one report")
def project(dataset, gan, report):
    """`dataset`, an `ImageDataset`; `gan`, trained on it; `report`, a `QualityReport` on both (A5)."""
    expect(isinstance(dataset, ImageDataset), f"Pictures come from dc.datasets.load. Received: {type(dataset).__name__}.")
    expect(len(dataset) >= LEAST, f"A GAN needs pictures: at least {LEAST}. Received: {len(dataset)}.")
    expect(float(np.std(dataset.images, axis=0).max()) > 1e-3, "All pictures are the same.")
    yield f"{len(dataset)} pictures of {dataset.image_shape}"
    expect(isinstance(gan, GAN), f"A dc.GAN is asked for. Received: {type(gan).__name__}.")
    made = tuple(gan.generator.output_shape[1:])
    expect(made == tuple(dataset.image_shape), f"The pictures are {dataset.image_shape}, the generator makes {made}.")
    expect(hasattr(gan, "generator_optimizer"), "The GAN was never compiled, so it was not trained either.")
    steps = int(gan.generator_optimizer.iterations)
    expect(steps >= STEPS, f"It was trained for {steps} steps; give it at least {STEPS}.")
    yield f"a GAN, trained for {steps} steps"
    expect(isinstance(report, QualityReport), "The report is what dc.evaluation.report(gan, dataset) returns.")
    expect(
        report.dataset == dataset.card.name,
        f"The report is on {report.dataset!r}, the pictures are {dataset.card.name!r}: make it anew.",
    )
    yield f"a report on {report.n} samples"
    n = min(500, len(dataset))
    order = np.random.default_rng(1).permutation(len(dataset))[:n]
    real = _coarse(dataset.images[order])
    samples = gan.sample(n, seed=3)
    expect(np.isfinite(samples).all(), "Some samples hold NaN or infinite pixels: the training failed.")
    far, bar = (frechet_distance(real, _coarse(crowd)) for crowd in (samples, floor(dataset.images[order])))
    expect(
        far < bar,
        f"The samples are further from the pictures (Fréchet distance {far:.2f}) than after an exchange of pixels at "
        f"random ({bar:.2f}). Look at the samples and at dc.Doctor, train longer, or begin with fewer kinds of pictures.",
    )
    yield f"samples nearer to the pictures ({far:.2f}) than pixels exchanged at random ({bar:.2f})"


def _coarse(images):
    """Grey averages on an 8×8 grid, flat: `(n, 64)`."""
    n, side = images.shape[:2]
    cells = images.mean(axis=-1).reshape(n, CELLS, side // CELLS, CELLS, side // CELLS)
    return cells.mean(axis=(2, 4)).reshape(n, CELLS * CELLS).astype("float64")
