"""What `GAN.fit` itself watches over: the speed, and that no number becomes NaN."""

import time

import keras
import numpy as np
from keras import ops

METRICS = ("d_loss", "g_loss", "d_real", "d_fake", "d_norm", "d_norm_clipped", "g_norm", "g_norm_clipped")


class Watch(keras.callbacks.Callback):
    """Adds `images_per_second` to the logs; stops on a loss that is not finite and puts the last good weights back."""

    def on_train_begin(self, logs=None):
        self.kept = None
        self.checked = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        if self.kept is None:  # by now every callback has had its say in on_train_begin
            self._keep()
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
            for variable, value in self.kept:
                variable.assign(value)
            raise FloatingPointError(
                f"Training stopped in epoch {self.epoch + 1}: {', '.join(bad)} not finite. The weights and optimizers are "
                f"those of the end of epoch {self.epoch}. Lower learning_rate, or clip both networks: "
                'Strategy(…, global_clip_norm=1.0, clip="both").'
            )

    def _keep(self):
        gan = self.model
        variables = [*gan.variables, *gan.generator_optimizer.variables, *gan.discriminator_optimizer.variables]
        self.kept = [(v, ops.convert_to_numpy(v).copy()) for v in variables]
