"""The transposed-convolution explorer."""

import numpy as np
from matplotlib import colormaps
from PIL import Image

from .explorer import Explorer, blank, choice, slider

SIDE, LINE = 460, 22  # pixels of the picture's side, at most, and of a line of text


class TransposedConvolution(Explorer):
    """Size, kernel, stride and padding → the output's size, and how many stamps reach each of its pixels (chapter 02.1).

    Uneven counts make checkerboards (Odena et al. 2016).

    Args:
        size, kernel, stride: whole numbers, the values to begin with; sizes 1 to 8, kernels 1 to 7, strides 1 to 4.
        padding: "same" or "valid". Other values are a ValueError.
    """

    def __init__(self, size=4, kernel=4, stride=2, padding="same"):
        self.size = slider("size", size, 1, 8)
        self.kernel = slider("kernel", kernel, 1, 7)
        self.stride = slider("stride", stride, 1, 4)
        self.padding = choice("padding", padding, ("same", "valid"))
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
        n, most = len(cover), max(4, cover.max())
        cell = SIDE // n
        canvas, write = blank("RGB", SIDE, SIDE + 2 * LINE)
        verdict = "even inside" if even(self.kernel.value, self.stride.value) else "uneven, which invites checkerboards"
        write((4, 2), self._formula())
        write((4, LINE), f"stamps for each pixel: {verdict}")
        pixels = colormaps["cividis"](cover / most, bytes=True)[..., :3]
        canvas.paste(Image.fromarray(pixels).resize((n * cell, n * cell), Image.NEAREST), (0, 2 * LINE))
        if n <= 20:
            for (y, x), count in np.ndenumerate(cover):
                centre = ((x + 0.5) * cell, (y + 0.5) * cell + 2 * LINE)
                write(centre, str(count), fill="white" if count < 0.6 * most else "black", anchor="mm")
        return canvas

    def _formula(self):
        n, k, s = self.size.value, self.kernel.value, self.stride.value
        output = len(stamps(n, k, s, self.padding.value))
        formula = f"{n}·{s}" if self.padding.value == "same" else f"{n}·{s} + max({k} - {s}, 0)"
        return f"{n}×{n} → {output}×{output}   ({formula} = {output})"


def even(kernel, stride):
    """Whether all pixels away from the border get equally many stamps (Odena et al. 2016)."""
    return kernel % stride == 0


def stamps(size, kernel, stride, padding):
    """How many stamps of a transposed convolution, as Keras lays them, reach each pixel of a side: `int (output size,)`."""
    whole = np.zeros((size - 1) * stride + max(kernel, stride), int)
    for i in range(size):
        whole[i * stride : i * stride + kernel] += 1
    if padding == "valid":
        return whole
    begin = max(kernel - stride, 0) // 2
    return whole[begin : begin + size * stride]
