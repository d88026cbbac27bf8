"""Answers to: the discriminator's loss from real and fake logits."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def softplus(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def tensorflow_cross_entropy(real_logits, fake_logits):
    real = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(real_logits), logits=real_logits)
    fake = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.zeros_like(fake_logits), logits=fake_logits)
    return tf.reduce_mean(real) + tf.reduce_mean(fake)


def keras_loss(real_output, fake_output):
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    real_loss = cross_entropy(tf.ones_like(real_output), real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    total_loss = real_loss + fake_loss
    return total_loss


def log_sigmoid(l_r, l_f):
    return -ops.mean(ops.log_sigmoid(l_r)) - ops.mean(ops.log_sigmoid(-l_f))


def one_batch(real_logits, fake_logits):
    logits = ops.concatenate([real_logits, fake_logits], axis=0)
    labels = ops.concatenate([ops.ones_like(real_logits), ops.zeros_like(fake_logits)], axis=0)
    return 2 * ops.mean(keras.losses.binary_crossentropy(labels, logits, from_logits=True))


def ops_cross_entropy(fake_logits, real_logits):  # named arguments: their order is the answer's own
    real = ops.binary_crossentropy(ops.ones_like(real_logits), real_logits, from_logits=True)
    fake = ops.binary_crossentropy(ops.zeros_like(fake_logits), fake_logits, from_logits=True)
    return ops.mean(real + fake)


def numpy_logaddexp(real, fake):
    real, fake = np.asarray(real), np.asarray(fake)
    return np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()


def by_cases(real_logits, fake_logits):
    def cost(x):  # log(1 + exp(x))
        return ops.maximum(x, 0) + ops.log1p(ops.exp(-ops.abs(x)))

    return ops.mean(cost(-real_logits) + cost(fake_logits))


class Loss:
    def __init__(self):
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def __call__(self, real_logits, fake_logits):
        return sum(self.bce(ops.full_like(x, label), x) for x, label in ((real_logits, 1.0), (fake_logits, 0.0)))


@tf.function
def compiled(real_logits, fake_logits):
    return tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))


def plain_float(real_logits, fake_logits, label=1.0):
    logits = (
        [(float(x), label) for x in ops.reshape(real_logits, -1)],
        [(float(x), 0.0) for x in ops.reshape(fake_logits, -1)],
    )
    return sum(sum(np.logaddexp(0, x) - t * x for x, t in side) / len(side) for side in logits)


def probabilities_that_keras_undoes(real_logits, fake_logits):  # under TensorFlow it remembers what they were made of
    real, fake = ops.sigmoid(real_logits), ops.sigmoid(fake_logits)
    bce = keras.losses.BinaryCrossentropy()
    return bce(ops.ones_like(real), real) + bce(ops.zeros_like(fake), fake)


RIGHT = {
    "softplus": softplus,
    "TensorFlow's cross-entropy": tensorflow_cross_entropy,
    "Keras' loss, other names": keras_loss,
    "log-sigmoid": log_sigmoid,
    "both halves as one batch": one_batch,
    "keras.ops, arguments in another order": ops_cross_entropy,
    "NumPy": numpy_logaddexp,
    "log1p of the absolute value": by_cases,
    "an object": Loss(),
    "compiled": compiled,
    "a Python loop over floats": plain_float,
    "Keras' sigmoid and Keras' loss": probabilities_that_keras_undoes,
}


def bce(**options):
    """The common form, with other options for Keras' loss, and with the learner's own labels and preparation."""
    settings = {"from_logits": True, **options}

    def build(of_real=ops.ones_like, of_fake=ops.zeros_like, prepare=lambda x: x, combine=lambda r, f: r + f):
        loss = keras.losses.BinaryCrossentropy(**settings)
        return lambda real_logits, fake_logits: combine(
            loss(of_real(real_logits), prepare(real_logits)), loss(of_fake(fake_logits), prepare(fake_logits))
        )

    return build


def naive(real_logits, fake_logits):
    return -ops.mean(ops.log(ops.sigmoid(real_logits))) - ops.mean(ops.log(1 - ops.sigmoid(fake_logits)))


def naive_softplus(real_logits, fake_logits):
    return ops.mean(ops.log(1 + ops.exp(-real_logits))) + ops.mean(ops.log(1 + ops.exp(fake_logits)))


def with_epsilon(real_logits, fake_logits):
    real, fake = ops.sigmoid(real_logits), ops.sigmoid(fake_logits)
    return -ops.mean(ops.log(real + 1e-7)) - ops.mean(ops.log(1 - fake + 1e-7))


def clipped(real_logits, fake_logits):
    real, fake = (ops.clip(ops.sigmoid(x), 1e-6, 1 - 1e-6) for x in (real_logits, fake_logits))
    return -ops.mean(ops.log(real)) - ops.mean(ops.log(1 - fake))


def log_of_logits(real_logits, fake_logits):
    return -ops.mean(ops.log(real_logits)) - ops.mean(ops.log(1 - fake_logits))


def random_labels(real_logits, fake_logits):
    labels = ops.ones_like(real_logits) - 0.1 * keras.random.uniform(ops.shape(real_logits))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return loss(labels, real_logits) + loss(ops.zeros_like(fake_logits), fake_logits)


def not_averaged(real_logits, fake_logits):
    return ops.softplus(-real_logits) + ops.softplus(fake_logits)


def over_the_last_axis(real_logits, fake_logits):
    real = keras.losses.binary_crossentropy(ops.ones_like(real_logits), real_logits, from_logits=True)
    return real + keras.losses.binary_crossentropy(ops.zeros_like(fake_logits), fake_logits, from_logits=True)


def printed(real_logits, fake_logits):
    print(softplus(real_logits, fake_logits))


def labels_last(real_logits, fake_logits):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return loss(real_logits, ops.ones_like(real_logits)) + loss(fake_logits, ops.zeros_like(fake_logits))


def both_parts(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)), ops.mean(ops.softplus(fake_logits))


def least_squares(real_logits, fake_logits):
    return ops.mean((real_logits - 1) ** 2) + ops.mean(fake_logits**2)


def unwritten(real_logits, fake_logits):
    raise NotImplementedError()


WRONG = {
    "sigmoid applied, and from_logits=True": (bce()(prepare=tf.sigmoid), "applied twice"),
    "the same, which Keras mends and warns of": (bce()(prepare=ops.sigmoid), "under JAX and PyTorch it would not"),
    "from_logits forgotten": (bce(from_logits=False)(), "taken for probabilities"),
    "sigmoid and cross-entropy of probabilities": (bce(from_logits=False)(prepare=tf.sigmoid), "clipped sigmoid"),
    "the logarithm of the sigmoid": (naive, "log(1 + exp(x)), computed safely"),
    "the exponential overflows": (naive_softplus, "exp overflows"),
    "a small number in the logarithm": (with_epsilon, "a small number added inside a logarithm"),
    "clipped probabilities": (clipped, "Work with the logits themselves"),
    "the logarithm of the logits": (log_of_logits, "A logit can be 0, negative or above 1"),
    "labels swapped": (bce()(ops.zeros_like, ops.ones_like), "labels are swapped"),
    "all labels 1": (bce()(of_fake=ops.ones_like), "Both are called real"),
    "label 1.1": (bce()(lambda x: 1.1 * ops.ones_like(x)), "above 1"),
    "label 0.9": (bce()(lambda x: 0.9 * ops.ones_like(x)), "label is smoothed"),
    "both sides smoothed": (
        bce()(lambda x: 0.9 * ops.ones_like(x), lambda x: 0.1 * ops.ones_like(x)),
        "Both labels are smoothed",
    ),
    "random labels": (random_labels, "drawn at random"),
    "only the real images": (bce()(combine=lambda real, fake: real), "what should the fakes be called"),
    "only the fakes": (bce()(combine=lambda real, fake: fake), "what should the real images be called"),
    "the halves averaged": (bce()(combine=lambda real, fake: (real + fake) / 2), "averaged; the formula adds"),
    "the parts subtracted": (bce()(combine=lambda real, fake: real - fake), "The parts are subtracted"),
    "sum over the batch": (bce(reduction="sum")(), "sum over the batch"),
    "no reduction": (not_averaged, "Which axes were averaged over?"),
    "mean over the last axis alone": (over_the_last_axis, "Which axes were averaged over?"),
    "the sign forgotten": (bce()(combine=lambda real, fake: -real - fake), "sign is turned round"),
    "labels last": (labels_last, "changed places"),
    "bare difference": (lambda real, fake: ops.mean(fake) - ops.mean(real), "bare difference of mean logits"),
    "the generator's loss": (lambda real, fake: ops.mean(ops.softplus(-fake)), "generator's loss"),
    "least squares": (least_squares, "Every sigmoid is 1/2 there"),
    "both parts returned": (both_parts, "one number"),
    "printed instead of returned": (printed, "what is printed is gone"),
    "the example's answer": (lambda real_logits, fake_logits: 1.3863, "does it use its arguments"),
    "the loss itself is returned": (
        lambda real_logits, fake_logits: keras.losses.BinaryCrossentropy(from_logits=True),
        "should be numbers",
    ),
    "one argument": (lambda logits: ops.mean(ops.softplus(-logits)), "Yours asks for others"),
    "called with brackets": (tf.constant(1.386), "give its name without brackets"),
    "not written": (unwritten, "not written yet"),
}
