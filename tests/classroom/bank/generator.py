"""Answers to `checks.generator`: latents → images of 64×64 pixels in [-1, 1]."""

import keras
import tensorflow as tf
from keras import layers

import dcgan_course as dc


def functional(latent_dim, channels):
    latents = keras.Input((latent_dim,))
    x = layers.Dense(4 * 4 * 256, use_bias=False)(latents)
    x = layers.Reshape((4, 4, 256))(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in (128, 64, 32):
        x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(latents, layers.Conv2DTranspose(channels, 4, 2, "same", activation="tanh")(x))


def sequential(latent_dim=100, channels=1):
    model = keras.Sequential()
    model.add(keras.Input(shape=(latent_dim,)))
    model.add(layers.Dense(8 * 8 * 64))
    model.add(layers.Reshape((8, 8, 64)))
    for filters in (64, 32, 16):
        model.add(layers.Conv2DTranspose(filters, kernel_size=5, strides=2, padding="same"))
        model.add(layers.BatchNormalization(momentum=0.8))
        model.add(layers.LeakyReLU(0.2))
    model.add(layers.Conv2D(channels, 5, padding="same", activation="tanh"))
    return model


def sequential_without_input(z, c):
    return keras.Sequential(
        [
            layers.Reshape((1, 1, z)),
            layers.Conv2DTranspose(64, 4),  # 1×1 → 4×4
            layers.BatchNormalization(),
            layers.ReLU(),
            *up(32),
            *up(32),
            *up(16),
            layers.Conv2DTranspose(c, 4, strides=2, padding="same"),
            layers.Activation("tanh"),
        ]
    )


def up(filters):
    return [layers.UpSampling2D(), layers.Conv2D(filters, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()]


class Generator(keras.Model):
    def __init__(self, latent_dim, channels):
        super().__init__()
        self.first = layers.Dense(4 * 4 * 64)
        self.fold = layers.Reshape((4, 4, 64))
        self.to_image = layers.Conv2DTranspose(channels, 4, strides=2, padding="same")
        self.blocks = [layers.Conv2DTranspose(f, 4, strides=2, padding="same") for f in (32, 16, 8)]
        self.norms = [layers.BatchNormalization() for _ in range(4)]

    def call(self, latents, training=None):
        x = keras.ops.relu(self.norms[0](self.fold(self.first(latents)), training=training))
        for block, norm in zip(self.blocks, self.norms[1:]):
            x = keras.ops.relu(norm(block(x), training=training))
        return keras.ops.tanh(self.to_image(x))


class RawUp(layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.filters, self.norm = filters, layers.BatchNormalization()

    def build(self, shape):
        self.kernel = self.add_weight(shape=(4, 4, self.filters, shape[-1]), initializer="he_normal", name="kernel")

    def call(self, x):
        n, h, w, _ = x.shape
        shape = (tf.shape(x)[0], 2 * h, 2 * w, self.filters)
        return tf.nn.relu(self.norm(tf.nn.conv2d_transpose(x, self.kernel, shape, 2)))


def raw_tensorflow(latent_dim, channels):
    latents = keras.Input((latent_dim,))
    x = layers.Reshape((4, 4, 32))(layers.Dense(512)(latents))
    for filters in (32, 16, 8):
        x = RawUp(filters)(x)
    return keras.Model(latents, layers.Conv2DTranspose(channels, 4, 2, "same", activation="tanh")(x))


def nested(latent_dim, channels):
    """A network of networks, whose filters stay the same."""
    latents = keras.Input((latent_dim,), name="z")
    x = layers.Reshape((4, 4, 24))(layers.Dense(4 * 4 * 24, activation="relu")(latents))
    for _ in range(4):
        x = keras.Sequential(up(24))(x)
    return keras.Model(latents, 2 * keras.ops.sigmoid(layers.Conv2D(channels, 1)(x)) - 1)


def small_weights(latent_dim, channels, width=4):
    return dc.networks.generator((64, 64, channels), latent_dim, width)


def radford(latent_dim, channels, kernel=5, widest=1024):
    """As wide as in Radford et al. 2015: the slowest."""
    latents = x = keras.Input((latent_dim,))
    x = layers.Reshape((4, 4, widest))(layers.Dense(16 * widest, use_bias=False)(x))
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in (widest // 2, widest // 4, widest // 8):
        x = layers.Conv2DTranspose(filters, kernel, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(latents, layers.Conv2DTranspose(channels, kernel, 2, "same", activation="tanh")(x))


RIGHT = {
    "functional": functional,
    "Sequential, LeakyReLU, kernel 5, defaults": sequential,
    "Sequential without an input, from 1×1, upsampling": sequential_without_input,
    "a subclass of Model": Generator,
    "a function that makes a subclass": lambda latent_dim, channels: Generator(latent_dim, channels),
    "raw TensorFlow in a layer": raw_tensorflow,
    "networks in a network, a scaled sigmoid": nested,
    "very small weights, few filters": small_weights,
    "as wide as Radford's": radford,
}


def variant(
    latent_dim,
    channels,
    first=4,
    filters=(32, 16, 8),
    last=None,
    end="tanh",
    activation="relu",
    norm=True,
    training=None,
    trainable=True,
    padding="same",
    strides=2,
    dense=True,
):
    latents = keras.Input((latent_dim,))
    if dense:
        x = layers.Reshape((first, first, 32))(layers.Dense(first * first * 32)(latents))
    else:
        x = layers.Reshape((1, 1, latent_dim))(latents)
    for n in filters:
        x = layers.Conv2DTranspose(n, 4, strides=strides, padding=padding)(x)
        if norm:
            x = layers.BatchNormalization(trainable=trainable)(x, training=training)
        x = layers.Activation(activation)(x)
    x = layers.Conv2DTranspose(last or channels, 4, strides=strides, padding=padding, activation=end)(x)
    return keras.Model(latents, x)


def made(**options):
    return lambda latent_dim, channels: variant(latent_dim, channels, **options)


class InSamplingMode(Generator):
    def call(self, latents):
        return super().call(latents, training=False)


def followed_by(*more):
    def answer(latent_dim, channels):
        model = x = functional(latent_dim, channels)
        x = model.output
        for layer in more:
            x = layer()(x)
        return keras.Model(model.input, x)

    return answer


class NoCall(keras.Model):
    def __init__(self, latent_dim, channels):
        super().__init__()
        self.first = layers.Dense(latent_dim * channels)


def tensor(latent_dim, channels):
    return functional(latent_dim, channels).output


def printed(latent_dim, channels):
    functional(latent_dim, channels).summary()


def latent_unused(latent_dim, channels):
    model = functional(latent_dim, channels)
    latents = keras.Input((latent_dim,))
    return keras.Model(latents, model(keras.ops.ones_like(latents)))


def noise_of_its_own(latent_dim, channels):
    model = functional(latent_dim, channels)
    latents = keras.Input((latent_dim,))
    noise = layers.GaussianNoise(1.0)(keras.ops.zeros_like(latents))
    return keras.Model(latents, model(noise))


def dense_only(latent_dim, channels):
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(16),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(64 * 64 * channels, activation="tanh"),
            layers.Reshape((64, 64, channels)),
        ]
    )


def latent_dim_hard_coded(latent_dim, channels):
    return functional(100, channels)


def layer_not_called(latent_dim, channels):
    latents = keras.Input((latent_dim,))
    x = layers.Dense(4 * 4 * 32)
    x = layers.Reshape((4, 4, 32))(x)
    return keras.Model(latents, x)


def reshape_forgotten(latent_dim, channels):
    latents = keras.Input((latent_dim,))
    x = layers.Dense(4 * 4 * 32)(latents)
    return keras.Model(latents, layers.Conv2DTranspose(channels, 4, 2, "same")(x))


DENSE = layers.Dense(4 * 4 * 32)


def made_outside(latent_dim, channels):
    latents = keras.Input((latent_dim,))
    x = layers.Reshape((4, 4, 32))(DENSE(latents))
    for filters in (16, 16, 16):
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2DTranspose(filters, 4, 2, "same")(x)))
    return keras.Model(latents, layers.Conv2DTranspose(channels, 4, 2, "same", activation="tanh")(x))


LAST_NORM = layers.BatchNormalization()


def norm_made_outside(latent_dim, channels):
    latents = keras.Input((latent_dim,))
    x = layers.Reshape((4, 4, 32))(layers.Dense(4 * 4 * 32)(latents))
    for filters in (16, 16, 16):
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2DTranspose(filters, 4, 2, "same")(x)))
    return keras.Model(latents, layers.Conv2DTranspose(channels, 4, 2, "same", activation="tanh")(LAST_NORM(x)))


