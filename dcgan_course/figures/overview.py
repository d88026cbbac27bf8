"""The whole DCGAN in one picture, which chapters show again with the part lit that they are about."""

import numpy as np

from ..places import shipped

PARTS = ("latents", "generator", "samples", "data", "discriminator", "losses", "updates", "evaluation")
SIDES, FILTERS = (4, 8, 16, 32), (64, 32, 16, None)  # of the recipe for 32×32 at width 16
LIT = {"generator": "#d55e00", "discriminator": "#0b4f8a"}  # C1 and C0 of course.mplstyle
INK, FAINT = "#222222", "#c4c4c4"


def overview(*lit):
    """Latents, networks, losses and updates of a DCGAN, a matplotlib Figure with some parts lit and the others faint.

    `lit` are strings of "latents", "generator", "samples", "data", "discriminator", "losses", "updates", "evaluation",
    else ValueError; none lights all.

    Example:
        >>> figure = overview("latents", "generator", "samples")
    """
    import matplotlib.pyplot as plt

    for part in lit:
        if part not in PARTS:
            raise ValueError(f"A part to light must be one of {', '.join(PARTS)}. Received: {part!r}.")
    figure, axes = plt.subplots(figsize=(10, 3.2))
    plt.close(figure)
    axes.set(xlim=(0, 100), ylim=(0, 32), aspect="equal")
    axes.axis("off")
    draw = _Pen(axes, set(lit or PARTS))

    draw.box("latents", 4.5, 21, 7, 5, "z")
    draw.text("latents", 4.5, 26, "latents")
    draw.network("generator", 20.5, 21, SIDES, FILTERS)
    draw.image("samples", 38.5, 21, _picture(real=False))
    draw.text("samples", 38.5, 26, "sample G(z)")
    draw.image("data", 38.5, 7, _picture(real=True))
    draw.text("data", 38.5, 12, "training image x")
    draw.network("discriminator", 60.5, 14, SIDES[::-1], FILTERS[::-1])
    draw.box("discriminator", 77.5, 14, 7, 5, "logit")
    draw.box("losses", 92, 14, 13, 7, "two losses:\none for G,\none for D")
    draw.box("evaluation", 15, 7, 21, 5, "evaluation: quality,\nvariety, copies")

    draw.arrow("latents", (8, 21), (11, 21))
    draw.arrow("generator", (30.5, 21), (34.5, 21))
    draw.arrow("discriminator", (42.5, 20), (50, 16.5))
    draw.arrow("discriminator", (42.5, 8), (50, 11.5))
    draw.arrow("discriminator", (70.5, 14), (74, 14))
    draw.arrow("losses", (81, 14), (85.5, 14))
    draw.arrow("evaluation", (34.5, 7), (25.5, 7))
    draw.arrow("evaluation", (34.5, 17), (25.5, 9.5))
    draw.arrow("updates", (92, 17.5), (20.5, 28), bend=((92, 31.5), (30, 31.5)))
    draw.arrow("updates", (92, 10.5), (60.5, 6.7), bend=((92, 2), (60.5, 2)))
    draw.text("updates", 63, 26, "G's loss changes G's weights")
    draw.text("updates", 76.5, 1.5, "D's loss changes D's weights")
    return figure


def _picture(real):
    """A digit of the data, or one that a trained generator made: `(32, 32)`, uint8."""
    with np.load(shipped("models") / "stages.npz", allow_pickle=False) as file:
        last = file["stage"] == file["stage"].max()
        return file["images"][last & (file["real"] == real)][5 if real else 3]


class _Pen:
    """Draws parts, in ink if they are lit and faintly if not."""

    def __init__(self, axes, lit):
        self.axes, self.lit = axes, lit

    def ink(self, part):
        return LIT.get(part, INK) if part in self.lit else FAINT

    def text(self, part, x, y, words, **look):
        weight = "bold" if part in self.lit else "normal"
        look = {"ha": "center", "va": "center", "fontsize": 9, "color": self.ink(part), "fontweight": weight} | look
        self.axes.text(x, y, words, **look)

    def box(self, part, x, y, width, height, words=None, fill="white"):
        from matplotlib.patches import Rectangle

        edge = {"edgecolor": self.ink(part), "linewidth": 1.8 if part in self.lit else 1}
        self.axes.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, facecolor=fill, **edge))
        if words:
            self.text(part, x, y, words, fontweight="normal", fontsize=8)

    def network(self, part, x, y, sides, filters):
        """One block for each map: its height grows with the map's side, its width with the number of channels."""
        widths, gap = [1.2 + (n or 1) / 16 for n in filters], 2.2
        left = x - (sum(widths) + gap * (len(widths) - 1)) / 2
        for side, width in zip(sides, widths):
            height = 2.2 + 5.3 * side / SIDES[-1]
            self.box(part, left + width / 2, y, width, height, fill=self.ink(part) if part in self.lit else "#f3f3f3")
            self.text(part, left + width / 2, y - 5.4, f"{side}×{side}", fontsize=7, fontweight="normal")
            left += width + gap
        self.text(part, x, y + 5, part)

    def image(self, part, x, y, pixels):
        extent = (x - 3.6, x + 3.6, y - 3.6, y + 3.6)
        self.axes.imshow(pixels, extent=extent, cmap="gray", alpha=1.0 if part in self.lit else 0.25)

    def arrow(self, part, start, end, bend=None):
        from matplotlib.patches import FancyArrowPatch
        from matplotlib.path import Path

        look = {"arrowstyle": "-|>", "mutation_scale": 9, "color": self.ink(part), "linewidth": 1.4}
        if bend is None:
            patch = FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **look)
        else:
            path = Path([start, *bend, end], [Path.MOVETO] + 3 * [Path.CURVE4])
            patch = FancyArrowPatch(path=path, linestyle="--", **look)
        self.axes.add_patch(patch)
