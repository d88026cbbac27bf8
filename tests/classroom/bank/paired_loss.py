"""Answers to: the relativistic loss, pair by pair."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def softplus(real, fake):
    return ops.mean(ops.softplus(fake - real)), ops.mean(ops.softplus(real - fake))


def tensorflow_cross_entropy(real_logits, fake_logits):
    def mean_loss(gap):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(gap), logits=gap))

    return [mean_loss(real_logits - fake_logits), mean_loss(fake_logits - real_logits)]


def keras_loss(r, f):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    d_loss = bce(ops.ones_like(r), r - f)
    g_loss = bce(ops.zeros_like(r), r - f)
    return d_loss, g_loss


def log_sigmoid(real, fake):
    gap = real - fake
    return -ops.mean(ops.log_sigmoid(gap)), -ops.mean(ops.log_sigmoid(-gap))


def flat(real, fake):
    gap = ops.reshape(real, -1) - ops.reshape(fake, -1)
    return ops.mean(ops.softplus(-gap)), ops.mean(gap + ops.softplus(-gap))


def pair_by_pair(real, fake):
    gaps = [float(r) - float(f) for r, f in zip(np.ravel(real), np.ravel(fake))]
    return np.mean([np.logaddexp(0, -gap) for gap in gaps]), np.mean([np.logaddexp(0, gap) for gap in gaps])


class Paired:
    def __call__(self, real, fake):
        return softplus(real, fake)


RIGHT = {
    "softplus": softplus,
    "TensorFlow's cross-entropy, a list": tensorflow_cross_entropy,
    "Keras' loss": keras_loss,
    "log-sigmoid": log_sigmoid,
    "flattened": flat,
    "NumPy, a loop over pairs": pair_by_pair,
    "an object": Paired(),
    "one tensor of two": lambda real, fake: ops.stack(softplus(real, fake)),
    "compiled": tf.function(softplus),
}


def all_pairs(real, fake):
    return softplus(real, ops.reshape(fake, -1))


def squeezed(real, fake):
    return softplus(tf.squeeze(real), fake)


def average(real, fake):
    return ops.mean(ops.softplus(ops.mean(fake) - real)), ops.mean(ops.softplus(ops.mean(real) - fake))


def other_average(real, fake):
    return ops.mean(ops.softplus(fake - ops.mean(real))), ops.mean(ops.softplus(real - ops.mean(fake)))


def package_average(real, fake):
    import dcgan_course as dc

    return dc.losses.relativistic_average(real, fake)


def cross_entropy(real, fake):
    d_loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return d_loss, ops.mean(ops.softplus(-fake))


def zero_sum(real, fake):
    d_loss, _ = softplus(real, fake)
    return d_loss, -d_loss


def summed(real, fake):
    return ops.sum(ops.softplus(fake - real)), ops.sum(ops.softplus(real - fake))


def unsafe(real, fake):
    return ops.mean(ops.log(1 + ops.exp(fake - real))), ops.mean(ops.log(1 + ops.exp(real - fake)))


def probabilities(real, fake):
    return -ops.mean(ops.log(ops.sigmoid(real - fake) + 1e-7)), -ops.mean(ops.log(ops.sigmoid(fake - real) + 1e-7))


def with_sigmoids(real, fake):
    return softplus(ops.sigmoid(real), ops.sigmoid(fake))


def printed(real, fake):
    print(*softplus(real, fake))


def unwritten(real, fake):
    raise NotImplementedError()


WRONG = {
    "every real image with every fake": (all_pairs, "Pair them row by row"),
    "squeezed on one side": (squeezed, "makes (B, B)"),
    "swapped": (lambda real, fake: softplus(fake, real), "two losses are swapped"),
    "the same loss twice": (lambda real, fake: (softplus(real, fake)[0],) * 2, "what one network wants"),
    "relativistic average": (average, "not with a partner"),
    "relativistic average, the other way": (other_average, "an average, not with a partner"),
    "the package's average loss": (package_average, "each image has one partner"),
    "cross-entropy": (cross_entropy, "sees differences only"),
    "zero-sum": (zero_sum, "leaves G no slope"),
    "the bare difference": (lambda real, fake: (ops.mean(fake - real), ops.mean(real - fake)), "nothing bounds it"),
    "softplus of the mean": (
        lambda real, fake: (ops.softplus(ops.mean(fake - real)), ops.softplus(ops.mean(real - fake))),
        "first every pair, then the average",
    ),
    "sum over the batch": (summed, "take the mean"),
    "the sign forgotten": (lambda real, fake: tuple(-x for x in softplus(real, fake)), "sign is turned round"),
    "log(1 + exp(x)) as it stands": (unsafe, "exp overflows"),
    "a small number in the logarithm": (probabilities, "inside a logarithm"),
    "sigmoids inside": (with_sigmoids, "applied twice"),
    "no mean": (lambda real, fake: (ops.softplus(fake - real), ops.softplus(real - fake)), "Which axes"),
    "the first loss alone": (lambda real, fake: softplus(real, fake)[0], "Two losses should come back"),
    "both added up": (lambda real, fake: sum(softplus(real, fake)), "Two losses should come back"),
    "by name": (lambda real, fake: dict(zip(("d", "g"), softplus(real, fake))), "in a tuple"),
    "printed instead of returned": (printed, "what is printed is gone"),
    "the example's answer": (lambda real, fake: (0.693, 0.693), "does it use its arguments"),
    "one argument": (lambda gap: (ops.mean(ops.softplus(-gap)), ops.mean(ops.softplus(gap))), "Yours asks for others"),
    "not written": (unwritten, "not written yet"),
}
