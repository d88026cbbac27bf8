"""Answers to `checks.generator_block`: transposed convolution, batch normalisation, ReLU."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def with_layers(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x)


def positional(inputs, n):
    h = layers.Conv2DTranspose(n, (5, 5), (2, 2), "same")(inputs)
    h = layers.BatchNormalization(momentum=0.9)(h)
    return keras.activations.relu(h)


def with_a_default(inputs, depth=64, kernel=4):
    small = keras.initializers.RandomNormal(0, 0.02)
    out = layers.Conv2DTranspose(depth, kernel, 2, "same", kernel_initializer=small)(inputs)
    return layers.Activation("relu")(layers.BatchNormalization(axis=-1)(out))


def with_upsampling(x, filters):
    x = layers.UpSampling2D()(x)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    return keras.ops.relu(x)


def cropped(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2)(x)
    x = layers.Cropping2D(1)(x)
    return keras.ops.maximum(layers.BatchNormalization(epsilon=1e-5)(x), 0.0)


def shuffled_pixels(x, filters):
    _, h, w, _ = x.shape
    x = layers.BatchNormalization()(layers.Conv2D(4 * filters, 3, padding="same")(x))
    x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((h, w, 2, 2, filters))(x))
    return layers.ReLU()(layers.Reshape((2 * h, 2 * w, filters))(x))


class Block(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2DTranspose(filters, 4, 2, padding="same")
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        return keras.ops.relu(self.norm(self.conv(x), training=training))


class RawTensorFlow(layers.Layer):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.norm = layers.BatchNormalization()

    def build(self, shape):
        self.kernel = self.add_weight(shape=(5, 5, self.channels, shape[-1]), initializer="glorot_uniform", name="kernel")

    def call(self, x):
        n, h, w = tf.shape(x)[0], x.shape[1], x.shape[2]
        x = tf.nn.conv2d_transpose(x, self.kernel, (n, 2 * h, 2 * w, self.channels), 2, "SAME")
        return tf.nn.relu(self.norm(x))


class Model(keras.Model):
    def __init__(self, filters):
        super().__init__()
        self.steps = [
            layers.Conv2DTranspose(filters, 4, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]

    def call(self, x):
        for step in self.steps:
            x = step(x)
        return x


class OwnNormalisation(layers.Layer):
    """Batch normalisation by hand, in keras.ops."""

    def build(self, shape):
        c = shape[-1]
        self.mean = self.add_weight(shape=(1, 1, 1, c), initializer="zeros", trainable=False, name="mean")
        self.variance = self.add_weight(shape=(1, 1, 1, c), initializer="ones", trainable=False, name="variance")
        self.gain = self.add_weight(shape=(c,), initializer="ones", name="gain")
        self.shift = self.add_weight(shape=(c,), initializer="zeros", name="shift")

    def call(self, x, training=False):
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = keras.ops.moments(x, (0, 1, 2), keepdims=True)
            self.mean.assign(0.9 * self.mean + 0.1 * mean)
            self.variance.assign(0.9 * self.variance + 0.1 * variance)
        return self.gain * (x - mean) / keras.ops.sqrt(variance + 1e-5) + self.shift


def by_hand(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
    return layers.ReLU()(OwnNormalisation()(x))


def sequential(filters):
    return keras.Sequential(
        [
            layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]
    )


def curried(n_filters, kernel=5):
    def block(x):
        return with_a_default(x, n_filters, kernel)

    return block


class Maker:
    def __call__(self, x, filters):
        return Block(filters)(x)


RIGHT = {
    "a function of layers": with_layers,
    "positional, kernel 5, with bias, activation function": positional,
    "a default and a further parameter": with_a_default,
    "UpSampling2D and Conv2D": with_upsampling,
    "no padding, then cropped": cropped,
    "shuffled pixels": shuffled_pixels,
    "a subclass of Layer": Block,
    "raw TensorFlow in a layer": RawTensorFlow,
    "a subclass of Model": Model,
    "normalisation by hand": by_hand,
    "Sequential": sequential,
    "a function that returns a function": curried,
    "an object that can be called": Maker(),
    "a lambda": lambda x, f: sequential(f)(x),
    "keywords": lambda **asked: with_layers(**asked),
    "ReLU6": lambda x, filters: layers.ReLU(6.0)(sequential_without_relu(x, filters)),
}


def sequential_without_relu(x, filters, **options):
    options = {"strides": 2, "padding": "same", **options}
    return layers.BatchNormalization()(layers.Conv2DTranspose(filters, 4, **options)(x))


def ends_in(activation, **options):
    return lambda x, filters: activation(sequential_without_relu(x, filters, **options))


def layer_not_called(x, filters):
    x = sequential_without_relu(x, filters)
    return layers.ReLU()


def layers_in_a_row_not_called(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
    x = layers.BatchNormalization()
    return layers.ReLU()(x)


def layer_made_of_its_input(x, filters):
    return layers.ReLU(sequential_without_relu(x, filters))


def printed(x, filters):
    print(with_layers(x, filters))


def without_normalisation(x, filters):
    return layers.Conv2DTranspose(filters, 4, strides=2, padding="same", activation="relu")(x)


def layer_normalisation(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
    return layers.ReLU()(layers.LayerNormalization()(x))


def normalised_by(kind=layers.BatchNormalization, training=None, **options):
    def block(x, filters):
        x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
        return layers.ReLU()(kind(**options)(x, training=training))

    return block


def result_of_norm_dropped(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
    layers.BatchNormalization()(x)
    return layers.ReLU()(x)


def activation_first(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same", activation="relu")(x)
    return layers.BatchNormalization()(x)


def normalised_first(x, filters):
    x = layers.BatchNormalization()(x)
    return layers.Conv2DTranspose(filters, 4, strides=2, padding="same", activation="relu")(x)


def hard_coded(x, filters):
    return with_layers(x, 64)


def as_many_as_before(x, filters):
    return with_layers(x, x.shape[-1])


def convolution(x, filters):
    x = layers.Conv2D(filters, 4, strides=2, padding="same")(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def with_dropout(x, filters):
    return layers.Dropout(0.5)(with_layers(x, filters))


def flattened(x, filters):
    return layers.Flatten()(with_layers(x, filters))


def numpy_relu(x, filters):
    return np.maximum(sequential_without_relu(x, filters), 0)


CONV = layers.Conv2DTranspose(6, 4, strides=2, padding="same")
NORM = layers.BatchNormalization()


def made_outside(x, filters):
    return layers.ReLU()(NORM(CONV(x)))


NORM_ALONE = layers.BatchNormalization()


def norm_made_outside(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
    return layers.ReLU()(NORM_ALONE(x))


def not_written(x, filters):
    raise NotImplementedError()


def leaves(x, filters):
    exit()


def new_input(x, filters):
    x = keras.Input((16, 16, 5))
    return with_layers(x, filters)


def two_outputs(x, filters):
    return x, with_layers(x, filters)


class InSamplingMode(Block):
    def call(self, x):
        return super().call(x, training=False)


WRONG = {
    "padding valid": (ends_in(layers.ReLU(), padding="valid"), "Which padding"),
    "stride forgotten": (ends_in(layers.ReLU(), strides=1), "Which argument"),
    "stride in one direction": (ends_in(layers.ReLU(), strides=(2, 1)), "how far apart"),
    "stride 4": (ends_in(layers.ReLU(), strides=4), "how far apart"),
    "a convolution": (convolution, "needs the transposed one"),
    "a layer made, not called": (layer_not_called, "never called"),
    "a layer made in between, not called": (layers_in_a_row_not_called, "never called"),
    "a layer made of its input": (layer_made_of_its_input, "a layer is made first"),
    "a model comes back": (lambda x, filters: sequential(filters), "A layer came back"),
    "print instead of return": (printed, "printed something"),
    "maker returns nothing": (lambda filters: None, "has to return it"),
    "training=False written in": (InSamplingMode, "`training=False`"),
    "training=True written in": (normalised_by(training=True), "`training=True`"),
    "frozen": (normalised_by(trainable=False), "`trainable=False`"),
    "wrong axis": (normalised_by(axis=1), "wrong axis"),
    "wrong axis, the width": (normalised_by(axis=2), "wrong axis"),
    "no normalisation": (without_normalisation, "no batch normalisation"),
    "layer normalisation": (layer_normalisation, "no batch normalisation"),
    "normalised in vain": (result_of_norm_dropped, "no batch normalisation"),
    "LeakyReLU": (ends_in(layers.LeakyReLU(0.2)), "as with LeakyReLU"),
    "ELU": (ends_in(layers.Activation("elu")), "LeakyReLU or ELU"),
    "softplus": (ends_in(layers.Activation("softplus")), "after a softplus"),
    "tanh": (ends_in(layers.Activation("tanh")), "never exceed 1"),
    "sigmoid": (ends_in(layers.Activation("sigmoid")), "never exceed 1"),
    "no activation": (sequential_without_relu, "What has to follow it?"),
    "activation before normalisation": (activation_first, "normalisation comes last"),
    "normalisation before convolution": (normalised_first, "before the convolution"),
    "ReLU of minus ReLU": (lambda x, filters: keras.ops.relu(-with_layers(x, filters)), "0 everywhere"),
    "filters hard-coded": (hard_coded, "Is the number written in?"),
    "filters ignored": (as_many_as_before, "keeps the input's channels"),
    "dropout": (with_dropout, "chance is at work"),
    "flattened": (flattened, "Maps (height, width, channels)"),
    "NumPy's maximum": (numpy_relu, "NumPy and `if`"),
    "raw TensorFlow outside a layer": (lambda x, f: tf.nn.relu(sequential_without_relu(x, f)), "a function from keras.ops"),
    "layers made outside": (made_outside, "made outside the function"),
    "normalisation made outside": (norm_made_outside, "made outside the function"),
    "not written yet": (not_written, "not written yet"),
    "calls exit": (leaves, "ends the whole program"),
    "an input of its own": (new_input, "does not depend on the input"),
    "two outputs": (two_outputs, "One tensor should come back"),
    "a block, not its maker": (sequential(6), "what makes the block"),
    "wrong number of parameters": (lambda x, filters, kernel, stride: x, "Yours asks for others"),
    "filters missing": (lambda x: with_layers(x, 6), "Yours asks for others"),
    "a number": (lambda x, filters: filters, "A tensor should come back"),
    "a bug": (lambda x, filters: layers.Conv2DTranspose(filters, strides=2)(x), "TypeError"),
}
