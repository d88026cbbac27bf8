"""A GAN with dense layers: what Goodfellow et al. 2014 trained on digits, before convolutions."""

import math

import keras
from keras import layers

from ..gan import GAN
from ..layers import BatchNormalization
from ..networks import MOMENTUM


def dense_generator(image_shape, latent_dim=100, units=(64, 128)):
    """Dense layers with batch normalisation and ReLU, tanh at the end.

    Args:
        image_shape: tuple `(H, W, C)`.
        latent_dim: int, numbers in one latent.
        units: ints, width of each hidden layer.

    Returns:
        `keras.Model`: latents `(B, latent_dim)` → images `(B, H, W, C)` in (-1, 1).

    Example:
        >>> dense_generator((28, 28, 1)).output_shape
        (None, 28, 28, 1)
    """
    latents = x = keras.Input((latent_dim,), name="latents")
    for n in units:
        x = layers.Dense(n, use_bias=False, kernel_initializer="he_normal")(x)
        x = BatchNormalization(momentum=MOMENTUM)(x)
        x = layers.ReLU()(x)
    x = layers.Dense(math.prod(image_shape), activation="tanh", kernel_initializer="glorot_normal")(x)
    return keras.Model(latents, layers.Reshape(image_shape)(x), name="dense_generator")


def dense_discriminator(image_shape, units=(128, 64)):
    """Dense layers with LeakyReLU, sized as for `dense_generator`: a `keras.Model`, `(B, H, W, C)` → logits `(B, 1)`."""
    images = keras.Input(image_shape, name="images")
    x = layers.Flatten()(images)
    for n in units:
        x = layers.LeakyReLU(0.2)(layers.Dense(n, kernel_initializer="he_normal")(x))
    return keras.Model(images, layers.Dense(1, kernel_initializer="glorot_normal")(x), name="dense_discriminator")


def dense_gan(image_shape, like=None, latent_dim=100, seed=None):
    """A `GAN` of dense networks.

    Args:
        image_shape: tuple `(H, W, C)`.
        like: a `GAN` whose two parameter counts the hidden layers are chosen to match; None for 128 and 256 units.
        latent_dim, seed: ints, as for `GAN`.

    Example:
        >>> dense_gan((16, 16, 1)).sample(4, seed=1).shape
        (4, 16, 16, 1)
    """
    widths = [128, 128]
    if like is not None:
        latent_dim = like.latent_dim
        widths = [
            _width(lambda w: dense_generator(image_shape, latent_dim, (w, 2 * w)), like.generator.count_params()),
            _width(lambda w: dense_discriminator(image_shape, (2 * w, w)), like.discriminator.count_params()),
        ]
    g, d = widths
    return GAN(dense_generator(image_shape, latent_dim, (g, 2 * g)), dense_discriminator(image_shape, (2 * d, d)), seed=seed)


def _width(build, wanted):
    """The width whose network comes nearest to the wanted number of parameters, which grow with the width."""
    low, high = 1, 4096
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if build(middle).count_params() <= wanted else (low, middle)
    return min((low, high), key=lambda w: abs(build(w).count_params() - wanted))
