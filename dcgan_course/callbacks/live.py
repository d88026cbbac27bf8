"""LiveView: training seen while it runs."""

import sys
import time

import keras
import numpy as np

from .. import plots


class LiveView(keras.callbacks.Callback):
    """Progress, curves and samples from fixed latents: redrawn in place in a notebook, one line per epoch in a terminal.

    Drawing is held below a share of the training time: a picture is redrawn only when it is paid for.

    Args:
        samples: images to show, always from the same latents.
        frames: how many moments of training to keep in `snapshots`, first and last included.
        seed: seed of those latents.
        budget: the share of the training time that drawing may take, the picture at the end apart.

    Attributes:
        snapshots: `{epoch: images (samples, H, W, C)}`, the first before training.
        spent: seconds that the view has cost in this `fit`.
    """

    shows_progress = True  # `GAN.fit` leaves Keras' own progress bar out

    def __init__(self, samples=32, frames=12, seed=0, budget=0.015):
        super().__init__()
        self.samples, self.frames, self.seed, self.budget = samples, frames, seed, budget
        self.snapshots, self.history = {}, {}
        self.spent = 0.0

    def on_train_begin(self, logs=None):
        self.started = time.perf_counter()
        self.spent = self.draw_cost = 0.0
        self.history, self.finished = {}, 0
        self.latents = self.model.latents(self.samples, self.seed)
        self.epochs = self.params["epochs"]
        self.wanted = set(np.linspace(0, self.epochs, self.frames).round().astype(int).tolist())
        self.snapshots = {}
        self.screen = _Notebook() if _in_notebook() else _Terminal()
        self.spent = time.perf_counter() - self.started

    def on_epoch_begin(self, epoch, logs=None):
        if not self.snapshots:
            begun = time.perf_counter()
            self.snapshots[epoch] = self.model.generate(self.latents)
            self.spent += time.perf_counter() - begun

    def on_epoch_end(self, epoch, logs=None):
        begun = time.perf_counter()
        past = self.model.history.history  # a resumed run's earlier epochs too; Keras adds this one after this call
        self.history = {name: [*past.get(name, []), float(value)] for name, value in logs.items()}
        self.finished = epoch + 1
        if self.finished in self.wanted:
            self.snapshots[self.finished] = self.model.generate(self.latents)
        elapsed = begun - self.started
        self.screen.progress(self.finished, self.epochs, elapsed, logs)
        if self.spent + self.draw_cost <= self.budget * elapsed:
            self._draw()
        self.spent += time.perf_counter() - begun

    def on_train_end(self, logs=None):
        if not self.history:
            return
        begun = time.perf_counter()
        self.snapshots[self.finished] = self.model.generate(self.latents)
        self._draw()
        self.spent += time.perf_counter() - begun

    on_train_interrupted = on_train_end  # `GAN.fit` calls it when training stops early

    def _draw(self):
        if not self.screen.draws:
            return
        begun = time.perf_counter()
        images = self.snapshots.get(self.finished)
        self.screen.draw(plots.live(self.history, self.model.generate(self.latents) if images is None else images))
        self.draw_cost = time.perf_counter() - begun


def _in_notebook():
    """Whether a Jupyter or Colab kernel shows what we display; a plain `ipython` does not count."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _line(epoch, epochs, elapsed, logs):
    return (
        f"epoch {epoch}/{epochs}  {elapsed:.0f} s  {logs['images_per_second']:.0f} images/s  "
        f"D(x) {logs['d_real']:.2f}  D(G(z)) {logs['d_fake']:.2f}"
    )


class _Terminal:
    draws = False

    def progress(self, epoch, epochs, elapsed, logs):
        losses = f"d_loss {logs['d_loss']:.3f}  g_loss {logs['g_loss']:.3f}"
        print(_line(epoch, epochs, elapsed, logs), losses, sep="  ", flush=True)


class _Notebook:
    """Two displays that are updated in place: a progress bar and a picture."""

    draws = True

    def __init__(self):
        self.bar = self.picture = None
        self.moved = 0.0

    def progress(self, epoch, epochs, elapsed, logs):
        from IPython.display import HTML, display

        if elapsed - self.moved < 0.5 and 1 < epoch < epochs:  # short epochs: twice a second is enough
            return
        self.moved = elapsed
        line = _line(epoch, epochs, elapsed, logs)
        html = HTML(f'<progress max="{epochs}" value="{epoch}" style="width: 12em"></progress> <code>{line}</code>')
        if self.bar is None:
            self.bar = display(html, display_id=True)
        else:
            self.bar.update(html)

    def draw(self, figure):
        from IPython.display import display

        if self.picture is None:
            self.picture = display(figure, display_id=True)
        else:
            self.picture.update(figure)
