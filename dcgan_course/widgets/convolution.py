"""The transposed-convolution explorer."""

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from .explorer import Explorer


class TransposedConvolution(Explorer):
    """Size, kernel, stride and padding → the output's size, and how many stamps reach each of its pixels (chapter 02.1).

    Uneven counts make checkerboards (Odena et al. 2016).

    Args:
        size, kernel, stride: whole numbers, the values to begin with; sizes 1 to 8, kernels 1 to 7, strides 1 to 4.
        padding: "same" or "valid".
    """

    def __init__(self, size=4, kernel=4, stride=2, padding="same"):
        self.size = ipywidgets.IntSlider(size, 1, 8, description="size")
        self.kernel = ipywidgets.IntSlider(kernel, 1, 7, description="kernel")
        self.stride = ipywidgets.IntSlider(stride, 1, 4, description="stride")
        self.padding = ipywidgets.ToggleButtons(options=("same", "valid"), value=padding, description="padding")
        super().__init__(
            [[self.size, self.kernel], [self.stride, self.padding]],
            "The output of a transposed convolution, each pixel with the number of stamps that reach it.",
        )

    def cover(self):
        """How many stamps reach each output pixel: whole numbers `(output size, output size)`."""
        one = stamps(self.size.value, self.kernel.value, self.stride.value, self.padding.value)
        return np.outer(one, one)

    def draw(self):
        cover = self.cover()
        n, formula = len(cover), self._formula()
        figure = Figure(figsize=(7.5, 4), layout="constrained")
        ax = figure.subplots()
        ax.imshow(cover, cmap="cividis", vmin=0, vmax=max(4, cover.max()))
        if n <= 20:
            for (y, x), count in np.ndenumerate(cover):
                dark = count < cover.max() * 0.6
                ax.text(x, y, count, ha="center", va="center", fontsize=8, color="white" if dark else "black")
        inner = cover[n // 4 : n - n // 4, n // 4 : n - n // 4]
        even = "even inside" if inner.size == 0 or np.ptp(inner) == 0 else "uneven: checkerboards"
        ax.set(title=f"{formula}\nstamps for each pixel: {even}", xticks=[], yticks=[])
        return figure

    def _formula(self):
        n, k, s = self.size.value, self.kernel.value, self.stride.value
        output = len(stamps(n, k, s, self.padding.value))
        sum_ = f"{n}·{s}" if self.padding.value == "same" else f"{n}·{s} + max({k} - {s}, 0)"
        return f"{n}×{n} → {output}×{output}   ({sum_} = {output})"


def stamps(size, kernel, stride, padding):
    """How many stamps reach each output pixel along one side of a transposed convolution, as Keras lays them.

    Returns:
        Whole numbers `(output size,)`.
    """
    whole = np.zeros((size - 1) * stride + max(kernel, stride), int)
    for i in range(size):
        whole[i * stride : i * stride + kernel] += 1
    if padding == "valid":
        return whole
    begin = max(kernel - stride, 0) // 2
    return whole[begin : begin + size * stride]
