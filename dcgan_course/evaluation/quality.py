"""report(): samples and real images measured side by side against the same other real images."""

import dataclasses
import html

import numpy as np

from ..datasets import ImageDataset, check_images
from ..validate import whole_number
from . import distances
from .classifier import classifier

LEAST = 50  # fewer images say nothing about a distribution
MOST = 1000  # samples, where the caller names no number
COMPONENTS = 64  # of the principal component analysis

ROWS = {  # name → (label, format, better, meaning)
    "frechet": ("Fréchet distance", "{:.2f}", "lower", "how far the means and covariances of the two sets are apart"),
    "kernel": ("kernel distance", "{:.3f}", "lower", "the same question without assuming Gaussian distributions (KID)"),
    "precision": ("precision", "{:.2f}", "higher", "share of the images that lie among real ones: quality"),
    "density": ("density", "{:.2f}", "higher", "how deep among real ones they lie; 1 is like real"),
    "recall": ("recall", "{:.2f}", "higher", "share of the real images that lie among these: variety"),
    "coverage": ("coverage", "{:.2f}", "higher", "share of the real images that have one of these near by"),
    "classes": ("classes covered", "{:.0f}", "higher", "of all classes there are"),
    "as_asked": ("read as the class asked for", "{:.1%}", "higher", "share of the samples that the classifier reads so"),
    "kl": ("KL of class shares", "{:.3f}", "lower", "divergence from the real shares, in nats"),
    "nearest": ("nearest training image", "{:.2f}", "", "median distance, in pixel values over the whole image"),
    "near_copies": ("near copies", "{:.1%}", "lower", "nearer to a training image than 99 % of unseen real ones"),
}


@dataclasses.dataclass(frozen=True)
class QualityReport:
    """What `report` measured. It prints as a table and shows as one in a notebook."""

    samples: dict  # {measure: value}, keys as in `quality.ROWS`; "classes" and "kl" only with a classifier
    real: dict  # the same of real images in the samples' place: the best to hope for
    frechet_interval: tuple  # (low, high), 95 % bootstrap interval of the samples' Fréchet distance
    n: int  # images on each side of every comparison
    dataset: str  # its name
    features: str  # what distances are measured in, in words
    classes_there: int | None  # number of classes with real images; None without a classifier

    def _lines(self):
        for name, (label, form, better, meaning) in ROWS.items():
            if name in self.samples:
                values = [form.format(scores[name]) for scores in (self.samples, self.real)]
                if name == "frechet":
                    meaning = "95 % interval {:.2f} … {:.2f}; ".format(*self.frechet_interval) + meaning
                if name == "classes":
                    label = f"classes covered of {self.classes_there}"
                yield label, *values, better, meaning

    @property
    def _title(self):
        return f"{self.dataset}, {self.n} images a side, measured in {self.features}"

    def __str__(self):
        lines = [self._title, f"{'':24s}{'samples':>9s}{'real':>9s}   better"]
        lines += [f"{label:24s}{a:>9s}{b:>9s}   {better:7s} {meaning}" for label, a, b, better, meaning in self._lines()]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        head = "<tr><th></th><th>samples</th><th>real</th><th>better</th><th style='text-align: left'>meaning</th></tr>"
        rows = ""
        for *cells, meaning in self._lines():
            columns = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            rows += f"<tr>{columns}<td style='text-align: left'>{html.escape(meaning)}</td></tr>"
        return f"<table><caption>{html.escape(self._title)}</caption>{head}{rows}</table>"


