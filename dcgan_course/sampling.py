"""From latents to images: what every generative model of the course has in common, and what one can do with latents."""

import warnings

import keras
import numpy as np
from keras import ops

from .datasets import check_images
from .places import whole
from .validate import real_number, whole_number

AT_ONCE = 256  # latents in one forward pass


class LatentModel(keras.Model):
    """Base of a Keras model that makes images from latents; its random state is saved with it.

    A subclass has `latent_dim`, `image_shape` and `decode`, and sets `seed_generator`, a `keras.random.SeedGenerator`.
    One that can be asked for a class says in `classes` how many there are.
    """

    classes = None

    def decode(self, latents, labels=None):
        """Images `(n, H, W, C)`, a tensor, for latents `(n, latent_dim)`; in inference mode.

        `labels` are class numbers `(n,)` for a model of classes, else None.
        """
        raise NotImplementedError

    def latents(self, n, seed=None, truncation=None):
        """`n` standard normal latents, float32 `(n, latent_dim)`.

        Args:
            n: int, how many.
            seed: int of at least 0: the same latents for the same seed. None: new ones at every call, by the course's seed.
            truncation: float above 0: no number is larger, up or down, as if such ones were drawn again (Brock et al. 2018).
                A smaller one gives more typical images and less variety. With one seed the latents move without a jump.

        Raises:
            ValueError: an argument that is not as said.
        """
        n = whole_number("n", n)
        seed = np.random.randint(2**31) if seed is None else whole_number("seed", seed, least=0)
        latents = np.random.default_rng(seed).standard_normal((n, self.latent_dim), "float32")
        if truncation is None:
            return latents
        from scipy.special import ndtr, ndtri  # the normal distribution function, and its inverse

        t = real_number("truncation", truncation, "be above 0, or None", lambda x: x > 0)
        inside = ndtri(ndtr(-t) + (ndtr(t) - ndtr(-t)) * ndtr(latents.astype("float64")))
        return np.clip(inside, -t, t).astype("float32")

    def labels_for(self, n, label=None):
        """The class numbers of `n` images, int32 `(n,)`: those asked for, or the classes by turns; None without classes.

        Raises:
            ValueError: `label` is neither one class number nor `n` of them, or the model knows no classes.
        """
        if self.classes is None:
            if label is not None:
                raise ValueError(f"This model knows of no classes, so it takes no label. Received: label={label!r}.")
            return None
        labels = np.arange(n) % self.classes if label is None else np.asarray(label)
        if labels.shape not in ((), (n,)):
            raise ValueError(
                f"label must be one class number, or one for each latent: {n} here. Received: shape {labels.shape}."
            )
        if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= self.classes:
            raise ValueError(f"A label must be a whole number from 0 to {self.classes - 1}. Received: label={label!r}.")
        return np.broadcast_to(labels, n).astype("int32")

    def generate(self, latents, label=None):
        """Images float32 `(n, H, W, C)` in [-1, 1] for latents `(n, latent_dim)`.

        Args:
            latents: numbers `(n, latent_dim)`.
            label: for a model of classes: a class number, or one per latent `(n,)`; None takes the classes by turns.

        Raises:
            ValueError: latents of another width, or none; labels of another count, or that no class has.
        """
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim or not len(latents):
            raise ValueError(
                f"Latents must be (n, {self.latent_dim}) for this generator, n at least 1. Received: {latents.shape}."
            )
        labels = self.labels_for(len(latents), label)
        inputs = [latents] if labels is None else [latents, labels]
        parts = (self.decode(*(x[i : i + AT_ONCE] for x in inputs)) for i in range(0, len(latents), AT_ONCE))
        return np.concatenate([ops.convert_to_numpy(images) for images in parts])

    def sample(self, n, seed=None, label=None, truncation=None):
        """`n` new images, float32 `(n, H, W, C)` in [-1, 1]; the same for the same seed.

        The arguments are those of `latents` and `generate`, and so are the errors.
        """
        return self.generate(self.latents(n, seed, truncation), label)

    def export(self, filepath, format="tf_saved_model", verbose=False, **options):
        """Write what makes images from latents for programs without Keras, as `keras.Model.export` does.

        Args:
            filepath: `str` or `Path`, for "onnx" a file.
            format: "onnx" (ONNX Runtime; needs `pip install "dcgan-course[onnx]"`), or another that Keras knows.
            verbose, **options: as in `keras.Model.export`.

        The file's input is `latents`, float32 `(n, latent_dim)`, for a model of classes also `labels`, int32 `(n,)`; its
        output are images `(n, H, W, C)`. For JAX Keras asks for a package of its own, jax2onnx.
        """
        inputs = [keras.Input((self.latent_dim,), name="latents")]
        if self.classes is not None:
            inputs.append(keras.Input((), name="labels", dtype="int32"))
        network = keras.Model(inputs, self.decode(*inputs))
        network(inputs)  # Keras exports nothing that was never called
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Keras' own converters
            if format != "onnx":
                return network.export(filepath, format, verbose=verbose, **options)
            with whole(filepath) as draft:
                network.export(str(draft), format, verbose=verbose, **options)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["seed_generator"] = ops.convert_to_numpy(self.seed_generator.state)  # Keras saves no seed generators

    def load_own_variables(self, store):
        self.seed_generator.state.assign(store["seed_generator"])
        super().load_own_variables({name: store[name] for name in store.keys() if name != "seed_generator"})


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
