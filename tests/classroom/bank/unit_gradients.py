"""Answers to: every gradient divided by its norm."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops


def where(gradients):
    unit = []
    for g in gradients:
        norm = ops.norm(ops.reshape(g, (-1,)))
        unit.append(g / ops.where(norm > 0, norm, 1.0))
    return unit


def small_number(gradients):
    return [g / (ops.sqrt(ops.sum(ops.square(g))) + 1e-12) for g in gradients]


def divide_no_nan(grads):
    return [tf.math.divide_no_nan(g, tf.norm(g)) for g in grads]


def tensorflow(gradients):
    return tuple(tf.math.l2_normalize(g) for g in gradients)


def numpy_branch(gradients):
    def unit(g):
        g = np.array(g)
        return g / np.linalg.norm(g) if g.any() else g

    return list(map(unit, gradients))


def flattened(gradients):
    return [ops.reshape(ops.normalize(ops.reshape(g, (1, -1))), g.shape) for g in gradients]


def in_place(gradients):
    for i in range(len(gradients)):
        gradients[i] = gradients[i] * tf.math.rsqrt(tf.maximum(tf.reduce_sum(gradients[i] ** 2), 1e-16))
    return gradients


class Unit:
    def __call__(self, gradients, eps=1e-8):
        return [g / ops.maximum(tf.norm(g), eps) for g in gradients]


RIGHT = {
    "where": where,
    "a small number against 0 / 0": small_number,
    "divide_no_nan, another name": divide_no_nan,
    "TensorFlow's l2_normalize, a tuple": tensorflow,
    "NumPy with a branch": numpy_branch,
    "ops.normalize on a row": flattened,
    "the list changed and returned": in_place,
    "an object with an option": Unit(),
    "Keras' UnitNormalization layer": lambda gradients: [
        keras.layers.UnitNormalization(axis=list(range(len(g.shape))))(g) for g in gradients
    ],
    "compiled": tf.function(small_number),
}


def norm(g):
    return ops.sqrt(ops.sum(ops.square(g)))


def together(gradients):
    everything = ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients))
    return [g / everything for g in gradients]


def only_the_first(gradients):
    for g in gradients:
        return g / norm(g)


def by_column(gradients):
    return [g / (ops.sqrt(ops.sum(g**2, axis=0, keepdims=True)) + 1e-12) for g in gradients]


def printed(gradients):
    print([g / norm(g) for g in gradients])


def unwritten(gradients):
    raise NotImplementedError()


WRONG = {
    "NaN on zeros": (lambda gradients: [g / norm(g) for g in gradients], "when one is 0 everywhere"),
    "clipped to 1": (lambda gradients: [tf.clip_by_norm(g, 1.0) for g in gradients], "here they are enlarged, too"),
    "by the common norm": (together, "by their common norm"),
    "column by column": (by_column, "direction changed"),
    "the signs alone": (lambda gradients: [ops.sign(g) for g in gradients], "direction changed"),
    "by the largest number": (
        lambda gradients: [g / (ops.max(ops.abs(g)) + 1e-12) for g in gradients],
        "afterwards, not 1",
    ),
    "by the deviation": (lambda gradients: [g / (ops.std(g) + 1e-12) for g in gradients], "afterwards, not 1"),
    "standardised": (
        lambda gradients: [(g - ops.mean(g)) / (ops.std(g) + 1e-12) for g in gradients],
        "direction changed",
    ),
    "by the squared norm": (lambda gradients: [g / (norm(g) ** 2 + 1e-12) for g in gradients], "afterwards, not 1"),
    "too large a number against 0 / 0": (lambda gradients: [g / (norm(g) + 0.01) for g in gradients], "afterwards, not 1"),
    "clipped by value": (lambda gradients: [ops.clip(g, -1, 1) for g in gradients], "direction changed"),
    "zeros become ones": (
        lambda gradients: [g / norm(g) if norm(g) > 0 else ops.ones_like(g) / ops.sqrt(ops.size(g)) for g in gradients],
        "should stay zero",
    ),
    "downhill already": (lambda gradients: [-g / (norm(g) + 1e-12) for g in gradients], "lead uphill"),
    "nothing done": (lambda gradients: gradients, "afterwards, not 1"),
    "returned in the loop": (only_the_first, "A list with a gradient for each variable"),
    "norms returned": (lambda gradients: [norm(g) for g in gradients], "came back with shape ()"),
    "zeros left out": (lambda gradients: [g / norm(g) for g in gradients if norm(g) > 0], "4 gradients went in, 3 came out"),
    "printed instead of returned": (printed, "what is printed is gone"),
    "two arguments": (lambda gradients, bound: [g / bound for g in gradients], "Yours asks for others"),
    "divided as one": (lambda gradients: gradients / np.linalg.norm(gradients), "It stopped with"),
    "not written": (unwritten, "not written yet"),
}
