"""The coupled GAN (Liu & Tuzel 2016): pairs of images from two kinds that were never shown as pairs."""

import keras
import numpy as np
from keras import layers

from ..datasets import Batches, ImageDataset, check_images
from ..gan import GAN
from ..layers import BatchNormalization
from ..networks import KERNEL, LEAST, MOMENTUM, depth_of, down_block, initial_weights, up_block


def coupled_generator(image_shape, latent_dim=100, width=32):
    """One trunk, two last layers: latents `(B, latent_dim)` → pairs `(B, H, W, 2)`, one grey image per channel."""
    depth = depth_of(image_shape[0])
    filters = width * 2 ** (depth - 1)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(LEAST * LEAST * filters, use_bias=False, kernel_initializer=initial_weights())(latents)
    x = layers.Reshape((LEAST, LEAST, filters))(x)
    x = layers.ReLU()(BatchNormalization(momentum=MOMENTUM)(x))
    for step in range(1, depth):
        x = up_block(x, filters // 2**step, name=f"shared_up{step}")
    images = [
        layers.Conv2DTranspose(
            1,
            KERNEL,
            strides=2,
            padding="same",
            activation="tanh",
            kernel_initializer=initial_weights(),
            name=f"image_{kind}",
        )(x)
        for kind in "ab"
    ]
    return keras.Model(latents, layers.Concatenate()(images), name="coupled_generator")


def coupled_discriminator(image_shape, width=32):
    """Two first blocks, shared later ones; a loss is the mean over both logits.

    Returns:
        `keras.Model`: pairs `(B, H, W, 2)` → logits `(B, 2)`, one per image of the pair.
    """
    pairs = keras.Input((*image_shape[:2], 2), name="pairs")
    depth = depth_of(image_shape[0])
    start = x = keras.Input((image_shape[0] // 2, image_shape[1] // 2, width))
    for step in range(1, depth):
        x = down_block(x, width * 2**step, name=f"shared_down{step + 1}")
    x = layers.Flatten()(x)
    shared = keras.Model(start, layers.Dense(1, kernel_initializer=initial_weights())(x), name="shared")
    logits = [shared(down_block(pairs[..., i : i + 1], width, norm=False, name=f"down_{k}")) for i, k in enumerate("ab")]
    return keras.Model(pairs, layers.Concatenate()(logits), name="coupled_discriminator")


@keras.saving.register_keras_serializable("dcgan_course")
class CoupledGAN(GAN):
    """Two GANs that share the generators' first and the discriminators' last layers, under `GAN`'s own training.

    Args:
        generator, discriminator, seed: as `GAN`, from `coupled_generator` and `coupled_discriminator`.

    `fit` takes `unpaired(a, b, batch_size)`; `sample` gives pairs `(n, H, W, 2)`.
    """

    logits = 2

    @classmethod
    def build_for(cls, image_shape, latent_dim=100, width=32, seed=None):
        """The usual pair of networks for grey images `(H, W, 1)`."""
        networks = coupled_generator(image_shape, latent_dim, width), coupled_discriminator(image_shape, width)
        return cls(*networks, seed=seed)

    def _check_source(self, x):
        if not isinstance(x, UnpairedBatches):
            raise ValueError(f"A coupled GAN learns from unpaired(images_a, images_b, batch_size). Received: {type(x)}.")


class UnpairedBatches(Batches):
    """Batches `(B, H, W, 2)` whose two channels are shuffled apart, so that no batch shows a true pair."""

    def __init__(self, a, b, batch_size, seed=0):
        self.b = b
        super().__init__(a, batch_size, seed, drop_remainder=True)

    def start_epoch(self, epoch):
        super().start_epoch(epoch)
        self._other = np.random.default_rng([self.seed, epoch, 1]).permutation(len(self.b))

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.concatenate([super().__getitem__(index), self.b[self._other[rows]]], axis=-1)


def unpaired(a, b, batch_size, seed=0):
    """Shuffle two sets of grey images against each other.

    Args:
        a, b: images `(N, H, W, 1)` in [-1, 1], the same number of each.

    Returns:
        `UnpairedBatches`.

    Raises:
        ValueError: other shapes, or images outside [-1, 1].
    """
    a, b = (check_images(x.images if isinstance(x, ImageDataset) else x) for x in (a, b))
    if a.shape != b.shape or a.shape[-1] != 1:
        raise ValueError(f"Two sets of grey images of one shape are needed. Received: {a.shape} and {b.shape}.")
    return UnpairedBatches(a, b, batch_size, seed)


def edges(images):
    """Outlines of grey images `(N, H, W, 1)`, in [-1, 1]: the length of the Sobel gradient, brightest at 1."""
    from scipy import ndimage

    x = np.asarray(images)[..., 0]
    length = np.hypot(ndimage.sobel(x, axis=1), ndimage.sobel(x, axis=2))
    return (2 * length / length.max(axis=(1, 2), keepdims=True) - 1).astype("float32")[..., None]


def pair_agreement(pairs):
    """How well a digit and its negative fit, `(n,)`: 1 - mean |a + b| / 2 over the pixels; 1 for a perfect negative."""
    return 1 - np.abs(pairs[..., 0] + pairs[..., 1]).mean(axis=(1, 2)) / 2
