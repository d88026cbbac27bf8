"""Answers to: the discriminator's loss with one-sided label smoothing."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def formula(real_logits, fake_logits, smoothing):
    real = ops.softplus(-real_logits) + smoothing * real_logits
    return ops.mean(real) + ops.mean(ops.softplus(fake_logits))


def weighted(real_logits, fake_logits, smoothing=0.1):
    label = 1 - smoothing
    real = label * ops.softplus(-real_logits) + (1 - label) * ops.softplus(real_logits)
    return ops.mean(real + ops.softplus(fake_logits))


def tensorflow_cross_entropy(real, fake, s):
    def mean_loss(label, logits):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(logits), label), logits))

    return mean_loss(1.0 - s, real) + mean_loss(0.0, fake)


def keras_loss(real_output, fake_output, label_smoothing):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    labels = ops.ones_like(real_output) * (1 - label_smoothing)
    return bce(labels, real_output) + bce(ops.zeros_like(fake_output), fake_output)


def log_sigmoid(real_logits, fake_logits, *, smoothing):
    real = (1 - smoothing) * ops.log_sigmoid(real_logits) + smoothing * ops.log_sigmoid(-real_logits)
    return -ops.mean(real) - ops.mean(ops.log_sigmoid(-fake_logits))


def one_batch(real_logits, fake_logits, smoothing):
    logits = ops.concatenate([real_logits, fake_logits])
    labels = np.concatenate([np.full(real_logits.shape, 1 - smoothing), np.zeros(fake_logits.shape)]).astype("float32")
    return 2 * keras.losses.BinaryCrossentropy(from_logits=True)(labels, logits)


def keras_smoothing_doubled(real_logits, fake_logits, smoothing):
    """Keras moves labels towards 1/2, so twice the smoothing on the real side comes to the same."""
    real = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=2 * smoothing)
    fake = keras.losses.BinaryCrossentropy(from_logits=True)
    return real(ops.ones_like(real_logits), real_logits) + fake(ops.zeros_like(fake_logits), fake_logits)


class Smoothed:
    def __call__(self, real_logits, fake_logits, smoothing):
        return formula(real_logits, fake_logits, smoothing)


RIGHT = {
    "softplus plus a multiple of the logit": formula,
    "two weighted parts": weighted,
    "TensorFlow's cross-entropy": tensorflow_cross_entropy,
    "Keras' loss, other names": keras_loss,
    "log-sigmoid, a named argument": log_sigmoid,
    "both halves as one batch": one_batch,
    "Keras' smoothing, doubled": keras_smoothing_doubled,
    "an object": Smoothed(),
}


def labels(of_real, of_fake=lambda s: 0.0):
    """The common form with the labels that these functions of the smoothing give."""

    def loss(real_logits, fake_logits, smoothing):
        bce = keras.losses.BinaryCrossentropy(from_logits=True)
        real = bce(of_real(smoothing) * ops.ones_like(real_logits), real_logits)
        return real + bce(of_fake(smoothing) * ops.ones_like(fake_logits), fake_logits)

    return loss


def keras_option(real_logits, fake_logits, smoothing):
    bce = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    return bce(ops.ones_like(real_logits), real_logits) + bce(ops.zeros_like(fake_logits), fake_logits)


def keras_option_for_the_real(real_logits, fake_logits, smoothing):
    real = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    fake = keras.losses.BinaryCrossentropy(from_logits=True)
    return real(ops.ones_like(real_logits), real_logits) + fake(ops.zeros_like(fake_logits), fake_logits)


def half_of_the_label(real_logits, fake_logits, smoothing):
    return ops.mean((1 - smoothing) * ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def smoothed_logits(real_logits, fake_logits, smoothing):
    return formula((1 - smoothing) * real_logits, fake_logits, 0.0)


def twice(real_logits, fake_logits, smoothing):
    return formula(ops.sigmoid(real_logits), ops.sigmoid(fake_logits), smoothing)


def probabilities(real_logits, fake_logits, smoothing):
    real, fake = ops.sigmoid(real_logits), ops.sigmoid(fake_logits)
    real = (1 - smoothing) * ops.log(real) + smoothing * ops.log(1 - real)
    return -ops.mean(real) - ops.mean(ops.log(1 - fake))


def random_labels(real_logits, fake_logits, smoothing):
    label = 1 - smoothing * keras.random.uniform(ops.shape(real_logits))
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    return bce(label, real_logits) + bce(ops.zeros_like(fake_logits), fake_logits)


def averaged(real_logits, fake_logits, smoothing):
    return formula(real_logits, fake_logits, smoothing) / 2


def summed(real_logits, fake_logits, smoothing):
    real = ops.softplus(-real_logits) + smoothing * real_logits
    return ops.sum(real) + ops.sum(ops.softplus(fake_logits))


def printed(real_logits, fake_logits, smoothing):
    print(formula(real_logits, fake_logits, smoothing))


def without_the_argument(real_logits, fake_logits):
    return formula(real_logits, fake_logits, 0.1)


def unwritten(real_logits, fake_logits, smoothing):
    raise NotImplementedError()


WRONG = {
    "nothing smoothed": (labels(lambda s: 1.0), "Nothing is smoothed"),
    "label above 1": (labels(lambda s: 1 + s), "above 1 rewards over-confidence"),
    "always 0.9": (labels(lambda s: 0.9), "use the argument"),
    "both sides": (labels(lambda s: 1 - s, lambda s: s), "Both sides are smoothed"),
    "only the fakes": (labels(lambda s: 1.0, lambda s: s), "the other way round"),
    "smoothing as the label": (labels(lambda s: s), "instead of"),
    "labels swapped": (labels(lambda s: 0.0, lambda s: 1 - s), "labels are swapped"),
    "all called real": (labels(lambda s: 1 - s, lambda s: 1 - s), "Both are called real"),
    "Keras' label_smoothing": (keras_option, "smooths both sides"),
    "Keras' label_smoothing, the real side alone": (keras_option_for_the_real, "towards 1/2"),
    "the label's second part forgotten": (half_of_the_label, "A label weighs two parts"),
    "the logits smoothed": (smoothed_logits, "The logits are multiplied"),
    "sigmoid applied twice": (twice, "applied twice"),
    "logarithms of probabilities": (probabilities, "computed safely"),
    "random labels": (random_labels, "drawn at random"),
    "the halves averaged": (averaged, "averaged; the formula adds"),
    "sum over the batch": (summed, "take the mean"),
    "the sign forgotten": (lambda real, fake, s: -formula(real, fake, s), "sign is turned round"),
    "only the real images": (lambda real, fake, s: formula(real, -1e9 * ops.ones_like(fake), s), "fakes be called"),
    "no mean": (lambda real, fake, s: ops.softplus(-real) + s * real + ops.softplus(fake), "Which axes"),
    "printed instead of returned": (printed, "what is printed is gone"),
    "the example's answer": (lambda real_logits, fake_logits, smoothing: 1.386, "does it use its arguments"),
    "two arguments": (without_the_argument, "Yours asks for others"),
    "not written": (unwritten, "not written yet"),
}