def report(model_or_images, dataset, n=None, seed=0, features="auto", held_out=None):
    """Measure samples in several ways, each beside what real images score in their place: a `QualityReport`.

    The real images are split into two sets of n: a reference, and one that takes the samples' place in the column
    "real". So every number has its bound beside it, measured at the same n.

    Args:
        model_or_images: anything with `sample(n, seed)`, or images `(N, H, W, C)` in [-1, 1], the first n of which count.
        dataset: `ImageDataset` that the model learned from.
        n: int, images in each set; None for as many as there are, at most 1,000.
        seed: int, seed of samples, split and bootstrap.
        features: "classifier" (64 features of `classifier(dataset)`), "pixels", "pca" (64 components of the pixels);
            "auto" takes the classifier where there are labels, else "pca"; or an object with `features(images)` and
            `predict(images)`, such as the classifier of a larger data set.
        held_out: `ImageDataset` of real images that the model has not seen. Given, both sets of real images come from
            it; else from `dataset`, and memorisation compares training images with one another.

    Raises ValueError for too few images, for images of another shape, not finite or outside [-1, 1], and for a classifier
    without labels.

    Example:
        >>> quality = report(gan, digits, n=100, features="pca")
        >>> quality.samples["frechet"] > quality.real["frechet"]
        True
        >>> print(str(quality).splitlines()[0])
        digits, 100 images a side, measured in 64 principal components of the pixels
    """
    population, n, (extractor, name) = comparison(model_or_images, dataset, n, seed, features, held_out)
    reference, stand_in = population.images[:n], population.images[n : 2 * n]
    samples = _samples(model_or_images, n, seed, dataset.image_shape)
    ref, fake, real = (extractor.features(images) for images in (reference, samples, stand_in))

    labels = None
    if hasattr(extractor, "predict"):
        labels = population.labels if population.labels is not None else extractor.predict(population.images)

    def scores(images, image_features):
        measured = {
            "frechet": distances.frechet_distance(ref, image_features),
            "kernel": distances.kernel_distance(ref, image_features),
            **distances.neighbourhood_scores(ref, image_features),
        }
        if labels is not None:
            read = extractor.predict(images)
            measured |= distances.class_scores(labels, read, int(max(labels.max(), read.max())) + 1)
        return measured

    unseen = None if held_out is None else _rows(held_out.images)
    asked = [{}, {}]
    if population.labels is not None and getattr(model_or_images, "classes", None) is not None:
        shares = (samples, model_or_images.labels_for(n)), (stand_in, population.labels[n : 2 * n])
        asked = [{"as_asked": float(np.mean(extractor.predict(images) == wanted))} for images, wanted in shares]
    copies = distances.memorisation_scores(_rows(dataset.images), _rows(samples), unseen)
    return QualityReport(
        samples={**scores(samples, fake), **asked[0], "nearest": copies["nearest"], "near_copies": copies["near_copies"]},
        real={**scores(stand_in, real), **asked[1], "nearest": copies["nearest_real"], "near_copies": distances.NEAR / 100},
        frechet_interval=distances.frechet_interval(ref, fake, seed),
        n=n,
        dataset=dataset.card.name,
        features=name,
        classes_there=None if labels is None else len(np.unique(labels)),
    )


def comparison(model_or_images, dataset, n=None, seed=0, features="auto", held_out=None):
    """What samples are compared with; the arguments are those of `report`.

    Returns:
        The `ImageDataset` of real images, shuffled, whose first n are the reference and whose next n take the samples'
        place; n; and the object that turns images into features, with what it is in words.
    """
    real = dataset if held_out is None else held_out
    n = _count(n, len(real), model_or_images)
    order = np.random.default_rng(seed).permutation(len(real))
    labels = None if real.labels is None else real.labels[order]
    shuffled = ImageDataset(real.images[order], labels, real.class_names, name=real.card.name)
    return shuffled, n, _extractor(features, dataset, shuffled.images[:n])


def _count(n, available, model_or_images):
    limit = available // 2
    if not hasattr(model_or_images, "sample"):
        limit = min(limit, len(model_or_images))
    n = min(limit, MOST) if n is None else whole_number("n", n)
    if not LEAST <= n <= limit:
        raise ValueError(
            f"A report compares sets of n images, n from {LEAST} to {max(limit, LEAST)} here: at most half of the "
            f"{available} real images, and no more than the images to measure. Received: n={n}."
        )
    return n


def _samples(model_or_images, n, seed, image_shape):
    samples = model_or_images.sample(n, seed=seed) if hasattr(model_or_images, "sample") else model_or_images[:n]
    images = np.asarray(samples)
    if images.shape[1:] != tuple(image_shape):
        raise ValueError(
            f"The samples must be images {tuple(image_shape)}, like the data set's. Received: {images.shape[1:]}."
        )
    bad = int((~np.isfinite(images)).any(axis=(1, 2, 3)).sum())
    if bad:
        raise ValueError(
            f"{bad} of {n} samples hold NaN or infinite pixels, so there is nothing to measure: the training has "
            "diverged. Train again with a lower learning_rate or with clipping."
        )
    return check_images(images, "Samples")


def _rows(images):
    return images.reshape(len(images), -1)


class _Pixels:
    """Pixels as features, or their first principal components."""

    def __init__(self, reference, components=None):
        from sklearn.decomposition import PCA

        rows = _rows(reference)
        self.pca = None if components is None else PCA(min(components, *rows.shape), random_state=0).fit(rows)

    def features(self, images):
        rows = _rows(images)
        return rows if self.pca is None else self.pca.transform(rows)


def _extractor(features, dataset, reference):
    """The object that turns images into features, and what to call it."""
    if hasattr(features, "features"):
        return features, "features of the classifier given"
    if features == "auto":
        features = "pca" if dataset.labels is None else "classifier"
    if features == "classifier":
        extractor = classifier(dataset)
        return extractor, f"features of a classifier ({100 * extractor.accuracy:.1f} % right on held-out images)"
    if features == "pca":
        pixels = _Pixels(reference, COMPONENTS)  # fewer, where there are fewer images
        return pixels, f"{pixels.pca.n_components_} principal components of the pixels"
    if features == "pixels":
        return _Pixels(reference), "pixels"
    raise ValueError(f'features must be "auto", "classifier", "pixels", "pca" or a classifier. Received: {features!r}.')
