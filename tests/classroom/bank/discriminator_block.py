"""Answers to `checks.discriminator_block`: strided convolution, batch normalisation, LeakyReLU."""

import keras
import tensorflow as tf
from keras import layers


def with_layers(x, filters):
    x = layers.Conv2D(filters, 4, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.LeakyReLU(0.2)(x)


def positional(inputs, n):
    h = layers.Conv2D(n, (5, 5), (2, 2), "same")(inputs)
    return keras.activations.leaky_relu(layers.BatchNormalization(momentum=0.9)(h), 0.3)


def with_pooling(x, filters=32):
    x = layers.Conv2D(filters, 3, padding="same", kernel_initializer=keras.initializers.RandomNormal(0, 0.02))(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.BatchNormalization(axis=3)(x)
    return layers.LeakyReLU(negative_slope=0.01)(x)


def padded_first(x, filters):
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(filters, 4, strides=2)(x)
    x = layers.BatchNormalization(epsilon=1e-5)(x)
    return keras.ops.maximum(0.2 * x, x)


def in_ops(x, filters):
    x = layers.Conv2D(filters, 2, 2)(x)  # a kernel as large as its stride needs no padding
    x = layers.BatchNormalization()(x)
    return keras.ops.where(x > 0, x, 0.1 * x)


def separable(x, filters):
    x = layers.SeparableConv2D(filters, 4, strides=2, padding="same")(x)
    return layers.Activation("leaky_relu")(layers.BatchNormalization()(x))


class Block(layers.Layer):
    def __init__(self, filters, slope=0.2):
        super().__init__()
        self.conv = layers.Conv2D(filters, 5, strides=2, padding="same")
        self.norm = layers.BatchNormalization()
        self.activation = layers.LeakyReLU(slope)

    def call(self, x):
        return self.activation(self.norm(self.conv(x)))


class RawTensorFlow(layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.filters, self.norm = filters, layers.BatchNormalization()

    def build(self, shape):
        self.kernel = self.add_weight(shape=(4, 4, shape[-1], self.filters), initializer="glorot_uniform", name="kernel")

    def call(self, x, training=False):
        return tf.nn.leaky_relu(self.norm(tf.nn.conv2d(x, self.kernel, 2, "SAME"), training=training), 0.2)


class Model(keras.Model):
    def __init__(self, filters):
        super().__init__()
        self.conv = layers.Conv2D(filters, 4, strides=2, padding="same")
        self.norm = layers.BatchNormalization()

    def call(self, x):
        return keras.ops.leaky_relu(self.norm(self.conv(x)), 0.2)


def sequential(filters, kernel=4):
    return keras.Sequential(
        [layers.Conv2D(filters, kernel, 2, "same"), layers.BatchNormalization(), layers.LeakyReLU(0.2)], name="down"
    )


RIGHT = {
    "a function of layers": with_layers,
    "positional, kernel 5, with bias, activation function": positional,
    "pooling, a default": with_pooling,
    "zeros around it, then valid": padded_first,
    "kernel 2, slope by where": in_ops,
    "a separable convolution": separable,
    "a subclass of Layer": Block,
    "raw TensorFlow in a layer": RawTensorFlow,
    "a subclass of Model": Model,
    "Sequential": sequential,
    "an object in a lambda": lambda x, f: Block(f, 0.3)(x),
}


def without_activation(x, filters, norm=(), training=None, **options):
    options = {"strides": 2, "padding": "same", **options}
    x = layers.Conv2D(filters, 4, **options)(x)
    return layers.BatchNormalization(**dict(norm))(x, training=training)


def made(activation=None, **options):
    return lambda x, filters: (activation or layers.LeakyReLU(0.2))(without_activation(x, filters, **options))


def transposed(x, filters):
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x)
    return layers.LeakyReLU(0.2)(layers.BatchNormalization()(x))


def without_normalisation(x, filters):
    return layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))


def activation_first(x, filters):
    return layers.BatchNormalization()(without_normalisation(x, filters))


def normalised_first(x, filters):
    return without_normalisation(layers.BatchNormalization()(x), filters)


