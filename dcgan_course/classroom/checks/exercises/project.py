"""The automatic part of the project, assignment A5: a trained GAN, a report, and samples that beat a baseline."""

import numpy as np

from ....datasets import ImageDataset
from ....evaluation import QualityReport, frechet_distance
from ....gan import GAN
from ..engine.probe import cell_means
from ..engine.result import check, expect

LEAST, STEPS, CELLS = 100, 200, 8  # pictures, steps of training, averages along a side


def shuffled_pixels(images, seed=0):
    """The baseline of A5: images whose pixels were exchanged between images.

    Each pixel keeps its distribution, and every form is lost. A generator that has learnt single pixels, and nothing of how
    they belong together, makes such images.

    Args:
        images: array `(N, H, W, C)`.
        seed: `int`, the same seed gives the same images.

    Returns:
        Array of the same shape.
    """
    pixels = images.reshape(len(images), -1)
    return np.random.default_rng(seed).permuted(pixels, axis=0).reshape(images.shape)


@check("chapter 00, Train it, and The same, as one report")
def project(dataset, gan, report):
    """The `ImageDataset`, the `dc.GAN` that was trained on it, and the `QualityReport` on both (A5)."""
    expect(isinstance(dataset, ImageDataset), f"Pictures come from dc.datasets.load. Received: {type(dataset).__name__}.")
    expect(len(dataset) >= LEAST, f"A GAN needs pictures: at least {LEAST}. Received: {len(dataset)}.")
    expect(float(np.std(dataset.images, axis=0).max()) > 1e-3, "All pictures are the same.")
    yield f"{len(dataset)} pictures of {dataset.image_shape}"
    expect(isinstance(gan, GAN), f"A dc.GAN is asked for. Received: {type(gan).__name__}.")
    shape = tuple(gan.generator.output_shape[1:])
    expect(shape == tuple(dataset.image_shape), f"The pictures are {dataset.image_shape}, the generator makes {shape}.")
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
    real, samples = dataset.images[order], gan.sample(n, seed=3)
    expect(np.isfinite(samples).all(), "Some samples hold NaN or infinite pixels: the training failed.")
    distance, baseline = (
        frechet_distance(cell_means(real, CELLS), cell_means(images, CELLS)) for images in (samples, shuffled_pixels(real))
    )
    expect(
        distance < baseline,
        f"The samples are further from the pictures (Fréchet distance {distance:.2f}) than pixels exchanged at random "
        f"({baseline:.2f}). Look at the samples and at dc.Doctor, train longer, or begin with fewer kinds of pictures.",
    )
    yield f"samples nearer to the pictures ({distance:.2f}) than pixels exchanged at random ({baseline:.2f})"
