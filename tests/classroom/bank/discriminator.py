"""Answers to `checks.discriminator`: images → one logit each."""

import keras
import tensorflow as tf
from keras import layers

import dcgan_course as dc


def functional(image_shape):
    images = keras.Input(image_shape)
    x = layers.LeakyReLU(0.2)(layers.Conv2D(32, 4, strides=2, padding="same")(images))
    for filters in (64, 128):
        x = layers.Conv2D(filters, 4, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.LeakyReLU(0.2)(x)
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(x)))


def sequential(shape=(32, 32, 1)):
    model = keras.Sequential([keras.Input(shape=shape)])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, 5, 2, "same"))
        model.add(layers.LeakyReLU(0.3))
        model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model


def sequential_without_input(image_shape):
    return keras.Sequential(
        [
            layers.Conv2D(16, 3, padding="same", activation="leaky_relu"),
            layers.AveragePooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
            layers.Reshape(()),  # (B,)
        ]
    )


class Discriminator(keras.Model):
    def __init__(self, image_shape):
        super().__init__()
        self.convs = [layers.Conv2D(f, 4, strides=2, padding="same") for f in (16, 32, 64)]
        self.norms = [layers.BatchNormalization(), layers.BatchNormalization()]
        self.flat = layers.Flatten()
        self.logit = layers.Dense(1)

    def call(self, x, training=None):
        x = keras.ops.leaky_relu(self.convs[0](x), 0.2)
        for conv, norm in zip(self.convs[1:], self.norms):
            x = keras.ops.leaky_relu(norm(conv(x), training=training), 0.2)
        return self.logit(self.flat(x))


class LastLayerFirst(keras.Model):
    def __init__(self, image_shape, width=24):
        super().__init__()
        self.logit = layers.Dense(1)
        self.body = keras.Sequential([block(width), block(width), layers.Flatten()])

    def call(self, x):
        return self.logit(self.body(x))


class RawDown(layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.filters = filters

    def build(self, shape):
        self.kernel = self.add_weight(shape=(4, 4, shape[-1], self.filters), initializer="he_normal", name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        return tf.nn.leaky_relu(tf.nn.conv2d(x, self.kernel, 2, "SAME") + self.bias)


def raw_tensorflow(image_shape):
    images = keras.Input(image_shape)
    x = RawDown(32)(RawDown(16)(images))
    return keras.Model(images, layers.Dense(1, use_bias=False)(layers.Flatten()(x)))


def convolutions_only(image_shape):
    images = x = keras.Input(image_shape)
    while x.shape[1] > 4:
        x = layers.LeakyReLU()(layers.LayerNormalization()(layers.Conv2D(24, 4, 2, "same")(x)))
    return keras.Model(images, layers.Flatten()(layers.Conv2D(1, 4)(x)))


def separable(image_shape):
    images = keras.Input(image_shape)
    x = layers.SeparableConv2D(16, 5, strides=2, padding="same", activation="relu")(images)
    x = layers.SeparableConv2D(32, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.Dense(20, activation="tanh")(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(1)(x))


def spectral(image_shape):
    images = x = keras.Input(image_shape)
    for filters in (8, 16, 32):
        x = layers.SpectralNormalization(layers.Conv2D(filters, 4, strides=2, padding="same"))(x)
        x = layers.LeakyReLU(0.1)(x)
    return keras.Model(images, layers.SpectralNormalization(layers.Dense(1))(layers.Flatten()(x)))


def block(filters):
    return keras.Sequential([layers.Conv2D(filters, 4, 2, "same"), layers.BatchNormalization(), layers.LeakyReLU(0.2)])


def nested(image_shape):
    return keras.Sequential([keras.Input(image_shape), block(16), block(32), layers.Flatten(), layers.Dense(1)])


def any_size(image_shape):
    images = keras.Input((None, None, image_shape[-1]))
    x = layers.Conv2D(32, 5, strides=2, activation="leaky_relu")(images)
    return keras.Model(images, layers.Dense(1)(layers.GlobalMaxPooling2D()(x)))


def small_weights(image_shape):
    return dc.networks.discriminator(image_shape, width=4)


def wide(image_shape):
    return dc.networks.discriminator(image_shape, width=64)


RIGHT = {
    "functional": functional,
    "Sequential, dropout, a default": sequential,
    "Sequential without an input, pooling, shape (B,)": sequential_without_input,
    "a subclass of Model": Discriminator,
    "a subclass whose last layer is made first": LastLayerFirst,
    "raw TensorFlow in a layer": raw_tensorflow,
    "convolutions only, LayerNormalization": convolutions_only,
    "separable convolutions, two dense layers": separable,
    "spectral normalisation": spectral,
    "networks in a network": nested,
    "any size": any_size,
    "very small weights, few filters": small_weights,
    "wide": wide,
}


def variant(image_shape, end=None, activation="leaky_relu", units=1, flatten=True, norm=True, **options):
    options = {"strides": 2, "padding": "same", **options}
    images = x = keras.Input(image_shape)
    for filters in (8, 16):
        x = layers.Conv2D(filters, 4, **options)(x)
        x = layers.BatchNormalization(trainable=norm is not None)(x) if norm in (True, None) else norm(x)
        x = layers.Activation(activation)(x)
    if flatten:
        x = layers.Flatten()(x)
    return keras.Model(images, layers.Dense(units, activation=end)(x))


def made(**options):
    return lambda image_shape: variant(image_shape, **options)


def followed_by(function):
    def answer(image_shape):
        model = functional(image_shape)
        return keras.Model(model.input, function(model.output))

    return answer


def in_training_mode(x):
    return layers.BatchNormalization()(x, training=True)


class InSamplingMode(Discriminator):
    def call(self, x):
        return super().call(x, training=False)


def dense_only(image_shape):
    return keras.Sequential(
        [keras.Input(image_shape), layers.Flatten(), layers.Dense(64, activation="leaky_relu"), layers.Dense(1)]
    )


def size_hard_coded(image_shape):
    return functional((32, 32, 1))


def weights_hard_coded(image_shape):
    model = functional((32, 32, 1))
    images = keras.Input(image_shape)
    return keras.Model(images, model(images))


def flatten_not_called(image_shape):
    images = keras.Input(image_shape)
    x = layers.Conv2D(8, 4, 2, "same", activation="leaky_relu")(images)
    x = layers.Flatten()
    return keras.Model(images, layers.Dense(1)(x))


def flattened_with_the_batch(image_shape):
    images = keras.Input(image_shape)
    x = layers.Conv2D(8, 4, 2, "same", activation="leaky_relu")(images)
    return keras.Model(images, layers.Dense(1)(keras.ops.reshape(x, (1, -1))))


def images_unused(image_shape):
    model = functional(image_shape)
    images = keras.Input(image_shape)
    return keras.Model(images, model(keras.ops.ones_like(images)))


def branch_unused(image_shape):
    model = functional(image_shape)
    other = layers.Dense(1)(layers.Flatten()(model.input))
    return keras.Model(model.input, model.output + 0.0 * other)


def tensor(image_shape):
    return functional(image_shape).output


def printed(image_shape):
    functional(image_shape).summary()


CONV = layers.Conv2D(8, 4, strides=2, padding="same", activation="leaky_relu")


def made_outside(image_shape):
    images = keras.Input(image_shape)
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(CONV(images))))


SECOND = layers.Conv2D(8, 4, strides=2, padding="same", activation="leaky_relu")


def second_made_outside(image_shape):
    images = keras.Input(image_shape)
    x = layers.Conv2D(8, 4, strides=2, padding="same", activation="leaky_relu")(images)
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(SECOND(x))))


