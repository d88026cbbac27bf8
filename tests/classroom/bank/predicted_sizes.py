"""33 pixels, kernel 5, stride 2: valid, same, then transposed valid → 15, 8, 19."""

import keras
import numpy as np

ARGUMENTS = dict(size=33, kernel=5, stride=2)


def by_layers():
    x = np.zeros((1, 33, 33, 1), "float32")
    for kind, padding in (("Conv2D", "valid"), ("Conv2D", "same"), ("Conv2DTranspose", "valid")):
        x = getattr(keras.layers, kind)(1, 5, strides=2, padding=padding)(x)
        yield x.shape[1]


RIGHT = {
    "a list": [15, 8, 19],
    "a tuple": (15, 8, 19),
    "floats": [15.0, 8.0, 19.0],
    "an array": np.array([15, 8, 19]),
    "asked of the layers": list(by_layers()),
}
WRONG = {
    "nothing": (None, "None is no answer"),
    "one number": (15, "Three sizes are asked for"),
    "four numbers": ([33, 15, 8, 19], "Received: 4"),
    "same in the first layer": ([17, 9, 21], "The first layer's padding is 'valid'"),
    "valid in the second layer": ([15, 6, 15], "The second layer's padding is 'same'"),
    "same in the third layer": ([15, 8, 16], "The third layer's padding is 'valid'"),
    "paddings mixed up": ([17, 7, 14], "The two paddings are mixed up"),
    "a convolution at the end": ([15, 8, 2], "it makes images larger"),
    "first size one too small": ([14, 7, 17], "It is one off: does the kernel's first place count"),
    "second size rounded down": ([15, 7, 17], "It is one off: what happens to the last place that fits only in part"),
    "third size from n strides": ([15, 8, 21], "after the third layer is not 21"),
    "words": (["fifteen", "eight", "nineteen"], "should be a number"),
}
