"""What the arms of the protocol change in the course's two networks: functions from a network, or a pair, to a new one."""

import keras
import numpy as np
from keras import layers, ops

from ... import networks, relatives
from ...layers import BatchNormalization
from ...networks import MOMENTUM, initial_weights, multiply_adds


def _replaced(network, new_layer):
    """A new copy of a network that differs in one thing: `new_layer(layer)` for each layer where that is not None."""
    return keras.models.clone_model(
        network, clone_function=lambda layer: new_layer(layer) or layer.__class__.from_config(layer.get_config())
    )


class PassThrough(layers.Layer):
    """Gives on what it gets. It stands where a batch normalisation stood, so it takes the same arguments."""

    def call(self, inputs, training=None, mask=None):
        return inputs


def without_norm(network, **changes):
    """No batch normalisation; biases in the place of its shifts. `changes` are further settings of those layers."""

    def new_layer(layer):
        if isinstance(layer, layers.BatchNormalization):
            return PassThrough(name=layer.name)
        if getattr(layer, "use_bias", True) is False:
            return layer.__class__.from_config({**layer.get_config(), "use_bias": True, **changes})

    return _replaced(network, new_layer)


def without_norm_he(network):
    """The same with the first weights of He et al. 2015: nothing rescales the layers any more."""
    return without_norm(network, kernel_initializer="he_normal")


def with_relu(network):
    """ReLU in the place of each LeakyReLU."""
    return _replaced(network, lambda x: layers.ReLU(name=x.name) if isinstance(x, layers.LeakyReLU) else None)


def _to_image(x, channels, **options):
    start = initial_weights()
    return layers.Conv2DTranspose(channels, 4, strides=2, padding="same", kernel_initializer=start, **options)(x)


def with_normalised_output(generator, use_bias=False):
    """Batch normalisation between the last convolution and its tanh (the article's section 3.1)."""
    x = _to_image(generator.layers[-2].output, generator.output_shape[-1], use_bias=use_bias)
    return keras.Model(generator.input, layers.Activation("tanh")(BatchNormalization(momentum=MOMENTUM)(x)))


def widening(generator, least):
    """The generator with as many blocks whose filters double, instead of being halved: `least`, 2 `least`, …"""
    latents, channels = keras.Input(generator.input_shape[1:]), generator.output_shape[-1]
    x = layers.Dense(16 * least, use_bias=False, kernel_initializer=initial_weights())(latents)
    x = layers.ReLU()(BatchNormalization(momentum=MOMENTUM)(layers.Reshape((4, 4, least))(x)))
    for step in range(1, networks.depth_of(generator.output_shape[1])):
        x = networks.up_block(x, least * 2**step)
    return keras.Model(latents, _to_image(x, channels, activation="tanh"))


def nearest(build, size, wanted):
    """Of the networks `build(1)`, `build(2)`, … the one whose `size` is nearest to the wanted one; sizes must grow."""
    low, high = 1, 2
    while size(build(high)) <= wanted:  # so that none is built that is much too large
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(build(middle)) <= wanted else (low, middle)
    return min((build(low), build(high)), key=lambda network: abs(size(network) - wanted))


def parameters(network):
    """Numbers that training finds."""
    return sum(int(np.prod(w.shape)) for w in network.trainable_variables)


def widening_by_multiply_adds(generator):
    """Filters that widen towards the image (the article's section 4.1), with the generator's multiply-adds."""
    return nearest(lambda n: widening(generator, n), multiply_adds, multiply_adds(generator))


def widening_by_parameters(generator):
    """The same with the generator's parameters."""
    return nearest(lambda n: widening(generator, n), parameters, parameters(generator))


# -- both networks: (generator, discriminator) → new ones ---------------------------------------------------------------


