"""Logit 1.5: D = 0.818, non-saturating 0.201, minimax -1.701."""

import keras
import numpy as np

ARGUMENTS = dict(logit=1.5)
D = 1 / (1 + np.exp(-1.5))

RIGHT = {
    "three decimals": (0.818, 0.201, -1.701),
    "all decimals": (D, -np.log(D), np.log(1 - D)),
    "a list of NumPy numbers": [np.float32(D), np.float32(-np.log(D)), np.float32(np.log(1 - D))],
    "tensors": tuple(keras.ops.convert_to_tensor(x) for x in (D, -np.log(D), np.log(1 - D))),
}
WRONG = {
    "nothing": ((None, None, None), "None"),
    "one number": (0.818, "Three numbers are asked for"),
    "the logit for D": ((1.5, 0.201, -1.701), "this is the logit itself"),
    "the probability of fake": ((0.182, 1.701, -0.201), "That is the probability of being fake"),
    "tanh": ((0.905, 0.1, -2.35), "That is tanh"),
    "another number": ((0.7, 0.36, -1.2), "D is not the sigmoid"),
    "log D": ((0.818, -0.201, -1.701), "a logarithm of a probability is negative"),
    "minus log(1 - D)": ((0.818, 1.701, -1.701), "wants its fakes called real"),
    "decimal logarithms": ((0.818, 0.087, -0.739), "The logarithm is the natural one"),
    "one minus D": ((0.818, 0.182, -1.701), "not minus its logarithm"),
    "minimax with the sign of a loss": ((0.818, 0.201, 1.701), "it is log(1 - D)"),
    "minimax from log D": ((0.818, 0.201, -0.201), "looks at the probability of being fake"),
    "the same loss twice": ((0.818, 0.201, 0.201), "That is the non-saturating loss"),
}
