"""A small convolutional classifier, trained once per data set and kept in data/cache/ with a checksum."""

import hashlib
import itertools
import pathlib
import warnings
import zipfile

import keras
import numpy as np
from keras import layers

from ..datasets import check_images, load
from ..places import cache_folder, whole

FEATURES = 64
HELD_OUT = 0.2  # the share of images that training never sees
EPOCHS, LEAST_STEPS, BATCH = 20, 900, 32
VERSION = 1  # counts up when this file changes what is trained


def classifier_network(image_shape, classes, seed=0):
    """Strided convolutions down to 4×4, 64 features, one logit per class. Built in chapter 01.

    Args:
        image_shape: tuple `(H, W, C)`, H = W = 8, 16, 32, 64 or 128.
        classes: int, number of classes.
        seed: int, of the initial weights and of dropout, so that building it draws on nobody else's randomness.

    Returns:
        `keras.Model`: images `(B, H, W, C)` → logits `(B, classes)`, with a layer named "features", `(B, 64)`.

    Example:
        >>> network = classifier_network((16, 16, 1), classes=10)
        >>> network.output_shape, network.get_layer("features").output.shape
        ((None, 10), (None, 64))
    """
    seeds = itertools.count(1000 * seed)

    def weights():
        return keras.initializers.GlorotUniform(seed=next(seeds))

    images = x = keras.Input(image_shape, name="images")
    filters = 16
    while x.shape[1] > 4:
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu", kernel_initializer=weights())(x)
        filters = min(2 * filters, 64)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3, seed=next(seeds))(x)
    x = layers.Dense(FEATURES, activation="relu", kernel_initializer=weights(), name="features")(x)
    logits = layers.Dense(classes, kernel_initializer=weights(), name="logits")(x)
    return keras.Model(images, logits, name="classifier")


def classifier(dataset, seed=0, folder=None):
    """The classifier of this data set: from the cache, or trained now (seconds for the digits) and kept there.

    Args:
        dataset: `ImageDataset` with labels. Stacked digits are read channel by channel by the digits' classifier.
        seed: int, of weights, split and order of training.
        folder: `str` or `Path` where classifiers are kept; None for `data/cache/classifiers`.

    Returns a `Classifier`, or a `StackedClassifier` for stacked digits. ValueError without labels or 100 images.
    """
    if dataset.labels is None:
        raise ValueError(
            f"The data set '{dataset.card.name}' has no labels, so no classifier can be trained on it. "
            'Compare pixels instead: features="pca" or features="pixels".'
        )
    if dataset.channel_classes is not None:
        return StackedClassifier(classifier(load("digits", dataset.image_shape[0]), seed, folder), dataset.channel_classes)
    if len(dataset) < 100:
        raise ValueError(f"A classifier needs at least 100 images to learn from. Received: {len(dataset)}.")

    network = classifier_network(dataset.image_shape, len(dataset.class_names), seed)
    folder = cache_folder() / "classifiers" if folder is None else pathlib.Path(folder)
    shape = "x".join(map(str, dataset.image_shape))
    path = folder / f"{dataset.card.name}-{shape}-{_fingerprint(dataset, seed)}.npz"
    accuracy = _restore(network, path)
    if accuracy is None:
        accuracy = _train(network, dataset, seed)
        _keep(network, accuracy, path)
    return Classifier(network, accuracy, dataset.images[:2000])


class Classifier:
    """A trained classifier: it reads classes, and turns images into the features that distances are measured in.

    Args:
        model: `keras.Model` as from `classifier_network`, images `(B, H, W, C)` → logits `(B, classes)`; an attribute, too.
        accuracy: float, the share of held-out images that it reads right, 0 … 1; an attribute, too.
        images: real images; features are scaled so that over these their variance is 1 on average.
    """

    def __init__(self, model, accuracy, images):
        self.model, self.accuracy = model, accuracy
        self._both = keras.Model(model.input, [model.get_layer("features").output, model.output])
        self._scale = 1.0
        self._scale = 1.0 / max(1e-6, float(np.sqrt(self.features(images).var(axis=0).mean())))

    def _forward(self, images):
        images = check_images(images)
        expected = self.model.input_shape[1:]
        if images.shape[1:] != expected:
            raise ValueError(f"This classifier reads images {expected}. Received: images {images.shape[1:]}.")
        parts = [self._both(images[i : i + 500], training=False) for i in range(0, len(images), 500)]
        return tuple(np.concatenate([keras.ops.convert_to_numpy(p) for p in column]) for column in zip(*parts))

    def features(self, images):
        """Images `(n, H, W, C)` → features float32 `(n, 64)`, at least 0."""
        return self._scale * self._forward(images)[0]

    def predict(self, images):
        """Images `(n, H, W, C)` → class numbers, integers `(n,)`."""
        return self._forward(images)[1].argmax(axis=1)


class StackedClassifier:
    """Reads stacked digits channel by channel, with the `Classifier` `single`: label 100 a + 10 b + c.

    `accuracy` is the share of held-out images that it reads right in all three channels, a float.
    """

    def __init__(self, single, classes=10):
        self.single, self.accuracy = single, single.accuracy**3
        self._weights = (classes**2, classes, 1)

    def features(self, images):
        """Images `(n, H, W, 3)` → features float32 `(n, 192)`."""
        return np.concatenate([self.single.features(images[..., [c]]) for c in range(3)], axis=1)

    def predict(self, images):
        """Images `(n, H, W, 3)` → class numbers, integers `(n,)`."""
        return sum(weight * self.single.predict(images[..., [c]]) for c, weight in enumerate(self._weights))


def _train(network, dataset, seed):
    """Train in place on 80 % of the images; the accuracy on the others, 0 … 1."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(dataset))
    cut = round(HELD_OUT * len(order))
    held_out, train = order[:cut], order[cut:]
    epochs = max(EPOCHS, -(-LEAST_STEPS * BATCH // len(train)))
    steps = epochs * -(-len(train) // BATCH)
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    for _ in range(epochs):  # shuffled here: Keras would shuffle with the learner's random state
        rng.shuffle(train)
        network.fit(dataset.images[train], dataset.labels[train], batch_size=BATCH, shuffle=False, verbose=0)
    logits = network.predict(dataset.images[held_out], verbose=0)
    return float(np.mean(logits.argmax(axis=1) == dataset.labels[held_out]))


def _fingerprint(dataset, seed):
    digest = hashlib.sha256(f"{VERSION} {seed} {dataset.class_names}".encode())
    digest.update(np.ascontiguousarray(dataset.images))
    digest.update(np.ascontiguousarray(dataset.labels))
    return digest.hexdigest()[:12]


def _keep(network, accuracy, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as draft:
        np.savez(draft, accuracy, *network.get_weights())


def _restore(network, path):
    """Load the kept weights; the accuracy that was measured on them, or None where there are none, or damaged ones."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:  # it holds a checksum of each
            accuracy, *weights = arrays.values()
        network.set_weights(weights)
        return float(accuracy)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        warnings.warn(f"The cached classifier {path.name} is damaged; it is trained again.", stacklevel=3)
        return None
