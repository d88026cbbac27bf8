"""LiveView: training seen while it runs, and ended by a button."""

import collections
import time

import keras
import numpy as np

from ..figures import plots
from . import screens


class LiveView(keras.callbacks.Callback):
    """Progress, time left, curves and samples from fixed latents: in place in a notebook, one line per epoch in a terminal.

    A notebook has a Stop button beside the bar: training ends after the epoch under way, and history, samples, snapshots and
    weights stay. Where a front end does not bring the click through, interrupting the cell keeps as much.
    How long it takes on this machine is measured on the first half second of steps after compiling, which are part of the
    training; until then the bar says that it measures.
    Drawing is held below a share of the training time: a picture is redrawn only when it is paid for. So is the bar, below a
    third of that share.

    Args:
        samples: images to show, always from the same latents.
        frames: how many moments of training to keep in `snapshots`, first and last included.
        seed: seed of those latents.
        budget: the share of the training time that pictures may take, the one at the end apart.

    Attributes:
        snapshots: `{epoch: images (samples, H, W, C)}`, the first before training.
        spent: seconds that the view has cost in this `fit`.
    """

    shows_progress = True  # `GAN.fit` leaves Keras' own progress bar out
    screen = None  # while training runs

    def __init__(self, samples=32, frames=12, seed=0, budget=0.015):
        super().__init__()
        self.samples, self.frames, self.seed, self.budget = samples, frames, seed, budget
        self.snapshots, self.history = {}, {}
        self.spent = 0.0

    def on_train_begin(self, logs=None):
        self.started = time.perf_counter()
        self.next_look = self.started + 0.4
        self.spent = self.drawn = self.draw_cost = 0.0
        self.history, self.finished, self.scores = {}, 0, {}
        self.latents = self.model.latents(self.samples, self.seed)
        self.epochs = self.params["epochs"]
        self.wanted = set(np.linspace(0, self.epochs, self.frames).round().astype(int).tolist())
        self.snapshots = {}
        self.clock = Clock(self.epochs, self.params.get("steps"))
        self.screen = screens.Notebook() if screens.in_notebook() else screens.Terminal()
        self.spent = time.perf_counter() - self.started

    def on_epoch_begin(self, epoch, logs=None):
        if not self.snapshots:
            begun = time.perf_counter()
            self.snapshots[epoch] = self.model.generate(self.latents)
            self.finished = epoch
            self.clock.begin(epoch, time.perf_counter())
            self.spent += time.perf_counter() - begun

    def on_train_batch_end(self, batch, logs=None):
        measuring, due = self.clock.measuring, time.perf_counter() > self.next_look
        if measuring or due:
            float(logs["d_loss"])  # waits for the device, which may be some steps behind
        now = time.perf_counter()
        self.clock.step(batch + 1, now)
        if due or measuring != self.clock.measuring:
            self._look(now, self.finished + 1)

    def on_epoch_end(self, epoch, logs=None):
        begun = time.perf_counter()
        past = self.model.history.history  # a resumed run's earlier epochs too; Keras adds this one after this call
        self.history = {name: [*past.get(name, []), float(value)] for name, value in logs.items()}
        self.finished, self.scores = epoch + 1, logs
        if self.finished in self.wanted:
            self.snapshots[self.finished] = self.model.generate(self.latents)
        self.clock.epoch(self.finished, begun)
        self.drawn += time.perf_counter() - begun
        line = self._line(f"epoch {self.finished}/{self.epochs}", begun)
        self.screen.epoch(line, "d_loss {d_loss:.3f}  g_loss {g_loss:.3f}".format_map(logs))
        self.spent += time.perf_counter() - begun
        if begun > self.next_look:
            self._look(begun, self.finished)
        if self.screen.stop:
            self.model.stop_training = True  # Keras reads it now; set during an epoch it would cut the epoch off
        elif self.drawn + self.draw_cost <= self.budget * (begun - self.started):
            self._draw()

    def on_train_end(self, logs=None, interrupted=False):
        if self.screen is None:  # a fit that never began
            return
        begun = time.perf_counter()
        where = f"epoch {self.finished}/{self.epochs}"
        if self.finished != self.epochs:
            when = f"after {where}" if self.history else "before the end of its first epoch"
            where = f"stopped {when}, everything is kept"
            if not self.snapshots and not interrupted:  # `initial_epoch` was `epochs` already
                where = f"nothing left to train: {self.epochs} epochs are done"
        self.screen.finish(self.finished, self.epochs, self._line(where, begun, time_left=False))
        if self.history and self.finished not in self.snapshots:
            self.snapshots[self.finished] = self.model.generate(self.latents)
        self.spent += time.perf_counter() - begun
        if self.history:
            self._draw()
        self.screen = None

    def on_train_interrupted(self):
        """`GAN.fit` calls it when training stops early."""
        self.on_train_end(interrupted=True)

    def _look(self, now, epoch):
        begun = time.perf_counter()
        self.screen.move(self.clock.done, self.epochs, self._line(f"epoch {epoch}/{self.epochs}", now))
        cost = time.perf_counter() - begun
        self.spent += cost
        self.next_look = now + max(0.4, 3 * cost / self.budget)

    def _line(self, where, now, time_left=True):
        """Where training is, how long it has taken and still takes, and what the last whole epoch brought."""
        left, words = self.clock.left(), [where, f"{now - self.started:.0f} s"]
        if left is None and time_left:
            words.append(screens.MEASURING)
        elif left and time_left:
            early = self.clock.done < self.clock.first + 2  # a learner decides now whether to wait
            total = duration(now - self.started + left)
            words.append(f"about {total} on this machine" if early else f"{duration(left)} left")
        if self.scores:
            scores = "{images_per_second:.0f} images/s  D(x) {d_real:.2f}  D(G(z)) {d_fake:.2f}"
            words.append(scores.format_map(self.scores))
        return "  ".join(words)

    def _draw(self):
        if not self.screen.draws:
            return
        begun = time.perf_counter()
        images = self.snapshots.get(self.finished)
        images = self.model.generate(self.latents) if images is None else images
        self.screen.draw(plots.live(self.history, images, self.finished))
        self.draw_cost = time.perf_counter() - begun
        self.drawn += self.draw_cost
        self.spent += self.draw_cost


