"""The training desk's picture."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from scipy.special import expit

from ....figures.overview import LIT
from ..explorer import DPI

D_INK, G_INK = LIT["discriminator"], LIT["generator"]
PAST = 200  # steps that the curves reach back
FAR = 6  # logits beyond ±FAR are counted in the outermost bars
NORMS = (1e-3, 1e2)  # from the curves' lower edge to their upper


class DeskView:
    """Three panels. Axes and words are drawn once, and for each picture only what moves: that saves most of the time."""

    def __init__(self, problem, real):
        self.problem = problem
        self.figure = Figure(figsize=(8.4, 3.2), dpi=DPI, layout="none")
        self.canvas = FigureCanvasAgg(self.figure)
        left, middle, right = self.figure.subplots(1, 3, width_ratios=(1.15, 1, 1))
        self.figure.subplots_adjust(left=0.03, right=0.985, bottom=0.15, top=0.82, wspace=0.22)
        self.headline = self.figure.text(0.03, 0.955, "", va="center", fontsize=11)
        left.set_title(problem.title, fontsize=10)
        self.moving = [*problem.artists(left, real), *self._bars(middle), *self._curves(right), self.headline]
        for artist in self.moving:
            artist.set_animated(True)
        self.canvas.draw()
        self.still = self.canvas.copy_from_bbox(self.figure.bbox)

    def _bars(self, axes):
        self.edges = np.linspace(-FAR, FAR, 49)
        axes.set(
            xlim=(-FAR, FAR), ylim=(0, 1.3), xticks=range(-FAR, FAR + 1, 3), yticks=[], xlabel="logit   (right: D says real)"
        )
        axes.set_title("logits, scaled to equal height", fontsize=10)
        axes.axvline(0, color="0.6", linewidth=1)
        none = np.zeros(len(self.edges) - 1)
        self.real = axes.stairs(none, self.edges, fill=True, facecolor="0.85", edgecolor=D_INK, linewidth=1, label="real")
        self.fake = axes.stairs(none, self.edges, color=G_INK, linewidth=2, linestyle="--", label="fake")
        axes.legend(loc="upper right", fontsize="small", ncols=2)
        return [self.real, self.fake]

    def _curves(self, axes):
        axes.set(xlim=(-PAST, 0.02 * PAST), ylim=NORMS, yscale="log", xlabel="steps ago")
        axes.set_xticks([-PAST, -PAST // 2, 0], [PAST, PAST // 2, "now"])
        axes.set_yticks([1e-3, 1e-2, 1e-1, 1, 10])  # a topmost label would touch the title
        axes.set_title("gradient norms (marked: applied)", fontsize=10, loc="right")
        axes.grid(color="0.9")
        lines = []
        for style, mark, color, name in (("-", "o", D_INK, "D"), ("--", "^", G_INK, "G")):
            lines += axes.plot([], [], style, color=color, linewidth=0.8)
            lines += axes.plot([], [], mark, color=color, markersize=3.5, label=name)
        axes.legend(loc="lower left", fontsize="small", ncols=2, markerscale=1.5)
        self.lines = dict(zip(("d", "d applied", "g", "g applied"), lines))
        return lines

    def image(self, desk, fakes, probe_logits):
        """The desk as a Pillow image; fakes and the logits of the problem's probes as arrays."""
        trainer = desk.trainer
        self.problem.show(fakes, probe_logits)
        for bars, logits in zip((self.real, self.fake), desk.logits):
            counts, _ = np.histogram(np.clip(np.nan_to_num(logits), -FAR, FAR), self.edges)
            bars.set_data(counts / max(counts.max(), 1))
        ago = np.arange(1 - len(trainer.norms), 1)
        for i, name, key in ((0, "D", "d"), (1, "G", "g")):
            norms = np.clip([step[i] for step in trainer.norms], *NORMS)
            applied = [step[2] in (name, "both") for step in trainer.norms]
            self.lines[key].set_data(ago, norms)
            self.lines[f"{key} applied"].set_data(ago, np.where(applied, norms, np.nan))
        real, fake = (np.mean(expit(logits)) for logits in desk.logits)
        self.headline.set_text(desk.note or f"step {trainer.steps}     D(x) {real:.2f}     D(G(z)) {fake:.2f}")

        self.canvas.restore_region(self.still)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        image = Image.fromarray(np.asarray(self.canvas.buffer_rgba())[..., :3])
        return image.quantize(64, method=Image.Quantize.FASTOCTREE)  # a third of the bytes on their way to the browser