def not_written(latent_dim, channels):
    raise NotImplementedError()


def leaves(latent_dim, channels):
    exit()


WRONG = {
    "one doubling too few": (made(filters=(32, 16)), "One doubling is missing"),
    "one doubling too many": (made(first=8), "One doubling is too many"),
    "three doublings from 1×1": (made(dense=False), "Count the doublings"),
    "padding valid": (made(padding="valid"), "Which padding"),
    "stride forgotten": (made(strides=1), "Count the doublings"),
    "stride 4": (made(strides=4, filters=(16, 16)), "Count the doublings"),
    "no tanh": (made(end=None), "Pixels leave [-1, 1]"),
    "sigmoid at the end": (made(end="sigmoid"), "No pixel is below 0"),
    "ReLU at the end": (made(end="relu"), "Pixels leave [-1, 1]"),
    "normalisation after tanh": (followed_by(layers.BatchNormalization), "does anything come after it?"),
    "logarithm at the end": (followed_by(lambda: layers.Lambda(keras.ops.log)), "infinite or NaN"),
    "pixels up to 255": (followed_by(lambda: layers.Rescaling(127.5, 127.5)), "Pixels leave [-1, 1]"),
    "no normalisation": (made(norm=False), "no batch normalisation"),
    "training=False written in": (InSamplingMode, "`training=False`"),
    "training=True written in": (made(training=True), "`training=True`"),
    "frozen": (made(trainable=False), "`trainable=False`"),
    "no activation in between": (made(activation="linear"), "the network is linear"),
    "filters grow": (made(filters=(16, 32, 64)), "Filters grow towards the image: 16 → 32"),
    "channels ignored": (made(last=1), "Channels asked for: 3"),
    "hidden filters at the end": (made(last=64), "hidden filters"),
    "latent_dim hard-coded": (latent_dim_hard_coded, "is a size written in?"),
    "latent unused": (latent_unused, "is it used at all?"),
    "flattened": (followed_by(layers.Flatten), "A Flatten or Dense at the end"),
    "a tensor comes back": (tensor, "is a tensor. Close the chain"),
    "print instead of return": (printed, "printed something"),
    "no return": (lambda latent_dim, channels: None, "has to return it"),
    "a function comes back": (lambda latent_dim, channels: functional, "should be a keras.Model"),
    "a layer not called": (layer_not_called, "never called"),
    "reshape forgotten": (reshape_forgotten, "Convolutions work on maps"),
    "first layer made outside": (made_outside, "made outside the function"),
    "normalisation made outside": (norm_made_outside, "made outside the function"),
    "dense only": (dense_only, "no convolution"),
    "noise of its own": (noise_of_its_own, "is it used at all?"),
    "not written yet": (not_written, "not written yet"),
    "calls exit": (leaves, "ends the whole program"),
    "the model, not its maker": (functional(16, 1), "the function that makes it"),
    "wrong number of parameters": (lambda image_shape: functional(100, 1), "Yours asks for others"),
    "channels first": (followed_by(lambda: layers.Permute((3, 1, 2))), "in this order"),
    "call forgotten": (NoCall, "no method `call`"),
    "a bug": (lambda latent_dim, channels: keras.Model(latent_dim, channels), "ValueError"),
}