def not_written(image_shape):
    raise NotImplementedError()


def leaves(image_shape):
    exit()


WRONG = {
    "sigmoid": (made(end="sigmoid"), "as after a sigmoid"),
    "sigmoid in a small network": (
        lambda shape: keras.Sequential([sequential_without_input(shape), layers.Activation("sigmoid")]),
        "as after a sigmoid",
    ),
    "tanh": (made(end="tanh"), "as after tanh"),
    "ReLU": (made(end="relu"), "No output is ever negative"),
    "softplus": (made(end="softplus"), "No output is ever negative"),
    "logarithm of a sigmoid": (made(end="log_sigmoid"), "No output is ever positive"),
    "logarithm": (followed_by(lambda x: keras.ops.log(x)), "infinite or NaN"),
    "softmax over one number": (made(end="softmax"), "is always 1"),
    "two outputs": (made(units=2), "one number answers it"),
    "two outputs, softmax": (made(units=2, end="softmax"), "one number answers it"),
    "Flatten forgotten": (made(flatten=False), "was Flatten called"),
    "Flatten made, not called": (flatten_not_called, "never called"),
    "the batch flattened, too": (flattened_with_the_batch, "Was its axis flattened"),
    "mean over the batch": (followed_by(lambda x: keras.ops.mean(x)), "mean over the batch"),
    "mean over the batch, axis kept": (
        followed_by(lambda x: keras.ops.mean(x, 0, True)),
        "mean over the batch",
    ),
    "linear": (made(activation="linear"), "The network is linear"),
    "linear, without normalisation": (made(activation="linear", norm=lambda x: x), "The network is linear"),
    "dense only": (dense_only, "no convolution"),
    "training=True written in": (made(norm=in_training_mode), "`training=True`"),
    "training=False written in": (InSamplingMode, "`training=False`"),
    "frozen": (made(norm=None), "`trainable=False`"),
    "size hard-coded": (size_hard_coded, "is a size written in?"),
    "a network for one size inside": (weights_hard_coded, "Is a size written in"),
    "images unused": (images_unused, "Every image gets the same number"),
    "a branch that does not count": (branch_unused, "No gradient reaches"),
    "a tensor comes back": (tensor, "is a tensor. Close the chain"),
    "print instead of return": (printed, "printed something"),
    "a function comes back": (lambda image_shape: functional, "should be a keras.Model"),
    "a list of layers": (lambda image_shape: [layers.Flatten(), layers.Dense(1)], "should be a keras.Model"),
    "first layer made outside": (made_outside, "made outside the function"),
    "second layer made outside": (second_made_outside, "made outside the function"),
    "shape taken for a number": (lambda image_shape: keras.Input(image_shape + 1), "TypeError"),
    "not written yet": (not_written, "not written yet"),
    "calls exit": (leaves, "ends the whole program"),
    "the model, not its maker": (functional((32, 32, 1)), "the function that makes it"),
    "wrong number of parameters": (lambda size, channels: functional((size, size, channels)), "Yours asks for others"),
}
