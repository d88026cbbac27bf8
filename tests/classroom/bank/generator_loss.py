"""Answers to: the generator's non-saturating loss from fake logits."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def softplus(fake_logits):
    return ops.mean(ops.softplus(-fake_logits))


def tensorflow_cross_entropy(fake_output):
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(fake_output), logits=fake_output)
    return tf.reduce_mean(losses)


def keras_loss(fake_output):
    return keras.losses.BinaryCrossentropy(from_logits=True)(ops.ones_like(fake_output), fake_output)


def log_sigmoid(logits):
    return -tf.reduce_mean(tf.math.log_sigmoid(logits))


def numpy_logaddexp(fake_logits):
    return float(np.mean(np.logaddexp(0.0, -np.array(fake_logits))))


def log_sum_exp(fake_logits):
    both = ops.stack([ops.zeros_like(fake_logits), -fake_logits], axis=-1)
    return ops.mean(ops.logsumexp(both, axis=-1))


def flat(fake_logits, *, labels=None):
    logits = ops.reshape(fake_logits, (-1,))
    labels = ops.ones_like(logits) if labels is None else labels
    return keras.losses.binary_crossentropy(labels, logits, from_logits=True)


class GeneratorLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.softplus(-y_pred)


def an_own_loss(logits_of_fakes):
    return GeneratorLoss()(ops.ones_like(logits_of_fakes), logits_of_fakes)


RIGHT = {
    "softplus": softplus,
    "TensorFlow's cross-entropy": tensorflow_cross_entropy,
    "Keras' loss": keras_loss,
    "log-sigmoid": log_sigmoid,
    "NumPy, a float": numpy_logaddexp,
    "log-sum-exp": log_sum_exp,
    "flattened, an option besides": flat,
    "a Loss class of its own": an_own_loss,
    "keras.activations": lambda fake_logits: -ops.mean(keras.activations.log_sigmoid(fake_logits)),
    "compiled": tf.function(softplus),
}


def cross_entropy(label, from_logits=True, prepare=lambda x: x, **options):
    loss = keras.losses.BinaryCrossentropy(from_logits=from_logits, **options)
    return lambda fake_logits: loss(label * ops.ones_like(fake_logits), prepare(fake_logits))


def minimax_by_hand(fake_logits):
    return tf.reduce_mean(tf.math.log(1 - tf.sigmoid(fake_logits)))


def by_numpy(fake_logits):
    return np.mean(np.log(1 + np.exp(-np.array(fake_logits))))


def over_the_batch_alone(fake_logits):
    return ops.mean(ops.softplus(-ops.repeat(fake_logits, 3, axis=1)), axis=0)


def labels_last(fake_logits):
    return keras.losses.BinaryCrossentropy(from_logits=True)(fake_logits, ops.ones_like(fake_logits))


def printed(fake_logits):
    print("loss:", softplus(fake_logits))


def needs_the_real_ones(real_logits, fake_logits):
    return ops.mean(ops.softplus(-fake_logits))


def unwritten(fake_logits):
    raise NotImplementedError


def a_slip(fake_logits):
    return ops.mean(ops.soft_plus(-fake_logits))


WRONG = {
    "minimax": (lambda fake_logits: -ops.mean(ops.softplus(fake_logits)), "minimax loss"),
    "minimax by hand, infinite besides": (minimax_by_hand, "minimax loss"),
    "label 0": (cross_entropy(0.0), "wants them to be called real"),
    "label 0.9": (cross_entropy(0.9), "one-sided smoothing"),
    "label 1.1": (cross_entropy(1.1), "1.1 rewards over-confidence"),
    "sigmoid applied, and from_logits=True": (cross_entropy(1.0, prepare=tf.sigmoid), "applied twice"),
    "the same, which Keras mends and warns of": (cross_entropy(1.0, prepare=ops.sigmoid), "under JAX and PyTorch"),
    "from_logits forgotten": (cross_entropy(1.0, from_logits=False), "taken for probabilities"),
    "sigmoid and cross-entropy of probabilities": (cross_entropy(1.0, False, tf.sigmoid), "clipped sigmoid"),
    "the logarithm of the sigmoid": (lambda x: -ops.mean(ops.log(ops.sigmoid(x))), "the sigmoid rounds to 0 or 1"),
    "exp in NumPy": (by_numpy, "exp overflows"),
    "a small number in the logarithm": (lambda x: -ops.mean(ops.log(ops.sigmoid(x) + 1e-7)), "inside a logarithm"),
    "clipped logits": (lambda x: ops.mean(ops.softplus(-ops.clip(x, -20, 20))), "wrong for large ones"),
    "the logarithm of the logits": (lambda x: -ops.mean(ops.log(x)), "even for logits between -4 and 5"),
    "sum over the batch": (lambda x: ops.sum(ops.softplus(-x)), "take the mean"),
    "Keras sums": (cross_entropy(1.0, reduction="sum"), "take the mean"),
    "no mean": (lambda x: ops.softplus(-x), "Which axes were averaged over?"),
    "three numbers": (over_the_batch_alone, "Which axes were averaged over?"),
    "the sign forgotten": (lambda x: ops.mean(ops.log_sigmoid(x)), "sign is turned round"),
    "bare mean": (lambda x: -ops.mean(x), "bare mean logit"),
    "probability without its logarithm": (lambda x: -ops.mean(ops.sigmoid(x)), "not its logarithm"),
    "logarithm of the mean": (lambda x: -ops.log(ops.mean(ops.sigmoid(x))), "mean of the logarithms"),
    "labels last": (labels_last, "changed places"),
    "least squares": (lambda x: ops.mean((x - 1) ** 2), "Every sigmoid is 1/2 there"),
    "printed instead of returned": (printed, "what is printed is gone"),
    "the example's answer": (lambda fake_logits: np.log(2), "does it use its arguments"),
    "the discriminator's arguments": (needs_the_real_ones, "Yours asks for others"),
    "not written": (unwritten, "not written yet"),
    "a slip of the pen": (a_slip, "AttributeError"),
}
