"""ImageDataset: pictures in the form that every chapter uses, and the batches that `fit` takes."""

import dataclasses
import math
import numbers

import keras
import numpy as np

from ..validate import whole_number

SIZES = (8, 16, 32, 64, 128)


@dataclasses.dataclass(frozen=True)
class Card:
    """Where a data set comes from and what it holds."""

    name: str  # that `load` knows it by
    source: str  # who made it, and where it is described
    licence: str  # the terms it may be used under
    counts: dict  # images per class, {class name: n}; {"images": n} without labels

    def __str__(self):
        total = sum(self.counts.values())
        classes = f" in {len(self.counts)} classes" if len(self.counts) > 1 else ""
        return f"{self.name}: {total:,} images{classes}\nsource: {self.source}\nlicence: {self.licence}"


class ImageDataset:
    """Images in memory, with labels where there are any.

    Args:
        images: float32 `(N, H, W, C)` in [-1, 1], C = 1 or 3.
        labels: integers `(N,)` from 0 to `len(class_names) - 1`, or None.
        class_names: one name per class, or None.
        name, source, licence: for the card.
        channel_classes: classes per channel, where a label combines one class of each channel (stacked digits: 10).
        columns: what else is known of each image, `{name: array (N,)}`.

    Raises:
        ValueError: images of another shape or range, labels or columns that do not fit.
    """

    def __init__(self, images, labels=None, class_names=None, *, channel_classes=None, columns=None, **card):
        self.images = check_images(images)
        self.labels = None if labels is None else np.asarray(labels, "int64")
        self.class_names = None if class_names is None else [str(n) for n in class_names]
        if self.labels is not None:
            if self.class_names is None:
                raise ValueError("Labels need class_names, one name per class. Received: class_names=None.")
            if self.labels.shape != (len(self.images),):
                raise ValueError(f"One label per image: {len(self.images)} images, labels {self.labels.shape}.")
            if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
                raise ValueError(
                    f"Labels run from 0 to {len(self.class_names) - 1} here, one number per class name. "
                    f"Received: {self.labels.min()} to {self.labels.max()}."
                )
        self.channel_classes, self.columns = channel_classes, {k: np.asarray(v) for k, v in (columns or {}).items()}
        for column, values in self.columns.items():
            if values.shape != (len(self.images),):
                raise ValueError(f"One value per image: {len(self.images)} images, column {column!r} {values.shape}.")
        self.card = Card(**{"name": "images", "source": "", "licence": "", **card, "counts": self._counts()})

    def _counts(self):
        if self.labels is None:
            return {"images": len(self.images)}
        counts = np.bincount(self.labels, minlength=len(self.class_names))
        return {name: int(n) for name, n in zip(self.class_names, counts) if n}

    @property
    def image_shape(self):
        """Shape of one image, `(H, W, C)`."""
        return self.images.shape[1:]

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        height, width, channels = self.image_shape
        classes = "no labels" if self.labels is None else f"{len(self.card.counts)} classes"
        return f"<ImageDataset {self.card.name}: {len(self):,} images of {height}×{width}×{channels}, {classes}>"

    def only(self, classes):
        """The images of some classes, with their labels unchanged.

        Args:
            classes: class names or numbers, one or a list.

        Returns:
            A new `ImageDataset`.

        Raises:
            ValueError: the data set has no labels, or no class of that name or number.
        """
        if self.labels is None:
            raise ValueError(
                f"The data set '{self.card.name}' has no labels, so classes={classes!r} cannot be picked. "
                "For a folder of pictures, put each class into a folder of its own."
            )
        classes = [classes] if isinstance(classes, (str, numbers.Integral)) else list(classes)
        if not classes:
            raise ValueError("classes names no class: give one or more class names or numbers. Received: an empty list.")
        keep = np.isin(self.labels, [self._class_number(c) for c in classes])
        card = {"name": self.card.name, "source": self.card.source, "licence": self.card.licence}
        extra = {"channel_classes": self.channel_classes, "columns": {k: v[keep] for k, v in self.columns.items()}}
        return ImageDataset(self.images[keep], self.labels[keep], self.class_names, **card, **extra)

    def _class_number(self, wanted):
        if isinstance(wanted, str) and wanted in self.class_names:
            return self.class_names.index(wanted)
        if isinstance(wanted, numbers.Integral) and 0 <= wanted < len(self.class_names):
            return int(wanted)
        shown = ", ".join(self.class_names[:12]) + (", …" if len(self.class_names) > 12 else "")
        raise ValueError(f"No class {wanted!r} in '{self.card.name}'. Its classes: {shown}.")

    def batches(self, batch_size, seed=0, drop_remainder=False, shuffle=True):
        """Batches for `fit`, in a new order each epoch.

        Args:
            batch_size: images per batch.
            seed: seed of the order; the same seed gives the same order of batches.
            drop_remainder: leave out the last batch of an epoch when it is not full.
            shuffle: False keeps the images' own order.

        Returns:
            `Batches`, whose items are float32 arrays `(batch_size, H, W, C)`.
        """
        classes = None if self.labels is None else len(self.class_names)
        return Batches(self.images, batch_size, seed, drop_remainder, shuffle, self.labels, classes)


