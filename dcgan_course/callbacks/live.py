"""LiveView: training seen while it runs. It decides what and when; `screens` shows it, `figures.plots.live` draws it."""

import collections
import time

import numpy as np

from ..figures import plots
from ..guard import Callback
from ..validate import real_number, whole_number
from . import screens
from .quality import Quality

LINE_EVERY = 0.5  # seconds


class LiveView(Callback):
    """Progress, time left, curves and samples from fixed latents: in place in a notebook, one line per epoch in a terminal.

    To end training early, interrupt the cell: history, samples, snapshots and weights of the finished epochs stay. There is
    no stop button, because a kernel handles its click only when the cell has ended.

    How long training takes is measured on this machine while it begins, without the time that compiling takes; until then
    the line says that it measures. A picture costs up to half a second, hence `every`; the line moves twice a second.
    A number that is out of range is a ValueError.

    Args:
        samples: int, images to show, always from the same latents; of a GAN of classes about as many, a row for each class.
        frames: int of at least 2, moments of training to keep in `snapshots`, first and last included.
        seed: int, seed of those latents.
        every: float, least seconds from one picture to the next. The first comes after an epoch, the last at the end.

    Where `Quality` is beside it, the curves show its best epoch as a line.

    Attributes:
        snapshots: dict `{epoch: images (samples, H, W, C)}`, the first before training.
        history: dict `{metric: [value after each epoch]}`.

    Example:
        >>> view = LiveView(samples=16, frames=3)
        >>> history = gan.fit(digits.images[:64], epochs=2, callbacks=[view])
        epoch 1/2  ... s  about ... s on this machine  ... images/s  D(x) 0...  D(G(z)) 0...  d_loss ...  g_loss ...
        epoch 2/2  ... s  ... images/s  D(x) 0...  D(G(z)) 0...  d_loss ...  g_loss ...
        >>> {epoch: images.shape for epoch, images in view.snapshots.items()}
        {0: (16, 16, 16, 1), 1: (16, 16, 16, 1), 2: (16, 16, 16, 1)}
    """

    shows_progress = True
    screen = None  # while training runs

    def __init__(self, samples=32, frames=12, seed=0, every=10.0):
        super().__init__()
        self.samples = whole_number("samples", samples)
        self.frames = whole_number("frames", frames, least=2)
        self.seed = whole_number("seed", seed, least=0)
        self.every = real_number("every", every, "be at least 0 seconds", lambda seconds: seconds >= 0)
        self.snapshots, self.history = {}, {}

    def on_train_begin(self, logs=None):
        self.started = self.next_picture = time.perf_counter()
        self.next_line = self.started + LINE_EVERY
        self.snapshots, self.history, self.finished = {}, {}, 0
        classes = getattr(self.model, "classes", None)
        self.columns = None if classes is None else max(1, self.samples // classes)  # a class is a row
        self.latents = self.model.latents(self.columns or self.samples, self.seed)
        self.labels = None if classes is None else np.repeat(np.arange(classes), self.columns)
        self.epochs = self.params["epochs"]
        self.moments = set(np.linspace(0, self.epochs, self.frames).round().astype(int).tolist())
        self.screen = screens.Notebook() if screens.in_notebook() else screens.Terminal()

    def on_epoch_begin(self, epoch, logs=None):
        if not self.snapshots:
            self.snapshots[epoch] = self._samples()
            self.finished = epoch
            self.clock = Clock(epoch, self.epochs, time.perf_counter())

    def on_train_batch_end(self, batch, logs=None):
        due, steps = time.perf_counter() >= self.next_line, self.params["steps"]
        if steps and (due or self.clock.pace is None):  # a source without a length has no steps to count
            float(logs["d_loss"])  # waits for the device, which may be some steps behind
            self.clock.step(self.finished + min((batch + 1) / steps, 1.0), time.perf_counter())
        if due:
            self._move(self.finished + 1)

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.finished = epoch + 1
        past = self.model.history.history  # a resumed run's earlier epochs too; Keras adds this one after this call
        self.history = {name: [*past.get(name, []), float(value)] for name, value in logs.items()}
        if self.finished in self.moments:
            self.snapshots[self.finished] = self._samples()
        self.clock.epoch(self.finished, now)
        losses = "d_loss {d_loss:.3f}  g_loss {g_loss:.3f}".format_map(logs)
        self.screen.epoch(self._line(f"epoch {self.finished}/{self.epochs}"), losses)
        if now >= self.next_line:
            self._move(self.finished)
        if now >= self.next_picture and self.finished < self.epochs:
            self._draw()

    def on_train_end(self, logs=None):
        self._finish()

    def on_train_interrupted(self, error):
        self._finish(interrupted=True)

    def _finish(self, interrupted=False):
        if self.screen is None:  # a fit that never began
            return
        where = f"epoch {self.finished}/{self.epochs}"
        if not self.snapshots and not interrupted:  # `initial_epoch` was `epochs` already
            where = f"nothing left to train: {self.epochs} epochs are done"
        elif self.finished != self.epochs:
            when = f"after {where}" if self.history else "before the end of its first epoch"
            where = f"stopped {when}, everything is kept"
        if self.best is not None:
            where += f", the best was {self.best}"
        self.screen.finish(self.finished, self.epochs, self._line(where, time_left=False))
        if self.history:
            if self.finished not in self.snapshots:
                self.snapshots[self.finished] = self._samples()
            self._draw()
        self.screen = None

    def _move(self, epoch):
        self.screen.move(self.clock.done, self.epochs, self._line(f"epoch {epoch}/{self.epochs}"))
        self.next_line = time.perf_counter() + LINE_EVERY

    def _line(self, where, time_left=True):
        """Where training is, how long it has taken and still takes, and what the last whole epoch brought."""
        elapsed = time.perf_counter() - self.started
        words = [where, f"{elapsed:.0f} s"]
        if time_left and self.clock.done < self.epochs:
            left, early = self.clock.left, self.clock.done < self.clock.first + 2  # when a learner decides whether to wait
            if left is None:
                words.append(screens.MEASURING)
            else:
                words.append(f"about {duration(elapsed + left)} on this machine" if early else f"{duration(left)} left")
        if self.history:
            last = {name: values[-1] for name, values in self.history.items()}
            words.append("{images_per_second:.0f} images/s  D(x) {d_real:.2f}  D(G(z)) {d_fake:.2f}".format_map(last))
        return "  ".join(words)

    def _samples(self):
        if self.labels is None:
            return self.model.generate(self.latents)
        return self.model.generate(np.tile(self.latents, (self.model.classes, 1)), self.labels)

    @property
    def best(self):
        """The best epoch that a `Quality` beside this view has seen; None without one."""
        return next((c.best for c in self.beside if isinstance(c, Quality)), None)

    def _draw(self):
        if self.screen.draws:
            images = self.snapshots.get(self.finished)
            images = self._samples() if images is None else images
            self.screen.draw(plots.live(self.history, images, self.finished, self.columns, self.best))
            self.next_picture = time.perf_counter() + self.every


class Clock:
    """How long training still takes: the epochs left, each as long as the mean of the last five.

    Until two epochs have ended, the steps of the first one count. Steps that compile do not: the first call, and where
    there is another measure the epoch's last, whose batch may be smaller. Times are in seconds.
    """

    def __init__(self, first, epochs, now):
        self.first = self.done = first  # `done` counts the epochs done, those before `first` included, and parts of one
        self.epochs, self.pace = epochs, None  # seconds per epoch; None before there is anything to tell it from
        self.marks = collections.deque([(first, now)], maxlen=5)  # (epochs done, when): what the pace is measured from

    def step(self, done, now):
        """Steps have ended; `done` is in epochs."""
        if self.done == self.first:
            self.marks[0] = done, now
        elif done < self.first + 1:
            self._measure(done, now)
        self.done = done

    def epoch(self, done, now):
        """An epoch has ended."""
        if self.pace is None or done > self.first + 1:
            self._measure(done, now)
        if done == self.first + 1:
            self.marks.clear()
        self.marks.append((done, now))
        self.done = done

    def _measure(self, done, now):
        since, when = self.marks[0]
        if done > since:
            self.pace = (now - when) / (done - since)

    @property
    def left(self):
        """Seconds; None before there is anything to tell it from."""
        return None if self.pace is None else self.pace * (self.epochs - self.done)


def duration(seconds):
    """Seconds as a learner would say them.

    >>> duration(0.2), duration(75), duration(170), duration(5400)
    ('1 s', '75 s', '3 min', '1 h 30 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