def dense_generator(generator, width):
    """Two dense hidden layers of `width` and twice as many units; normalisation and first weights as in the generator."""
    x = latents = keras.Input(generator.input_shape[1:])
    for units in (width, 2 * width):
        x = layers.Dense(units, use_bias=False, kernel_initializer=initial_weights())(x)
        x = layers.ReLU()(BatchNormalization(momentum=MOMENTUM)(x))
    shape = generator.output_shape[1:]
    x = layers.Dense(int(np.prod(shape)), activation="tanh", kernel_initializer=initial_weights())(x)
    return keras.Model(latents, layers.Reshape(shape)(x))


def dense_discriminator(discriminator, width, norm=True):
    """The mirror image; as in the discriminator, the first layer is not normalised. `norm=False`: none is."""
    images = keras.Input(discriminator.input_shape[1:])
    x = layers.LeakyReLU(0.2)(layers.Dense(2 * width, kernel_initializer=initial_weights())(layers.Flatten()(images)))
    x = layers.Dense(width, use_bias=not norm, kernel_initializer=initial_weights())(x)
    x = layers.LeakyReLU(0.2)(BatchNormalization(momentum=MOMENTUM)(x) if norm else x)
    return keras.Model(images, layers.Dense(1, kernel_initializer=initial_weights())(x))


def _dense(generator, discriminator, size):
    return (
        nearest(lambda n: dense_generator(generator, n), size, size(generator)),
        nearest(lambda n: dense_discriminator(discriminator, n), size, size(discriminator)),
    )


def dense_by_parameters(generator, discriminator):
    """Dense networks with as many parameters."""
    return _dense(generator, discriminator, parameters)


def dense_by_multiply_adds(generator, discriminator):
    """Dense networks with as many multiply-adds, and so many more parameters: a convolution uses each many times."""
    return _dense(generator, discriminator, multiply_adds)


def _of_filters(filters, image_shape):
    """Networks at full depth, 1×1 to 32×32: a generator of these filters, a discriminator of 64 to 512."""
    latents, images = keras.Input((100,)), keras.Input(image_shape)
    x = layers.Reshape((1, 1, 100))(latents)
    for n in filters:
        x = networks.up_block(x, n)
    generator = keras.Model(latents, _to_image(x, image_shape[-1], activation="tanh"))
    x = images
    for n, norm in ((64, False), (128, True), (256, True), (512, True)):
        x = networks.down_block(x, n, norm)
    return generator, keras.Model(images, layers.Dense(1, kernel_initializer=initial_weights())(layers.Flatten()(x)))


def article_filters(generator, discriminator):
    """The article's filters at full depth, 64 to 512 towards the image."""
    return _of_filters((64, 128, 256, 512), discriminator.input_shape[1:])


def article_filters_turned(generator, discriminator):
    """The same ones the other way round, as Radford et al. have them."""
    return _of_filters((512, 256, 128, 64), discriminator.input_shape[1:])


class NoisyVAE(relatives.VAE):
    """A VAE whose encoder sees its images with noise of a standard deviation `noise` while it trains."""

    noise = 0.0

    def call(self, images, training=False):
        if training and self.noise:
            images = images + keras.random.normal(ops.shape(images), stddev=self.noise, seed=self.seed_generator)
        return super().call(images, training=training)


def stretched(generator, latents, seed=0):
    """A generator of so many latents, which a fixed matrix stretches to as many as the given one takes.

    Its rows are orthogonal, and as long as makes every stretched latent as long as before on average.
    """
    width = generator.input_shape[-1]
    rows = np.linalg.qr(np.random.default_rng(seed).standard_normal((width, latents)))[0].T
    few = keras.Input((latents,))
    fixed = layers.Dense(width, use_bias=False, trainable=False, name="stretch")
    network = keras.Model(few, generator(fixed(few)))
    fixed.set_weights([(rows * np.sqrt(width / latents)).astype("float32")])
    return network


def bare_difference(real_logits, fake_logits):
    """The article's formula as it stands: LeakyReLU of fake minus LeakyReLU of real; G wants the opposite."""
    real, fake = ops.mean(ops.leaky_relu(real_logits, 0.2)), ops.mean(ops.leaky_relu(fake_logits, 0.2))
    return fake - real, -fake