class Batches(keras.utils.PyDataset):
    """The images in batches: a Keras data source, and something to iterate over.

    The order of epoch e depends on `(seed, e)` alone, so a run that is taken up again at epoch e sees the
    batches it would have seen. A `batch_size` or `seed` that is no whole number, or out of range, is a ValueError.
    """

    labelled = False

    def __init__(self, images, batch_size, seed=0, drop_remainder=False, shuffle=True, labels=None, classes=None):
        super().__init__()
        self.labels, self.classes = labels, classes
        self.images, self.batch_size = images, whole_number("batch_size", batch_size, most=len(images))
        self.seed, self.drop_remainder, self.shuffle = whole_number("seed", seed, least=0), drop_remainder, shuffle
        self.start_epoch(0)

    def give_labels(self, classes):
        """From now on items are pairs of images and class numbers `(batch_size,)`, of so many classes; None: images alone.

        Raises:
            ValueError: the images have no labels, or are of another number of classes.
        """
        if classes not in (None, self.classes):
            theirs = "images without labels" if self.labels is None else f"images of {self.classes} classes"
            raise ValueError(f"The networks are built for images of {classes} classes, with labels. Received: {theirs}.")
        self.labelled = classes is not None

    def start_epoch(self, epoch):
        """Take the order of epoch `epoch`, counted from 0, now and once more when the next epoch begins."""
        self.epoch = epoch
        rng, images = np.random.default_rng([self.seed, epoch]), len(self.images)
        self._order = rng.permutation(images) if self.shuffle else np.arange(images)

    def on_epoch_begin(self):
        self.start_epoch(self.epoch)
        self.epoch += 1

    def __len__(self):
        full = len(self.images) / self.batch_size
        return math.floor(full) if self.drop_remainder else math.ceil(full)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"Batch {index} of {len(self)}: batches are counted from 0.")
        start = index * self.batch_size
        rows = self._order[start : start + self.batch_size]
        return (self.images[rows], self.labels[rows].astype("int32")) if self.labelled else self.images[rows]


def check_images(images, name="images"):
    """Return `images` as a float32 array, or say what is wrong with them.

    Raises:
        ValueError: not `(N, H, W, C)` with C = 1 or 3, not finite, or outside [-1, 1].
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise ValueError(f"{name} must have the shape (N, H, W, C) with C = 1 or 3. Received: shape {images.shape}.")
    low, high = float(images.min()), float(images.max())
    if not (-1.0 <= low and high <= 1.0):  # also true of NaN
        hint = "images / 127.5 - 1" if low >= 0 and high <= 255 else "their range to [-1, 1]"
        raise ValueError(
            f"{name} must lie in [-1, 1], like the generator's tanh. Received: values from {low:g} to {high:g}, "
            f"{images.dtype}. Rescale: {hint}."
        )
    return images.astype("float32", copy=False)


def to_float(pixels):
    """uint8 pixels (0 … 255) → float32 in [-1, 1]."""
    return np.asarray(pixels, "float32") / 127.5 - 1.0


def to_uint8(images):
    """float32 in [-1, 1] → uint8 pixels (0 … 255), rounded."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype("uint8")


def resize(pixels, size):
    """Resize square images to `size` pixels a side, bicubic up and Lanczos down.

    uint8 `(N, H, H)` or `(N, H, H, 3)` → `(N, size, size)` or `(N, size, size, 3)`.
    """
    from PIL import Image

    if pixels.shape[1:3] == (size, size):
        return pixels
    method = Image.Resampling.BICUBIC if size > pixels.shape[1] else Image.Resampling.LANCZOS
    return np.stack([np.asarray(Image.fromarray(p).resize((size, size), method)) for p in pixels])


def check_source(x, image_shape, classes=None):
    """Look at what networks for images `(H, W, C)` are to learn from, as far as that can be done without using it up.

    `x` is `Batches`, or any data source whose first batch holds images, alone or first in a tuple; their class numbers are
    second, where the networks know of so many classes.

    Raises:
        ValueError: a whole `ImageDataset`; images of another shape or outside [-1, 1]; labels missing or of other classes.
    """
    if isinstance(x, ImageDataset):
        raise ValueError("fit takes batches: gan.fit(dataset.batches(64)). Received: the whole ImageDataset.")
    if isinstance(x, Batches):
        x.give_labels(classes)
        images = x.images
    elif hasattr(x, "__iter__") and not hasattr(x, "__next__"):  # can be read twice: look at its first batch
        first = next(iter(x), None)
        if first is None:
            raise ValueError("There is nothing to train on: the data source is empty.")
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(first)
        images = keras.ops.convert_to_numpy(images)
        if classes is not None and (labels is None or not 0 <= np.min(labels) <= np.max(labels) < classes):
            theirs = "none" if labels is None else f"{np.min(labels)} to {np.max(labels)}"
            raise ValueError(
                f"These networks learn from pairs of images and class numbers below {classes}, as dataset.batches(64) gives "
                f"them for a data set with labels. Received: labels {theirs}."
            )
    else:
        return
    check_images(images, "Training images")
    if images.shape[1:] != image_shape:
        raise ValueError(f"The networks are built for images {image_shape}. Received: images {images.shape[1:]}.")
