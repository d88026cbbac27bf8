"""Answers to `checks.transposed_size`: the size of a transposed convolution's output."""

import math

import keras
import numpy as np


def with_max(size, kernel, stride, padding):
    if padding == "same":
        return size * stride
    return size * stride + max(kernel - stride, 0)


def last_stamp(n, k, s, p):
    return n * s if p == "same" else (n - 1) * s + max(k, s)


def by_painting(size, kernel, stride, padding):
    painted = np.zeros(size * stride + kernel + stride)
    for place in range(size):
        painted[place * stride : place * stride + max(kernel, stride)] = 1
    return np.count_nonzero(painted) if padding == "valid" else np.int32(size * stride)


def by_keras_shape(size, kernel, stride, padding="same"):
    layer = keras.layers.Conv2DTranspose(3, kernel_size=kernel, strides=stride, padding=padding)
    return layer.compute_output_shape((None, size, size, 2))[2]


def by_keras_model(size, kernel, stride, padding):
    inputs = keras.Input((size, 4))
    return keras.layers.Conv1DTranspose(1, kernel, stride, padding)(inputs).shape[1]


RIGHT = {
    "max": with_max,
    "the last stamp": last_stamp,
    "painting into an array, a NumPy integer": by_painting,
    "asking Keras for the shape": by_keras_shape,
    "a placeholder in one dimension": by_keras_model,
    "a lambda": lambda n, k, s, p: n * s + (p == "valid") * max(k - s, 0),
    "a tensor": lambda size, kernel, stride, padding: keras.ops.convert_to_tensor(with_max(size, kernel, stride, padding)),
}


def padding_ignored(size, kernel, stride, padding):
    return size * stride


def valid_everywhere(size, kernel, stride, padding):
    return size * stride + max(kernel - stride, 0)


def as_in_the_books(size, kernel, stride, padding):
    return (size - 1) * stride + kernel


def swapped(size, kernel, stride, padding):
    return size * stride if padding == "valid" else size * stride + max(kernel - stride, 0)


def convolution(size, kernel, stride, padding):
    return math.ceil(size / stride) if padding == "same" else (size - kernel) // stride + 1


def one_stride_too_many(size, kernel, stride, padding):
    return size * stride if padding == "same" else size * stride + kernel


def gap_forgotten(size, kernel, stride, padding):
    return size * stride if padding == "same" else (size - 1) * stride + kernel


def last_stamp_forgotten(size, kernel, stride, padding):
    return size * stride if padding == "same" else (size - 1) * stride


def stride_forgotten(size, kernel, stride, padding):
    return size if padding == "same" else size + kernel - 1


def stride_forgotten_in_valid(size, kernel, stride, padding):
    return size * stride if padding == "same" else size + kernel - 1


def always_doubles(size, kernel, stride, padding):
    return 2 * size if padding == "same" else 2 * size + max(kernel - 2, 0)


def doubles_in_same(size, kernel, stride, padding):
    return 2 * size if padding == "same" else size * stride + max(kernel - stride, 0)


def convolution_in_valid(size, kernel, stride, padding):
    return size * stride if padding == "same" else (size - kernel) // stride + 1


def printed(size, kernel, stride, padding):
    print(size * stride)


def not_written(size, kernel, stride, padding):
    raise NotImplementedError


def eats_memory(size, kernel, stride, padding):
    maps = []
    while len(maps) < size * 1000:
        maps.append(np.zeros(100 * 2**20, "uint8"))
    return len(maps)


def stops(size, kernel, stride, padding):
    if padding not in ("SAME", "VALID"):
        raise ValueError("unknown padding")
    return size * stride


def leaves(size, kernel, stride, padding):
    exit()


WRONG = {
    "same everywhere": (padding_ignored, "'valid' trims nothing"),
    "valid everywhere": (valid_everywhere, "'same' trims the border"),
    "the textbook's formula everywhere": (as_in_the_books, "trims, or fills"),
    "paddings swapped": (swapped, "swapped"),
    "a convolution": (convolution, "a transposed one with a stride makes images larger"),
    "a convolution in valid": (convolution_in_valid, "With 'valid' that is a convolution"),
    "size strides and a kernel": (one_stride_too_many, "size - 1 strides"),
    "the textbook's formula in valid": (gap_forgotten, "fills the gap"),
    "the last stamp forgotten": (last_stamp_forgotten, "last stamp is missing"),
    "stride forgotten": (stride_forgotten, "The stride is missing"),
    "stride forgotten in valid": (stride_forgotten_in_valid, "With 'valid' the stride is missing"),
    "doubles whatever the stride": (always_doubles, "It doubles whatever"),
    "doubles in same": (doubles_in_same, "With 'same' it doubles"),
    "divides": (lambda size, kernel, stride, padding: size / stride, "whole number"),
    "the example's answer": (lambda size, kernel, stride, padding: 28, "whatever it is asked"),
    "the kernel is the factor": (lambda size, kernel, stride, padding: size * kernel, "for instance size=5"),
    "print instead of return": (printed, "printed something"),
    "returns nothing": (lambda size, kernel, stride, padding: None, "has to return it"),
    "not written yet": (not_written, "not written yet"),
    "eats memory": (eats_memory, "more memory than there is"),
    "an exception": (stops, "ValueError: unknown padding"),
    "calls exit": (leaves, "ends the whole program"),
    "a shape": (lambda size, kernel, stride, padding: (1, size * stride, size * stride, 1), "One side"),
    "too few parameters": (lambda size, stride: size * stride, "Yours asks for others"),
    "a layer": (lambda size, kernel, stride, padding: keras.layers.Conv2DTranspose(1, kernel), "never called"),
}
