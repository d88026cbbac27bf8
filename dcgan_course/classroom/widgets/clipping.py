"""The clipping explorer."""

import keras
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import LogLocator, NullLocator

from ...strategy import Strategy
from .explorer import Explorer, choice, log_slider

GRADIENTS = np.array([[2.6, 1.5], [-0.9, 1.1], [-0.5, -0.35], [0.008, -0.006]])  # lengths 3.0, 1.4, 0.6 and 0.01
WAYS = {"by value": "clip_value", "by norm": "clip_norm", "by global norm": "global_clip_norm"}
BOUNDED = {"clip_value": "each number", "clip_norm": "each length", "global_clip_norm": "all together"}
SPAN = 3.0  # half of what the left picture shows, at scale 1


class Clipping(Explorer):
    """Way, bound and scale → gradients of four variables before and after clipping (chapter 03.3; Pascanu et al. 2013).

    Each variable has two numbers, so that its gradient is an arrow. The package's own `Strategy` does the clipping.

    Args:
        way: "clip_value", "clip_norm" or "global_clip_norm", the field of `Strategy` to begin with.
        bound: its value, 0.01 to 10.
        scale: what all gradients are multiplied by before they are clipped, 0.01 to 100. Other values are a ValueError.
    """

    def __init__(self, way="clip_norm", bound=1.0, scale=1.0):
        self.way = choice("way", way, WAYS)
        self.way.description = "clip"
        self.bound = log_slider("bound", bound, -2, 1, 0.05)
        self.scale = log_slider("scale", scale, -2, 2, 0.05)
        super().__init__(
            [self.way, [self.bound, self.scale]],
            "The gradients of four variables as arrows before and after clipping, and their lengths.",
        )

    def before(self):
        """The gradients as they come: float32 `(4, 2)`, a row per variable, the last one tiny."""
        return (self.scale.value * GRADIENTS).astype("float32")

    def after(self):
        """The same after clipping, float32 `(4, 2)`."""
        strategy = Strategy(**{self.way.value: self.bound.value})
        clipped = strategy.clip_gradients(list(self.before()), "generator")
        return np.stack([keras.ops.convert_to_numpy(g) for g in clipped])

    def turns(self):
        """Degrees by which clipping turns each variable's gradient, `(4,)`, and by which it turns all numbers as one."""
        before, after = self.before(), self.after()
        return np.array([angle(a, b) for a, b in zip(before, after)]), angle(before.ravel(), after.ravel())

    def draw(self):
        before, after = self.before(), self.after()
        figure = Figure(figsize=(8.4, 4.2), layout="none")
        arrows, lengths = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.01, right=0.98, top=0.77, bottom=0.13, wspace=0.2)
        self._draw_arrows(arrows, before, after)
        self._draw_lengths(lengths, length(before), length(after))
        figure.suptitle(self._summary(length(before), length(after)), fontsize=11)
        return figure

    def _draw_arrows(self, ax, before, after):
        span, c, square = SPAN * self.scale.value, self.bound.value, self.way.value == "clip_value"
        look = dict(angles="xy", scale_units="xy", scale=1)
        for vectors, color, width in ((before, "0.72", 0.022), (after, "black", 0.009)):
            ax.quiver(*np.zeros((2, len(vectors))), *vectors.T, color=color, width=width, **look)
        line = dict(fill=False, linestyle="--", color="0.35")
        ax.add_patch(Rectangle((-c, -c), 2 * c, 2 * c, **line) if square else Circle((0, 0), c, **line))
        for vector, name in zip(before, "abc"):
            beyond_tip = vector * (1 + 0.25 * self.scale.value / length(vector))
            ax.text(*beyond_tip, name, ha="center", va="center", bbox={"color": "white", "pad": 0.5})
        ax.set(xlim=(-span, span), ylim=(-span, span), aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
        where = "outside" if c > span * (1 if square else 2**0.5) else "dashed"
        ax.set(title="grey: before, black: after", xlabel=f"bound on {BOUNDED[self.way.value]}: {where}")

    def _draw_lengths(self, ax, before, after):
        names = ["a", "b", "c", "d (tiny)", "all"]
        before, after = (np.append(x, length(x)) for x in (before, after))
        rows = np.arange(len(names))
        ax.hlines(rows, after, before, color="0.72", linewidth=4, zorder=1)
        ax.plot(before, rows, "o", color="0.5", markerfacecolor="white", markersize=9)
        ax.plot(after, rows, "D", color="black", markersize=5)
        if self.way.value != "clip_value":
            reach = (3.6, 4.4) if self.way.value == "global_clip_norm" else (-0.4, 3.4)
            ax.plot([self.bound.value] * 2, reach, "--", color="0.35")
        ax.set(xscale="log", xlim=(after.min() / 3, before.max() * 3), ylim=(4.6, -0.6), yticks=rows, yticklabels=names)
        ax.xaxis.set_major_locator(LogLocator(numticks=6))
        ax.xaxis.set_major_formatter("{x:g}")  # powers of ten are typeset as formulas, which takes long
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set(title="circle: before, diamond: after", xlabel="length")

    def _summary(self, before, after):
        single, whole = self.turns()
        shorter, longer = (after < before * (1 - 1e-5)).sum(), (after > before * (1 + 1e-5)).sum()
        return (
            f"{self.way.value}={self.bound.value:.3g}: {shorter} of 4 gradients shortened, {longer} lengthened; "
            f"the tiny one: {before[-1]:.2g} → {after[-1]:.2g}\n"
            f"largest change of a variable's angle: {single.max():.1f}°; of all numbers taken together: {whole:.1f}°"
        )


def length(vectors):
    """Euclidean length along the last axis."""
    return np.linalg.norm(vectors.astype("float64"), axis=-1)


def angle(a, b):
    """Degrees between two vectors `(n,)` that are not 0, exact for small angles too (Kahan 2006)."""
    a, b = (x.astype("float64") / length(x) for x in (a, b))
    return np.degrees(2 * np.arctan2(length(a - b), length(a + b)))
