"""From latents to images: what every generative model of the course has in common."""

import contextlib
import warnings

import keras
import numpy as np
from keras import ops

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
                Less variety, and more typical images down to a point: near 0, where a DCGAN was hardly trained, they fade.

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
        output are images `(n, H, W, C)`, computed in float32. For JAX Keras asks for a package of its own, jax2onnx.
        """
        inputs = [keras.Input((self.latent_dim,), name="latents")]
        if self.classes is not None:
            inputs.append(keras.Input((), name="labels", dtype="int32"))
        with warnings.catch_warnings(), held_fixed(self), _in_float32(self):
            warnings.simplefilter("ignore")  # of Keras' own converters
            network = keras.Model(inputs, self.decode(*inputs))
            network(inputs)  # Keras exports nothing that was never called
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


@contextlib.contextmanager
def held_fixed(model):
    """No weight of the model is to have a gradient: PyTorch would work one out, and refuses to export such weights."""
    variables = model.trainable_variables
    try:
        for variable in variables:
            variable.trainable = False
        yield
    finally:
        for variable in variables:
            variable.trainable = True


@contextlib.contextmanager
def _in_float32(model):
    """All layers compute in float32, the only type that every operation of a convolutional network has in ONNX."""
    policies = [(layer, layer.dtype_policy) for layer in model._flatten_layers(include_self=False)]
    try:
        for layer, _ in policies:
            layer.dtype_policy = "float32"
        yield
    finally:
        for layer, policy in policies:
            layer.dtype_policy = policy