def layer_not_called(x, filters):
    x = without_activation(x, filters)
    return layers.LeakyReLU(0.2)


def layer_made_of_its_input(x, filters):
    return layers.LeakyReLU(without_activation(x, filters))


def printed(x, filters):
    print(with_layers(x, filters).shape)


def no_return(x, filters):
    with_layers(x, filters)


def with_dropout(x, filters):
    return layers.Dropout(0.3)(with_layers(x, filters))


def pooled_to_one(x, filters):
    return layers.GlobalAveragePooling2D()(with_layers(x, filters))


CONV = layers.Conv2D(6, 4, strides=2, padding="same")


def convolution_made_outside(x, filters):
    return layers.LeakyReLU(0.2)(layers.BatchNormalization()(CONV(x)))


def normalisation_of_the_input_in_vain(x, filters):
    layers.BatchNormalization()(x)
    return without_normalisation(x, filters)


def not_written(x, filters):
    raise NotImplementedError()


def leaves(x, filters):
    raise SystemExit("done")


class InSamplingMode(RawTensorFlow):
    def call(self, x):
        return super().call(x, training=False)


WRONG = {
    "padding valid": (made(padding="valid"), "Which padding"),
    "stride forgotten": (made(strides=1), "Which argument"),
    "stride 4": (made(strides=4), "how far apart"),
    "a transposed convolution": (transposed, "needs the other one"),
    "a layer made, not called": (layer_not_called, "never called"),
    "a layer made of its input": (layer_made_of_its_input, "a layer is made first"),
    "a model comes back": (lambda x, filters: sequential(filters), "A layer came back"),
    "print instead of return": (printed, "printed something"),
    "no return": (no_return, "has to return it"),
    "training=False written in": (InSamplingMode, "`training=False`"),
    "training=True written in": (made(training=True), "`training=True`"),
    "frozen": (made(norm={"trainable": False}), "`trainable=False`"),
    "wrong axis": (made(norm={"axis": 1}), "wrong axis"),
    "no normalisation": (without_normalisation, "no batch normalisation"),
    "normalised in vain": (normalisation_of_the_input_in_vain, "no batch normalisation"),
    "normalisation before convolution": (normalised_first, "before the convolution"),
    "activation before normalisation": (activation_first, "normalisation comes last"),
    "no activation": (without_activation, "What has to follow it?"),
    "ReLU": (made(layers.ReLU()), "as with ReLU"),
    "ELU": (made(layers.Activation("elu")), "as with ReLU or ELU"),
    "slope of 1": (made(layers.LeakyReLU(1.0)), "What has to follow it?"),
    "slope of 0.8": (made(layers.LeakyReLU(0.8)), "so near to 1"),
    "slope of -0.2": (made(lambda x: keras.ops.leaky_relu(x, -0.2)), "Nothing negative"),
    "tanh": (made(layers.Activation("tanh")), "never exceed 1"),
    "sigmoid": (made(layers.Activation("sigmoid")), "never exceed 1"),
    "filters hard-coded": (lambda x, filters: with_layers(x, 64), "Is the number written in?"),
    "filters ignored": (lambda x, filters: with_layers(x, x.shape[-1]), "keeps the input's channels"),
    "filters doubled": (lambda x, filters: with_layers(x, 2 * filters), "12 came out"),
    "dropout": (with_dropout, "chance is at work"),
    "no maps": (pooled_to_one, "Maps (height, width, channels)"),
    "raw TensorFlow outside a layer": (made(tf.nn.leaky_relu), "a function from keras.ops"),
    "convolution made outside": (convolution_made_outside, "made outside the function"),
    "an if on a tensor": (lambda x, filters: x if x > 0 else 0.2 * x, "NumPy and `if`"),
    "not written yet": (not_written, "not written yet"),
    "ends the program": (leaves, "ends the whole program"),
    "a block, not its maker": (sequential(6), "what makes the block"),
    "wrong number of parameters": (lambda x, filters, kernel: x, "Yours asks for others"),
    "a bug": (lambda x, filters: layers.Conv2d(filters, 4)(x), "AttributeError"),
}
