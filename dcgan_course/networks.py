"""The two networks: Radford's recipe for any of four sizes.

`width` is the number of filters at the widest image: the generator's last hidden layer and the discriminator's first.
Towards the 4×4 end the filters double at every halving of the image, so each layer has about as many multiply-adds.
"""

import math
import numbers

import keras
from keras import layers

from .layers import BatchNormalization, SpectralNormalization
from .validate import whole_number

LEAST = 4  # both networks meet a 4×4 map at their narrow end
SIZES = (16, 32, 64, 128)
KERNEL = 4  # a multiple of the stride: every output pixel is reached by the same number of taps
MOMENTUM = 0.9  # Keras' 0.99 remembers hundreds of steps, too long for a network that changes this fast


def up_block(x, filters, name=None):
    """Transposed convolution, batch normalisation, ReLU: `(B, H, W, C)` → `(B, 2H, 2W, filters)`. Built in chapter 02.1."""
    options = {"strides": 2, "padding": "same", "use_bias": False, "kernel_initializer": initial_weights()}
    x = layers.Conv2DTranspose(filters, KERNEL, **options, name=_name(name, "conv"))(x)
    x = BatchNormalization(momentum=MOMENTUM, name=_name(name, "norm"))(x)
    return layers.ReLU(name=_name(name, "relu"))(x)


def down_block(x, filters, norm=True, name=None, spectral=False, first_weights=None):
    """Strided convolution, batch normalisation, LeakyReLU: `(B, H, W, C)` → `(B, H/2, W/2, filters)`. Built in chapter 02.1.

    `norm=False` leaves the normalisation out, as Radford et al. do on the discriminator's input; `spectral=True` normalises
    the kernel. `first_weights` is a Keras initializer; None for Radford's.
    """
    options = {"strides": 2, "padding": "same", "use_bias": not norm, "name": _name(name, "conv")}
    conv = layers.Conv2D(filters, KERNEL, **options, kernel_initializer=first_weights or initial_weights())
    x = (SpectralNormalization(conv, name=_name(name, "spectral")) if spectral else conv)(x)
    if norm:
        x = BatchNormalization(momentum=MOMENTUM, name=_name(name, "norm"))(x)
    return layers.LeakyReLU(0.2, name=_name(name, "lrelu"))(x)


