"""Checkpoint: a run that is stopped at any moment goes on as if it had not been. The files are those of `checkpoints`."""

import pathlib

from .. import backends, checkpoints, places
from ..guard import Callback
from ..validate import whole_number


class Checkpoint(Callback):
    """Keeps everything that training changes in a folder, at the end of epochs; `gan.resume(folder)` takes it up again.

    A file appears whole or not at all, also when the process is killed while it is written.
    `LiveView`'s fixed latents come from its seed and need no keeping. Random numbers that a custom loss draws outside the
    GAN (NumPy's, Keras' global ones) are not part of a checkpoint.

    Args:
        folder: where to; made if it is not there. On Colab, a folder of Drive outlives the machine.
        every: epochs between two checkpoints; the last epoch of a `fit` is kept, too, also where it was stopped early.
        keep: how many of the newest stay.

    Raises:
        ValueError: `every` or `keep` is no whole number of at least 1; or the folder holds later epochs than the one that
            training begins with, of a run that was not taken up.
        OSError: a checkpoint could not be written (a full disk, say); the earlier ones are still there.

    Example:
        >>> start = gan.resume("digits run")  # 0 where there is nothing yet
        >>> kept = Checkpoint("digits run")
        >>> history = gan.fit(digits.batches(300), epochs=2, initial_epoch=start, callbacks=[kept], verbose=0)
        >>> gan.resume("digits run")
        2
    """

    def __init__(self, folder, every=1, keep=3):
        super().__init__()
        self.folder, self.every, self.keep = pathlib.Path(folder), whole_number("every", every), whole_number("keep", keep)

    def on_train_begin(self, logs=None):
        self.writes = backends.is_first_process()  # of several that train together, one writes
        if not self.writes:
            return
        self.waiting = None  # an epoch that is not written yet, and the history up to it
        self.begun = False
        self.folder.mkdir(parents=True, exist_ok=True)
        places.remove_drafts(self.folder)  # of a process that was killed

    def on_epoch_begin(self, epoch, logs=None):
        if not self.writes or self.begun:
            return
        self.begun = True
        past = self.model.resumed
        taken_up = past and (past["epoch"], past["folder"]) == (epoch, self.folder.resolve())
        later = [p.name for p in checkpoints.files(self.folder) if p.name > checkpoints.filename(epoch)]
        if later and not taken_up:  # they would pass for this run's newest
            raise ValueError(
                f"{self.folder} holds checkpoints of another run up to {later[0]}, and this one begins after epoch {epoch}. "
                "Take that one up (start = gan.resume(folder), then fit with initial_epoch=start), or choose another folder."
            )

    def on_epoch_end(self, epoch, logs=None):
        if not self.writes:
            return
        past = self.model.history.history  # Keras adds this epoch's numbers after this call
        history = {name: [*past.get(name, []), float(value)] for name, value in logs.items()}
        self.waiting = epoch + 1, history
        if (epoch + 1) % self.every == 0:
            self._write()

    def on_train_end(self, logs=None):
        if self.writes and self.waiting:
            self._write()

    def _write(self):
        (done, history), self.waiting = self.waiting, None
        path = self.folder / checkpoints.filename(done)
        checkpoints.write(path, self.model, done, history)
        for old in [p for p in checkpoints.files(self.folder) if p.name <= path.name][self.keep :]:
            old.unlink(missing_ok=True)
