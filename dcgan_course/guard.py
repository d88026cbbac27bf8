"""What `GAN.fit` itself watches over: the speed, and that no number becomes NaN."""

import time

import keras
import numpy as np
from keras import ops

from .strategy import global_norm

METRICS = ("d_loss", "g_loss", "d_real", "d_fake", "d_norm", "d_norm_clipped", "g_norm", "g_norm_clipped")


def update(means, losses, logits, d_gradients, g_gradients):
    """Take one step's numbers into the epoch's means; `*_gradients` are pairs (before, after clipping)."""
    values = (
        *losses,
        *(ops.mean(ops.sigmoid(x)) for x in logits),
        *(global_norm(g) for g in (*d_gradients, *g_gradients)),
    )
    batch = ops.shape(logits[0])[0]  # so that a last, partial batch counts for what it holds
    for mean, value in zip(means.values(), values):
        mean.update_state(value, sample_weight=batch)
    return {name: mean.result() for name, mean in means.items()}


class Watch(keras.callbacks.Callback):
    """Adds `images_per_second` to the logs; stops on a loss that is not finite; `restore` puts the last good state back."""

    kept = None  # nothing yet to put back

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
        logs["images_per_second"] = float(ops.convert_to_numpy(self.model._means["d_loss"].count)) / (
            time.perf_counter() - self.started
        )
        self._keep()

    def _check(self, logs):
        self.checked = time.perf_counter()
        bad = [name for name in METRICS if not np.isfinite(float(logs[name]))]
        if bad:
            raise FloatingPointError(
                f"Training stopped in epoch {self.epoch + 1}: {', '.join(bad)} not finite. The weights and optimizers are "
                f"those of the end of epoch {self.epoch}. Lower learning_rate, or clip both networks: "
                'Strategy(…, global_clip_norm=1.0, clip="both").'
            )

    def restore(self):
        """Put the weights, optimizers and random state of the last epoch's end back."""
        for variable, value in self.kept:
            variable.assign(value)

    def _keep(self):
        self.kept = [(v, ops.convert_to_numpy(v).copy()) for v in self.model.state]