def generator(image_shape, latent_dim=100, width=32, classes=None):
    """The generator of Radford et al. 2015 (arXiv 1511.06434), for one of four sizes. Built in chapter 04.1.

    Args:
        image_shape: `(H, W, C)` with H = W in 16, 32, 64, 128 and C in 1, 3.
        latent_dim: numbers in one latent vector.
        width: filters of the last hidden layer.
        classes: how many classes of images there are, of which one can be asked for (Mirza & Osindero 2014); None for a
            generator that knows of none.

    Returns:
        `keras.Model`: latents `(B, latent_dim)` → images `(B, H, W, C)` in (-1, 1). With `classes` it takes a list of
        latents and class numbers `(B,)`; these are embedded as vectors of length 1, and stand beside the latents.

    Raises:
        ValueError: an image shape, latent_dim, width or classes that the recipe has no network for.

    Example:
        >>> generator((32, 32, 1), width=16).output_shape
        (None, 32, 32, 1)
    """
    size, channels = check_shape(image_shape)
    whole_number("latent_dim", latent_dim)
    whole_number("width", width)
    depth = depth_of(size)
    filters = width * 2 ** (depth - 1)

    inputs = x = keras.Input((latent_dim,), name="latents")
    if classes is not None:
        labels, embedded = _embedded_labels(classes, latent_dim, keras.initializers.RandomNormal(0.0, 1.0))
        embedded = layers.UnitNormalization(name="label_direction")(embedded)  # as long as a latent, it would drown it
        inputs, x = [inputs, labels], layers.Concatenate(name="latents_and_label")([inputs, embedded])
    x = layers.Dense(LEAST * LEAST * filters, use_bias=False, kernel_initializer=initial_weights(), name="project")(x)
    x = layers.Reshape((LEAST, LEAST, filters), name="reshape")(x)
    x = BatchNormalization(momentum=MOMENTUM, name="project_norm")(x)
    x = layers.ReLU(name="project_relu")(x)
    for step in range(1, depth):
        x = up_block(x, filters // 2**step, name=f"up{step}")
    images = layers.Conv2DTranspose(
        channels, KERNEL, strides=2, padding="same", activation="tanh", kernel_initializer=initial_weights(), name="to_image"
    )(x)
    return keras.Model(inputs, images, name="generator")


def discriminator(image_shape, width=32, norm=True, spectral=False, head=None, classes=None):
    """The discriminator of Radford et al. 2015: the generator's mirror image, ending in one logit. Built in chapter 04.2.

    Args:
        image_shape: as for `generator`.
        width: filters of the first layer.
        norm: batch normalisation in the hidden layers but the first; without it, and without `spectral`, weights begin as in
            He et al. 2015, since nothing rescales the layers any more.
        spectral: spectral normalisation of every layer in its place (Miyato et al. 2018), which bounds the slope.
        head: units of a dense layer before the logit, the one hidden layer that sees the whole image at once (Karras et
            al. 2018, table 2); None for none, as in Radford et al.
        classes: as for `generator`; the logit is then also about the class (Miyato & Koyama 2018: a projection).

    Returns:
        `keras.Model`: images `(B, H, W, C)` in [-1, 1] → logits `(B, 1)`, positive for "real". With `classes` it takes a
        list of images and class numbers `(B,)`.

    Raises:
        ValueError: as for `generator`.
    """
    size, channels = check_shape(image_shape)
    whole_number("width", width)

    images = inputs = keras.Input((size, size, channels), name="images")
    features = discriminator_features(images, width, norm, spectral, None if norm or spectral else "he_normal")
    if head is not None:
        dense = layers.Dense(whole_number("head", head), kernel_initializer="he_normal", name="head")
        dense = SpectralNormalization(dense, name="head_spectral") if spectral else dense
        features = layers.LeakyReLU(0.2, name="head_lrelu")(dense(features))
    logits = last_layer(features, spectral)
    if classes is not None:
        labels, embedded = _embedded_labels(classes, features.shape[-1], initial_weights())
        inputs, logits = [images, labels], layers.Add(name="logit_of_class")([logits, layers.Dot(1)([features, embedded])])
    return keras.Model(inputs, logits, name="discriminator")


def discriminator_layers(x, width, norm=True):
    """The discriminator's layers on a Keras tensor: images `(B, H, W, C)` → logits `(B, 1)`.

    `norm=False` leaves every batch normalisation out, not the first block's alone.
    """
    return last_layer(discriminator_features(x, width, norm))


def discriminator_features(x, width, norm=True, spectral=False, first_weights=None):
    """All layers but the last: images `(B, H, W, C)` → features `(B, 4 · 4 · filters)`."""
    for step in range(depth_of(x.shape[1])):
        normalised = norm and not spectral and step > 0
        x = down_block(x, width * 2**step, normalised, f"down{step + 1}", spectral, first_weights)
    return layers.Flatten(name="flatten")(x)


def last_layer(features, spectral=False):
    """Features `(B, n)` → logits `(B, 1)`."""
    logit = layers.Dense(1, kernel_initializer=initial_weights(), name="logit")
    return (SpectralNormalization(logit, name="logit_spectral") if spectral else logit)(features)


def classes_of(network):
    """How many classes a generator or discriminator can be asked for; None where it knows of none."""
    embeddings = [layer for layer in network.layers if isinstance(layer, layers.Embedding)]
    return embeddings[0].input_dim if embeddings and len(network.inputs) == 2 else None


def _embedded_labels(classes, size, initializer):
    """An input of class numbers `(B,)`, and a vector `(B, size)` for each that training finds."""
    labels = keras.Input((), dtype="int32", name="labels")
    classes = whole_number("classes", classes, least=2)
    return labels, layers.Embedding(classes, size, embeddings_initializer=initializer, name="label_embedding")(labels)


def multiply_adds(network):
    """Multiply-adds of one forward pass for one example, in a model's or a built layer's dense and convolution layers."""
    if isinstance(network, keras.Model):
        return sum(multiply_adds(layer) for layer in network.layers)
    layer = network.layer if isinstance(network, SpectralNormalization) else network
    if isinstance(layer, layers.Conv2DTranspose):  # each input position meets the whole kernel
        return math.prod((*network.input.shape[1:3], *layer.kernel.shape))
    if isinstance(layer, layers.Conv2D):  # each output position does
        return math.prod((*network.output.shape[1:3], *layer.kernel.shape))
    if isinstance(layer, layers.Dense):
        return math.prod(layer.kernel.shape)
    return 0


def initial_weights():
    """Radford et al. 2015, section 4. A new one per layer: Keras' initializers repeat their draw."""
    return keras.initializers.RandomNormal(0.0, 0.02)


def _name(block, part):
    return f"{block}_{part}" if block else None


def depth_of(size):
    """Doublings from 4×4 to `size`."""
    return (size // LEAST).bit_length() - 1


def check_shape(image_shape):
    """`(size, channels)` of an image shape `(size, size, channels)` that there are networks for, else ValueError."""
    shape = tuple(image_shape) if isinstance(image_shape, (tuple, list)) else ()
    whole = all(isinstance(n, numbers.Integral) for n in shape)
    if len(shape) != 3 or not whole or shape[0] != shape[1] or shape[2] not in (1, 3):
        raise ValueError(f"image_shape must be (size, size, channels) with channels 1 or 3. Received: {image_shape!r}.")
    if shape[0] not in SIZES:
        raise ValueError(
            f"There are networks for images of {', '.join(map(str, SIZES))} pixels a side. Received: {shape[0]}. "
            "Load the data with one of these sizes: datasets.load(name, size=…)."
        )
    return shape[0], shape[2]