class Clock:
    """How long training still takes: the epochs left, each as long as the mean of the last five.

    Before two epochs have ended the steps count, without those that compile: the first call, and where there is another
    measure the epoch's last, whose batch may be smaller. `done` is in epochs.
    """

    def __init__(self, epochs, steps):
        self.epochs, self.steps = epochs, steps
        self.ends = collections.deque(maxlen=6)
        self.done = self.called = self.pace = None

    def begin(self, epoch, now):
        self.first = self.finished = self.done = epoch
        self.begun = now

    def step(self, step, now):
        if not self.steps:  # a source without a length
            return
        self.done = self.finished + min(step / self.steps, 1.0)
        if self.called is None:
            self.called = self.done, now
        elif not self.ends and (self.pace is None if step >= self.steps else now - self.called[1] > 0.5):
            self.pace = (now - self.called[1]) / (self.done - self.called[0])

    def epoch(self, finished, now):
        self.finished = self.done = finished
        self.ends.append(now)
        if len(self.ends) > 1:
            self.pace = (self.ends[-1] - self.ends[0]) / (len(self.ends) - 1)
        elif not self.steps:
            self.pace = now - self.begun

    @property
    def measuring(self):
        """Whether the next steps can bring the first measure."""
        return bool(self.steps) and self.pace is None

    def left(self):
        """Seconds; None before there is anything to tell it from."""
        if self.done == self.epochs:
            return 0.0
        return None if self.pace is None else self.pace * (self.epochs - self.done)


def duration(seconds):
    """Seconds as a learner would say them: `75 s`, `3 min`, `1 h 30 min`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
