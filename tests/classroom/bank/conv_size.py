"""Answers to `checks.conv_size`: the size of a convolution's output."""

import math

import keras
import numpy as np


def with_ceil(size, kernel, stride, padding):
    if padding == "same":
        return math.ceil(size / stride)
    return math.floor((size - kernel) / stride) + 1


def with_floor_division(n, k, s, p):
    return -(-n // s) if p == "same" else (n - k) // s + 1


def with_numpy(size, kernel, stride, padding):
    border = 0 if padding == "valid" else kernel - 1
    return np.int64(np.ceil((size - kernel + border + 1) / stride))


def by_counting(size, kernel, stride, padding="same"):
    last = size if padding.upper() == "SAME" else size - kernel + 1
    return len(range(0, last, stride))


def by_keras_shape(size, kernel, stride, padding):
    layer = keras.layers.Conv2D(1, kernel, strides=stride, padding=padding)
    return layer.compute_output_shape((1, size, size, 1))[1]


def by_keras_call(size, kernel, stride, padding):
    images = keras.ops.zeros((1, size, size, 1))
    return keras.layers.Conv2D(1, kernel, strides=stride, padding=padding)(images).shape[1]


def with_match(size, kernel, stride, padding):
    match padding:
        case "same":
            return (size + stride - 1) // stride
        case "valid":
            return (size - kernel + stride) // stride


class Sizer:
    def __call__(self, size, kernel, stride, padding):
        whole, rest = divmod(size - (kernel if padding == "valid" else 1), stride)
        return whole + 1


def with_keywords(**case):
    return with_ceil(**case)


RIGHT = {
    "math.ceil": with_ceil,
    "-(-n // s), names of its own": with_floor_division,
    "a NumPy integer": with_numpy,
    "counting positions, a default": by_counting,
    "asking Keras for the shape": by_keras_shape,
    "calling Keras' layer on zeros": by_keras_call,
    "match": with_match,
    "an object that can be called": Sizer(),
    "a lambda": lambda n, k, s, p: math.ceil((n - (k - 1) * (p == "valid")) / s),
    "any keywords": with_keywords,
    "a float without a fraction": lambda n, k, s, p: np.ceil(n / s) if p == "same" else np.floor((n - k) / s + 1),
}


def padding_ignored(size, kernel, stride, padding):
    return math.ceil(size / stride)


def valid_everywhere(size, kernel, stride, padding):
    return (size - kernel) // stride + 1


def swapped(size, kernel, stride, padding):
    return with_ceil(size, kernel, stride, "valid" if padding == "same" else "same")


def without_plus_one(size, kernel, stride, padding):
    return math.ceil(size / stride) if padding == "same" else (size - kernel) // stride


def plus_one_inside(size, kernel, stride, padding):
    return math.ceil(size / stride) if padding == "same" else (size - kernel + 1) // stride


def rounded_down(size, kernel, stride, padding):
    return size // stride if padding == "same" else (size - kernel) // stride + 1


def rounded_up(size, kernel, stride, padding):
    return math.ceil(size / stride) if padding == "same" else math.ceil((size - kernel) / stride) + 1


def always_one_more(size, kernel, stride, padding):
    return size // stride + 1 if padding == "same" else (size - kernel) // stride + 1


def not_rounded(size, kernel, stride, padding):
    return size / stride if padding == "same" else (size - kernel) / stride + 1


def stride_forgotten(size, kernel, stride, padding):
    return size if padding == "same" else size - kernel + 1


def stride_forgotten_in_same(size, kernel, stride, padding):
    return size if padding == "same" else (size - kernel) // stride + 1


def stride_forgotten_in_valid(size, kernel, stride, padding):
    return math.ceil(size / stride) if padding == "same" else size - kernel + 1


def transposed(size, kernel, stride, padding):
    return size * stride + (max(kernel - stride, 0) if padding == "valid" else 0)


def as_in_pytorch(size, kernel, stride, padding):
    border = kernel // 2 if padding == "same" else 0
    return (size + 2 * border - kernel) // stride + 1


def as_in_pytorch_narrow(size, kernel, stride, padding):
    border = (kernel - 1) // 2 if padding == "same" else 0
    return (size + 2 * border - kernel) // stride + 1


def printed(size, kernel, stride, padding):
    print(with_ceil(size, kernel, stride, padding))


def one_branch_returns(size, kernel, stride, padding):
    if padding == "same":
        return math.ceil(size / stride)


def not_written(size, kernel, stride, padding):
    raise NotImplementedError()


def for_ever(size, kernel, stride, padding):
    place, places = 0, 0
    while place < size:
        places += 1
    return places


def stops(size, kernel, stride, padding):
    return math.ceil(size / stride) if padding == "same" else (size - kernel) // strides + 1  # noqa: F821


def leaves(size, kernel, stride, padding):
    print(with_ceil(size, kernel, stride, padding))
    raise SystemExit  # as exit() and quit() do


def both_sides(size, kernel, stride, padding):
    side = with_ceil(size, kernel, stride, padding)
    return side, side


def calls_itself(size, kernel, stride, padding):
    return calls_itself(size, kernel, stride, padding)


WRONG = {
    "same everywhere": (padding_ignored, "'valid' adds no border"),
    "valid everywhere": (valid_everywhere, "'same' adds a border"),
    "paddings swapped": (swapped, "swapped"),
    "valid without + 1": (without_plus_one, "one position is missing"),
    "+ 1 before the division": (plus_one_inside, "the kernel's first place"),
    "same rounded down": (rounded_down, "rounded up, not down"),
    "valid rounded up": (rounded_up, "hang over the edge"),
    "one more in any case": (always_one_more, "stride of 1 the size should stay"),
    "not rounded": (not_rounded, "whole number of pixels"),
    "stride forgotten": (stride_forgotten, "The stride is missing"),
    "stride forgotten in same": (stride_forgotten_in_same, "With 'same' the stride is missing"),
    "stride forgotten in valid": (stride_forgotten_in_valid, "With 'valid' the stride is missing"),
    "a transposed convolution": (transposed, "That is a transposed convolution"),
    "PyTorch's formula with k // 2": (as_in_pytorch, "is too wide"),
    "PyTorch's formula with (k - 1) // 2": (as_in_pytorch_narrow, "is too narrow"),
    "the example's answer": (lambda size, kernel, stride, padding: 14, "whatever it is asked"),
    "halves whatever the stride": (lambda size, kernel, stride, padding: size // 2, "for instance size=5"),
    "print instead of return": (printed, "printed something"),
    "return in one branch only": (one_branch_returns, "has to return it"),
    "not written yet": (not_written, "not written yet"),
    "loops for ever": (for_ever, "did not end within"),
    "an exception": (stops, "does not know a name"),
    "ends the program": (leaves, "ends the whole program"),
    "recursion": (calls_itself, "calls itself without end"),
    "two sides": (both_sides, "One side"),
    "a text": (lambda size, kernel, stride, padding: str(math.ceil(size / stride)), "a text came back"),
    "division by zero": (lambda size, kernel, stride, padding: size // (stride - 1), "ZeroDivisionError"),
    "infinite": (lambda size, kernel, stride, padding: math.inf, "yours has inf"),
    "too few parameters": (lambda size, kernel, stride: math.ceil(size / stride), "Yours asks for others"),
    "too many parameters": (lambda size, kernel, stride, padding, dilation: size, "Yours asks for others"),
    "the number, not the function": (14, "its name without brackets"),
    "nothing": (None, "its name without brackets"),
}
