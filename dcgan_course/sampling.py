"""From latents to images: what every generative model of the course has in common."""

import keras
import numpy as np
from keras import ops

from .validate import whole_number

AT_ONCE = 256  # latents in one forward pass


class LatentModel(keras.Model):
    """Base of a Keras model that makes images from latents; its random state is saved with it.

    A subclass has `latent_dim` and `decode(latents)`, and sets `seed_generator`, a `keras.random.SeedGenerator`.
    """

    def decode(self, latents):
        """Images `(n, H, W, C)`, a tensor, for latents `(n, latent_dim)`; in inference mode."""
        raise NotImplementedError

    def latents(self, n, seed=None):
        """`n` standard normal latents, float32 `(n, latent_dim)`.

        The same for the same whole number `seed`; without one they are new at every call, and follow the course's seed.
        """
        seed = np.random.randint(2**31) if seed is None else seed
        return np.random.default_rng(seed).standard_normal((n, self.latent_dim), "float32")

    def generate(self, latents):
        """Images float32 `(n, H, W, C)` in [-1, 1] for latents `(n, latent_dim)`.

        Raises:
            ValueError: latents of another width, or none.
        """
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim or not len(latents):
            raise ValueError(
                f"Latents must be (n, {self.latent_dim}) for this generator, n at least 1. Received: {latents.shape}."
            )
        parts = (self.decode(latents[i : i + AT_ONCE]) for i in range(0, len(latents), AT_ONCE))
        return np.concatenate([ops.convert_to_numpy(images) for images in parts])

    def sample(self, n, seed=None):
        """`n` new images, float32 `(n, H, W, C)` in [-1, 1]; the same for the same seed.

        Raises:
            ValueError: `n` is no whole number of at least 1.
        """
        return self.generate(self.latents(whole_number("n", n), seed))

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
