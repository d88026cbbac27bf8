"""The article's own pair of networks (sections 4.1 and 4.2), repaired just so far that it can be built."""

import keras
from keras import layers

from ..layers import BatchNormalization
from ..networks import check_shape


def article_generator(channels=1, latent_dim=100):
    """The article's generator (section 4.1) with two repairs: `channels` is given, latents become `(1, 1, latent_dim)`.

    Five transposed convolutions whose filters widen towards the image, always 32×32. A `keras.Model`: latents
    `(B, latent_dim)` → images `(B, 32, 32, channels)` in (-1, 1).
    """
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 (grey) or 3 (RGB). Received: channels={channels!r}.")
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Reshape((1, 1, latent_dim))(latents)
    for filters in (64, 128, 256, 512):
        x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
        x = BatchNormalization()(x)
        x = layers.ReLU()(x)
    images = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh")(x)
    return keras.Model(latents, images, name="article_generator")


def article_discriminator(image_shape=(32, 32, 1)):
    """The article's discriminator (section 4.2) with one repair: its Flatten layer is called.

    A `keras.Model`: images `(B, H, W, C)` → logits `(B, 1)`. ValueError for an image shape as in `networks.generator`.
    """
    size, channels = check_shape(image_shape)
    images = x = keras.Input((size, size, channels), name="images")
    for filters in (64, 128, 256, 512):
        x = layers.Conv2D(filters, 4, strides=2, padding="same")(x)
        x = BatchNormalization()(x)
        x = layers.ReLU()(x)
    logits = layers.Dense(1)(layers.Flatten()(x))
    return keras.Model(images, logits, name="article_discriminator")
