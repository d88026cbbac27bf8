"""The coupled GAN (Liu & Tuzel 2016): pairs of images from two kinds that were never shown as pairs."""

import keras
import numpy as np
from keras import layers

from ..datasets import Batches, ImageDataset, check_images
from ..gan import GAN
from ..layers import BatchNormalization
from ..networks import KERNEL, LEAST, MOMENTUM, check_shape, depth_of, down_block, initial_weights, up_block
from ..validate import whole_number


def coupled_generator(image_shape, latent_dim=100, width=32):
    """One trunk, two last layers.

    Args:
        image_shape: tuple `(H, W, 1)`, as for `networks.generator`; ValueError where the images are not grey.
        latent_dim: int, numbers in one latent.
        width: int, filters of the last hidden layer.

    Returns:
        `keras.Model`: latents `(B, latent_dim)` → pairs `(B, H, W, 2)` in (-1, 1), one grey image per channel.

    Example:
        >>> coupled_generator((16, 16, 1), width=4).output_shape
        (None, 16, 16, 2)
    """
    depth = depth_of(_grey_size(image_shape))
    latent_dim, width = whole_number("latent_dim", latent_dim), whole_number("width", width)
    filters = width * 2 ** (depth - 1)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(LEAST * LEAST * filters, use_bias=False, kernel_initializer=initial_weights())(latents)
    x = layers.Reshape((LEAST, LEAST, filters))(x)
    x = layers.ReLU()(BatchNormalization(momentum=MOMENTUM)(x))
    for step in range(1, depth):
        x = up_block(x, filters // 2**step, name=f"shared_up{step}")
    images = []
    for name in ("image_a", "image_b"):
        options = {"strides": 2, "padding": "same", "activation": "tanh", "kernel_initializer": initial_weights()}
        images.append(layers.Conv2DTranspose(1, KERNEL, **options, name=name)(x))
    return keras.Model(latents, layers.Concatenate()(images), name="coupled_generator")


def coupled_discriminator(image_shape, width=32):
    """Two first blocks of `width` filters, shared later ones; a loss is the mean over both logits.

    The arguments are `coupled_generator`'s. A `keras.Model`: pairs `(B, H, W, 2)` → logits `(B, 2)`, one per image.
    """
    size, width = _grey_size(image_shape), whole_number("width", width)
    pairs = keras.Input((size, size, 2), name="pairs")
    depth = depth_of(size)
    start = x = keras.Input((size // 2, size // 2, width))
    for step in range(1, depth):
        x = down_block(x, width * 2**step, name=f"shared_down{step + 1}")
    x = layers.Flatten()(x)
    shared = keras.Model(start, layers.Dense(1, kernel_initializer=initial_weights())(x), name="shared")
    logits = [
        shared(down_block(pairs[..., channel : channel + 1], width, norm=False, name=f"down_{kind}"))
        for channel, kind in enumerate("ab")
    ]
    return keras.Model(pairs, layers.Concatenate()(logits), name="coupled_discriminator")


def _grey_size(image_shape):
    size, channels = check_shape(image_shape)
    if channels != 1:
        raise ValueError(f"A coupled pair is of grey images, (size, size, 1). Received: {image_shape!r}.")
    return size


@keras.saving.register_keras_serializable("dcgan_course")
class CoupledGAN(GAN):
    """Two GANs that share the generators' first and the discriminators' last layers, under `GAN`'s own training.

    Arguments as for `GAN`. `fit` takes `unpaired(a, b, batch_size)`; `sample` gives pairs `(n, H, W, 2)`.
    """

    logits_per_example = 2

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
    """Shuffle two sets of grey images against each other: `UnpairedBatches` of float32 `(batch_size, H, W, 2)`.

    Args:
        a, b: `ImageDataset`s or arrays `(N, H, W, 1)` in [-1, 1], the same number of images in each; else ValueError.
        batch_size: int, pairs in a batch.
        seed: int, of both orders.

    Example:
        >>> batches = unpaired(digits, -digits.images, batch_size=64)
        >>> batches[0].shape
        (64, 16, 16, 2)
    """
    a, b = (check_images(x.images if isinstance(x, ImageDataset) else x) for x in (a, b))
    if a.shape != b.shape or a.shape[-1] != 1:
        raise ValueError(f"Two sets of grey images of one shape are needed. Received: {a.shape} and {b.shape}.")
    return UnpairedBatches(a, b, batch_size, seed)


def edges(images):
    """Outlines of grey images `(N, H, W, 1)` in [-1, 1]: float32 of the same shape and range.

    A pixel is the length of the Sobel gradient: 1 where it is largest in an image, -1 where there is none.

    Example:
        >>> edges(np.array([-1.0, -1.0, 1.0, 1.0]).reshape(1, 1, 4, 1)).ravel().tolist()
        [-1.0, 1.0, 1.0, -1.0]
    """
    from scipy import ndimage

    x = np.asarray(images)[..., 0]
    length = np.hypot(ndimage.sobel(x, axis=1), ndimage.sobel(x, axis=2))
    longest = np.maximum(length.max(axis=(1, 2), keepdims=True), 1e-6)  # an image of one grey has no edge
    return (2 * length / longest - 1).astype("float32")[..., None]


def pair_agreement(pairs):
    """How well a digit and its negative fit: pairs `(n, H, W, 2)` in [-1, 1] → float `(n,)`, 0 … 1.

    It is 1 - mean |a + b| / 2 over the pixels; 1 for a perfect negative.

    Example:
        >>> pair_agreement(np.concatenate([digits.images[:2], -digits.images[:2]], axis=-1)).tolist()
        [1.0, 1.0]
    """
    return 1 - np.abs(pairs[..., 0] + pairs[..., 1]).mean(axis=(1, 2)) / 2
