"""Answers to: every gradient shortened to a norm of at most `bound`."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def tensorflow(gradients, bound):
    return [tf.clip_by_norm(g, bound) for g in gradients]


def bound_over_larger(gradients, bound):
    return [g * bound / ops.maximum(ops.sqrt(ops.sum(ops.square(g))), bound) for g in gradients]


def where(grads, max_norm):
    clipped = []
    for g in grads:
        norm = ops.norm(ops.reshape(g, (-1,)))
        clipped.append(ops.where(norm > max_norm, g * (max_norm / (norm + 1e-12)), g))
    return clipped


def minimum(gradients, bound):
    def shorten(g):
        norm = tf.norm(g)
        return g * tf.minimum(1.0, tf.math.divide_no_nan(bound, norm)) if norm > 0 else g

    return tuple(shorten(g) for g in gradients)


def numpy_norm(gradients, bound):
    found = []
    for g in map(np.asarray, gradients):
        norm = np.linalg.norm(g)
        if norm > bound:
            g = g / norm * bound
        found.append(g)
    return found


def in_place(gradients, bound):
    for i, g in enumerate(gradients):
        gradients[i] = keras.ops.cond(tf.norm(g) <= bound, lambda g=g: g, lambda g=g: bound * g / tf.norm(g))
    return gradients


def lazily(gradients, bound):
    return map(lambda g: tf.clip_by_norm(g, clip_norm=bound), gradients)


def small_number(gradients, bound):
    return [g * ops.minimum(1.0, bound / (ops.sqrt(ops.sum(g**2)) + 1e-7)) for g in gradients]


class Clip:
    def __call__(self, gradients, bound):
        return bound_over_larger(gradients, bound)


def by_keras(gradients, bound):
    return keras.optimizers.SGD(clipnorm=bound)._clip_gradients(gradients)


RIGHT = {
    "TensorFlow's": tensorflow,
    "divided by the larger": bound_over_larger,
    "where, other names": where,
    "minimum and a branch, a tuple": minimum,
    "NumPy": numpy_norm,
    "the list changed and returned, cond": in_place,
    "map": lazily,
    "a small number against 0 / 0": small_number,
    "an object": Clip(),
    "what a Keras optimizer does": by_keras,
    "compiled": tf.function(bound_over_larger),
}


def norm(g):
    return ops.sqrt(ops.sum(ops.square(g)))


def by_global_norm(gradients, bound):
    clipped, _ = tf.clip_by_global_norm(gradients, bound)
    return clipped


def only_if_nonzero(gradients, bound):
    return [bound * g / norm(g) if norm(g) > 0 else g for g in gradients]


def per_column(gradients, bound):
    return [g * bound / ops.maximum(ops.sqrt(ops.sum(g**2, axis=0, keepdims=True)), bound) for g in gradients]


def squared(gradients, bound):
    return [ops.where(norm(g) > bound, g * bound / (norm(g) ** 2 + 1e-9), g) for g in gradients]


def only_the_first(gradients, bound):
    for g in gradients:
        return tf.clip_by_norm(g, bound)


def always_a_half(gradients, bound):
    return [tf.clip_by_norm(g, 0.5) for g in gradients]


def not_kept(gradients, bound):
    for g in gradients:
        g = tf.clip_by_norm(g, bound)
    return gradients


def printed(gradients, bound):
    print([tf.clip_by_norm(g, bound) for g in gradients])


def unwritten(gradients, bound):
    raise NotImplementedError()


WRONG = {
    "by value": (lambda gradients, bound: [tf.clip_by_value(g, -bound, bound) for g in gradients], "clipped by itself"),
    "by value, Keras": (lambda gradients, bound: [ops.clip(g, -bound, bound) for g in gradients], "keeps its direction"),
    "by global norm": (by_global_norm, "by their common norm"),
    "what TensorFlow's global clip returns": (tf.clip_by_global_norm, "4 gradients went in, 2 came out"),
    "scaled up, too": (only_if_nonzero, "never enlarges"),
    "NaN on zeros": (lambda gradients, bound: [g * bound / norm(g) for g in gradients], "when one is 0 everywhere"),
    "NaN on zeros, with minimum": (
        lambda gradients, bound: [
            g * (bound / norm(g)) if not norm(g) < bound else g * (norm(g) / norm(g)) for g in gradients
        ],
        "when one is 0 everywhere",
    ),
    "column by column": (per_column, "above the bound"),
    "divided by the squared norm": (squared, "shortened below the bound"),
    "by the largest number": (
        lambda gradients, bound: [g * bound / ops.maximum(ops.max(ops.abs(g)), bound) for g in gradients],
        "square root of the sum of squares",
    ),
    "by the sum of absolute values": (
        lambda gradients, bound: [g * bound / ops.maximum(ops.sum(ops.abs(g)), bound) for g in gradients],
        "shortened below the bound",
    ),
    "multiplied by the bound": (lambda gradients, bound: [g * bound for g in gradients], "above the bound"),
    "small ones shortened, too": (
        lambda gradients, bound: [g * bound / (norm(g) + bound) for g in gradients],
        "should stay as it is",
    ),
    "the sign lost": (
        lambda gradients, bound: [ops.abs(g) * bound / ops.maximum(norm(g), bound) for g in gradients],
        "direction changed",
    ),
    "a bound of its own": (always_a_half, "the bound the one asked for"),
    "a norm for two axes at most": (
        lambda gradients, bound: [g * bound / ops.maximum(ops.norm(g), bound) for g in gradients],
        "a kernel may have more",
    ),
    "nothing done": (not_kept, "above the bound"),
    "returned in the loop": (only_the_first, "A list with a gradient for each variable"),
    "norms returned": (lambda gradients, bound: [norm(g) for g in gradients], "came back with shape ()"),
    "one long vector": (
        lambda gradients, bound: [ops.reshape(tf.clip_by_norm(g, bound), (-1,)) for g in gradients],
        "came back with shape (12,)",
    ),
    "large ones left out": (
        lambda gradients, bound: [g for g in gradients if norm(g) <= bound],
        "4 gradients went in, 2 came out",
    ),
    "printed instead of returned": (printed, "what is printed is gone"),
    "one argument": (lambda gradients: tensorflow(gradients, 1.0), "Yours asks for others"),
    "called on the whole list": (lambda gradients, bound: tf.clip_by_norm(gradients, bound), "It stopped with"),
    "not written": (unwritten, "not written yet"),
}
