"""Latents to play with: ways between them, means to calculate with, and latents whose images come near to given ones."""

import keras
import numpy as np
from keras import ops

from .datasets import check_images
from .latent_model import AT_ONCE, held_fixed
from .validate import real_number, whole_number


def slerp(start, end, steps):
    """Spherical interpolation (White 2016) between two latents `(d,)` → `(steps, d)`.

    A straight line between Gaussian latents passes too close to 0, where the generator was hardly trained.
    `steps` is how many latents, both ends included; or the shares of the way themselves, an array of numbers in [0, 1].

    Example:
        >>> slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3).round(2).tolist()
        [[1.0, 0.0], [0.71, 0.71], [0.0, 1.0]]
    """
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    t = (np.linspace(0.0, 1.0, steps) if np.ndim(steps) == 0 else np.asarray(steps))[:, None]
    if np.sin(angle) < 1e-6:
        return (1 - t) * start + t * end
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def mean_latents(model, read, n=4000, seed=0, label=None):
    """The mean latent of all samples that are read alike, to calculate with: `means[8] - means[3] + means[1]`.

    As in Radford et al. 2015, section 6.3.2, but with a classifier in place of one's own eyes.

    Args:
        model: a `LatentModel`.
        read: anything with `predict`, images `(n, H, W, C)` → classes `(n,)`, such as `evaluation.classifier(digits)`.
        n: int, samples to read.
        seed: int, of their latents.
        label: as for `generate`.

    Returns:
        `{class: float32 (latent_dim,)}`, without classes that no sample was read as.

    Example:
        >>> class Brightness:
        ...     def predict(self, images):
        ...         return np.where(images.mean(axis=(1, 2, 3)) > -0.5, "bright", "dark")
        >>> means = mean_latents(gan, Brightness(), n=100)
    """
    latents = model.latents(n, seed)
    classes = np.asarray(read.predict(model.generate(latents, label)))
    return {kind.item(): latents[classes == kind].mean(axis=0) for kind in np.unique(classes)}


def invert(model, images, steps=200, label=None, seed=0, rate=0.3, prior=0.05):
    """Latents whose images come as near to given ones as gradient descent finds (Zhu et al. 2016, section 3.1).

    Each begins at the nearest of 256 random samples, and moves by Adam. An image that the model cannot make stays far.

    Args:
        model: a `LatentModel`.
        images: `(n, H, W, C)` in [-1, 1], of the size that the model makes.
        steps: int, of Adam.
        label: the images' classes, as for `generate`; a model of classes needs them.
        seed: int, of the random samples.
        rate: float, Adam's learning rate at first; it falls to 0 by a cosine.
        prior: float of at least 0, how much a latent's length, relative to its usual one, counts beside the squared error.

    Returns:
        Latents, float32 `(n, latent_dim)`, and the distances of their images from the given ones, float `(n,)`: Euclidean,
        over all pixels, as `evaluation` measures them.

    Raises:
        ValueError: images of another size, or outside [-1, 1]; a label that is missing or that no class has.

    Example:
        >>> latents, distances = invert(gan, digits.images[:2], steps=5)
        >>> latents.shape, distances.shape
        ((2, 8), (2,))
    """
    images = check_images(images, "Images to find")
    if images.shape[1:] != tuple(model.image_shape):
        raise ValueError(
            f"Images to find must have the size that the model makes, {tuple(model.image_shape)}. "
            f"Received: {images.shape[1:]}. Resize them first: dc.datasets.resize, or load(…, size={model.image_shape[0]})."
        )
    if model.classes is not None and label is None:
        raise ValueError(
            "This model makes images of a class: say which the given ones are of, label=… Received: label=None."
        )
    steps, labels = whole_number("steps", steps), model.labels_for(len(images), label)
    rate = real_number("rate", rate, "be above 0", lambda x: x > 0)
    prior = real_number("prior", prior, "be at least 0", lambda x: x >= 0)
    search = _Search(model, _nearest(model, images, labels, seed), labels, prior)
    search.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)))
    with held_fixed(model):
        for _ in range(steps):
            search.train_on_batch(images, images)
    latents = ops.convert_to_numpy(search.latents.value).copy()
    differences = model.generate(latents, labels) - images
    return latents, np.sqrt(np.square(differences).sum(axis=(1, 2, 3)))


class _Search(keras.Model):
    """Latents as the only weights, so that Keras compiles a step of the search on each backend."""

    def __init__(self, model, starts, labels, prior):
        super().__init__(name="search", dtype="float32")
        self.latents = self.add_weight(shape=starts.shape, name="latents")
        self.latents.assign(starts)
        self.prior, inputs = prior, [] if labels is None else [ops.convert_to_tensor(labels)]
        self.decode = lambda: model.decode(self.latents.value, *inputs)  # a closure: Keras must not train `model`

    def call(self, images):
        return self.decode()

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        errors = ops.mean(ops.square(ops.subtract(y_pred, x)), axis=(1, 2, 3))
        lengths = ops.mean(ops.square(self.latents), axis=1)  # 1 for a latent of the usual length
        return ops.sum(errors + self.prior * ops.square(lengths - 1.0))


def _nearest(model, images, labels, seed):
    """For each image `(n, H, W, C)` the latent of the nearest of `AT_ONCE` random samples of its class."""
    from scipy.spatial.distance import cdist

    latents = model.latents(AT_ONCE, seed)
    kinds = np.zeros(len(images)) if labels is None else labels
    starts = np.empty((len(images), model.latent_dim), "float32")
    for kind in np.unique(kinds):
        samples = model.generate(latents, None if labels is None else kind)
        rows = images[kinds == kind].reshape(np.sum(kinds == kind), -1)
        starts[kinds == kind] = latents[cdist(rows, samples.reshape(AT_ONCE, -1)).argmin(axis=1)]
    return starts
