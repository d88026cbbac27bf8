"""What every `GAN.fit` has: the base class of the course's callbacks, and the guard that no number becomes NaN."""

import time

import keras
import numpy as np
from keras import ops

from .metrics import NAMES


class Callback(keras.callbacks.Callback):
    """A Keras callback that is also told when training stops early."""

    shows_progress = False  # whether it shows how far training is; `GAN.fit` then leaves Keras' own progress bar out
    beside = ()  # all of the course's callbacks in the same `fit`

    def on_fit_end(self):
        """Called last of all, however `fit` ends, when no other callback looks at the model any more."""

    def on_train_interrupted(self, error):
        """Called instead of `on_train_end` where `error`, any exception, ends `fit`; it is raised again afterwards."""


class NaNGuard(Callback):
    """Stops on a number that is not finite and puts the last good epoch back.

    It adds `images_per_second` to the logs, and the earlier epochs of a resumed run to the history.
    """

    def __init__(self):
        super().__init__()
        self.kept = None  # pairs (variable, its value) of the last good epoch's end

    def on_train_begin(self, logs=None):
        self.checked = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        if self.kept is None:  # by now every callback has had its say in on_train_begin
            self._keep()
            past = self.model.resumed
            if past and past["epoch"] == epoch:  # the history goes on, too
                self.model.history.history.update({name: list(values) for name, values in past["history"].items()})
                self.model.history.epoch.extend(range(epoch))
        self.epoch, self.started = epoch, time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if time.perf_counter() - self.checked > 1.0:  # reading a loss waits for the device, so not at every batch
            self._check(logs)

    def on_epoch_end(self, epoch, logs=None):
        self._check(logs)
        images = float(ops.convert_to_numpy(self.model.means["d_loss"].count))
        logs["images_per_second"] = images / (time.perf_counter() - self.started)
        self._keep()

    def restore(self):
        """Put the weights, optimizers and random state of the last good epoch's end back, if there is one yet."""
        for variable, value in self.kept or ():
            variable.assign(value)

    def _check(self, logs):
        self.checked = time.perf_counter()
        bad = [name for name in NAMES if not np.isfinite(float(logs[name]))]
        if bad:
            raise FloatingPointError(
                f"Training stopped in epoch {self.epoch + 1}: {', '.join(bad)} not finite. The weights and optimizers are "
                f"those of the end of epoch {self.epoch}. Lower learning_rate, or clip both networks: "
                'Strategy(…, global_clip_norm=1.0, clip="both").'
            )

    def _keep(self):
        self.kept = [(v, ops.convert_to_numpy(v).copy()) for v in self.model.state]
