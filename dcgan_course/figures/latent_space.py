"""Figures of a generator's latents: walks, truncation, arithmetic, and given images found again.

In each, `label` is a class number for a model of classes, as for `LatentModel.generate`.
"""

import numpy as np

from ..sampling import slerp
from .drawing import grid, labelled_rows, mosaic_of, new_figure, show

READ = 64  # samples that variety is measured on


def latent_walk(gan, rows=4, steps=10, seed=0):
    """Walks through the latent space: in each row, from one latent to another along the sphere.

    Args:
        gan: anything with `latents(n, seed)` and `generate(latents)`; of a model of classes the rows take them by turns.
        rows: int, walks.
        steps: int, images in a walk, both ends included.
        seed: int, seed of the ends.

    Example:
        >>> figure = latent_walk(gan, rows=2)
    """
    ends = gan.latents(2 * rows, seed)
    path = np.concatenate([slerp(a, b, steps) for a, b in zip(ends[::2], ends[1::2])])
    classes = getattr(gan, "classes", None)
    labels = [] if classes is None else [np.repeat(np.arange(rows) % classes, steps)]
    return grid(gan.generate(path, *labels), columns=steps)


def interpolation(model, start, end, steps=9, label=None):
    """One row of images, from one latent `(latent_dim,)` to another along the sphere, `steps` with both ends.

    Example:
        >>> figure = interpolation(gan, *gan.latents(2, seed=1), steps=5)
    """
    label = 0 if label is None and model.classes is not None else label  # not the classes by turns
    return grid(model.generate(slerp(start, end, steps), label), columns=steps)


def truncation(model, thresholds=(0.5, 1.0, 1.5, None), columns=10, seed=0, label=None):
    """What truncated latents give and what they cost: a row for each threshold ψ, None for no truncation.

    A generator makes nothing of latents that are much shorter than those it was trained on: its images fade.
    Variety is the mean distance between two samples, in percent of that without truncation (64 samples, in pixels).

    Args:
        model: a `LatentModel`.
        thresholds: floats or None, as for `LatentModel.latents`.
        columns: int, images in a row, from the same latents in each.
        seed: int, of the latents.

    Example:
        >>> figure = truncation(gan, thresholds=(0.5, None), columns=4)
    """
    from scipy.spatial.distance import pdist

    def variety(images):
        return pdist(images.reshape(len(images), -1)).mean()

    n = max(READ, columns)
    most, rows = variety(model.sample(n, seed, label)), {}
    for threshold in thresholds:
        images = model.sample(n, seed, label, threshold)
        name = "no truncation" if threshold is None else f"ψ = {threshold:g}"
        rows[f"{name}\nvariety {variety(images) / most:.0%}"] = images[:columns]
    return labelled_rows(rows)


def arithmetic(model, a, b, c, names=("a", "b", "c", "a − b + c"), label=None):
    """Three latents and what a - b + c gives, as a row of images with signs (Radford et al. 2015, figure 7).

    Mean latents are shorter than any latent in training, so each image is of the latent at its usual length.

    Args:
        model: a `LatentModel`.
        a, b, c: numbers `(latent_dim,)`, such as `sampling.mean_latents` returns by class.
        names: four `str`, what stands above the images.

    Example:
        >>> a, b, c = gan.latents(3, seed=0)
        >>> figure = arithmetic(gan, a, b, c)
    """
    latents = np.stack([a, b, c, np.asarray(a) - b + c])
    lengths = np.linalg.norm(latents, axis=1, keepdims=True)
    label = 0 if label is None and model.classes is not None else label  # not the classes by turns
    images = model.generate(latents * np.sqrt(model.latent_dim) / np.maximum(lengths, 1e-6), label)
    figure, axes = new_figure(7, 2, columns=4)
    for ax, image, name, sign in zip(axes, images, names, ("", "−", "+", "="), strict=True):
        show(ax, mosaic_of(image[None], 1)[0], name)
        ax.text(-0.08, 0.5, sign, transform=ax.transAxes, ha="right", va="center", fontsize=18)
    return figure


def inversion(model, images, latents, label=None):
    """Given images, those that the latents found for them give, and the distances between.

    Args:
        model: a `LatentModel`.
        images: the given ones, `(n, H, W, C)` in [-1, 1]; a dozen fit in the row.
        latents: `(n, latent_dim)`, as `sampling.invert` returns them.

    Raises:
        ValueError: another number of images than of latents, or of another size.

    Example:
        >>> figure = inversion(gan, digits.images[:3], gan.latents(3, seed=0))
    """
    images, found = np.asarray(images), model.generate(latents, label)
    if images.shape != found.shape:
        raise ValueError(f"There must be an image of {found.shape[1:]} for each latent. Received: {images.shape}.")
    figure = labelled_rows({"given": images, "found": found})
    distances = np.sqrt(np.square(found - images).sum(axis=(1, 2, 3)))
    centres = (np.arange(len(images)) + 0.5) * (images.shape[2] + 2) - 0.5  # a mosaic's border is a pixel wide
    figure.axes[-1].set_xticks(centres, [f"{distance:.1f}" for distance in distances])
    figure.axes[-1].tick_params(length=0)
    figure.axes[-1].set_xlabel("distance")
    return figure
