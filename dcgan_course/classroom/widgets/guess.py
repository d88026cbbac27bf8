"""The guessing game: is a digit written by a person, or made by the generator?"""

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from ...places import shipped
from ...validate import whole_number
from .explorer import Explorer


class RealOrFake(Explorer):
    """The learner guesses, digit by digit, and is compared with the discriminator on the same images (chapter 04.3).

    `data/models/stages.npz`, from `tools/make_stages.py`, holds for each of three moments of a run 20 fakes, 20 real
    digits that the run has not seen, and the D(x) of all 40: its mean over an epoch, since at single steps all its answers
    together swing up and down. D takes for real what it gives at least 0.5.

    Args:
        rounds: images in a game, 1 to 120. Other numbers are a ValueError, as is a seed that is no whole number.
        seed: whole number; the same seed gives the same images in the same order. "new game" goes on to the next.
    """

    def __init__(self, rounds=30, seed=0):
        with np.load(shipped("models") / "stages.npz", allow_pickle=False) as file:
            self._images, self._real, self._stage, self._score, self._epochs, self._names = (
                file[key] for key in ("images", "real", "stage", "score", "epochs", "names")
            )
        self._d_real = self._score >= 0.5  # what D takes for real
        self.rounds = whole_number("rounds", rounds, most=len(self._images))
        self.real, self.fake, self.again = (ipywidgets.Button(description=d) for d in ("real", "fake", "new game"))
        self.real.on_click(lambda _: self.guess(True))
        self.fake.on_click(lambda _: self.guess(False))
        self.again.on_click(lambda _: self._start(self.seed + 1))
        self._shuffle(whole_number("seed", seed, least=0))
        super().__init__(
            [[self.real, self.fake, self.again]],
            "A digit to be taken for real or fake, the answer to the one before, and who was right how often, by stage.",
        )

    def guess(self, real):
        """Take the image that is shown for real (True) or fake (False); after the last round nothing happens."""
        if len(self.guesses) < self.rounds:
            self.guesses.append(bool(real))
            self.real.disabled = self.fake.disabled = len(self.guesses) == self.rounds
            self.refresh()

    def scores(self):
        """`{stage: (guesses, right ones of the learner, right ones of D)}` up to now."""
        done = self.order[: len(self.guesses)]
        real, stage = self._real[done], self._stage[done]
        learner, d = np.array(self.guesses, bool) == real, self._d_real[done] == real
        return {
            str(name): (int((stage == i).sum()), int(learner[stage == i].sum()), int(d[stage == i].sum()))
            for i, name in enumerate(self._names)
        }

    def draw(self):
        figure = Figure(figsize=(8.4, 2.8), layout="none")
        places = ((0.01, 0.24), (0.3, 0.24), (0.7, 0.28))  # left edge, width
        now, before, score = (figure.add_axes((left, 0.17, width, 0.6)) for left, width in places)
        self._draw_now(now)
        self._draw_before(before)
        self._draw_scores(score)
        return figure

    def _start(self, seed):
        self._shuffle(seed)
        self.real.disabled = self.fake.disabled = False
        self.refresh()

    def _shuffle(self, seed):
        self.seed, rng = seed, np.random.default_rng(seed)
        stages = [rng.permutation(np.flatnonzero(self._stage == i)) for i in range(len(self._names))]
        mixed = rng.permuted(np.stack(stages), axis=0)  # every three images, one of each stage
        self.order, self.guesses = mixed.T.ravel()[: self.rounds], []

    def _draw_now(self, ax):
        played = len(self.guesses)
        if played < self.rounds:
            self._show(ax, self.order[played], f"image {played + 1} of {self.rounds}:\nreal or fake?")
        else:
            ax.set_title("that was the last")
            ax.axis("off")

    def _draw_before(self, ax):
        if not self.guesses:
            ax.axis("off")
            return
        i = self.order[len(self.guesses) - 1]
        real, epoch = self._real[i], self._epochs[self._stage[i]]
        verdict = "right" if self.guesses[-1] == real else "wrong"
        self._show(ax, i, f"{verdict}: it was\n" + ("real" if real else f"fake, of epoch {epoch}"))
        answer = "real" if self._d_real[i] else "fake"
        ax.set_xlabel(f"D of epoch {epoch}: {answer} ({self._score[i]:.2f})")

    def _draw_scores(self, ax):
        guesses, *right = np.array(list(self.scores().values())).T
        rows = np.arange(len(guesses))
        looks = {"color": "0.25"}, {"color": "0.85", "hatch": "///"}
        for shift, count, look in zip((-0.19, 0.19), right, looks):
            bars = ax.barh(rows + shift, 100 * count / np.maximum(guesses, 1), 0.36, edgecolor="0.25", **look)
            labels = [f"{c} of {n}" if n else "–" for c, n in zip(count, guesses)]
            ax.bar_label(bars, labels, padding=3.5, fontsize=8, bbox={"color": "white", "pad": 0.5})
        ax.axvline(50, color="0.35", linestyle=":", zorder=0)
        names = [f"{name}\n(epoch {epoch})" for name, epoch in zip(self._names, self._epochs)]
        ax.set(ylim=(len(rows) - 0.5, -0.5), yticks=rows, yticklabels=names, title="dark: you, hatched: D")
        ax.set(xlim=(0, 145), xticks=(0, 50, 100), xlabel="percent right")

    def _show(self, ax, i, title):
        ax.imshow(self._images[i], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=10)
