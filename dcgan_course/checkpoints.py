"""Checkpoint and resume: a run that is stopped at any moment goes on as if it had not been."""

import itertools
import json
import os
import pathlib
import warnings

import keras
import numpy as np
from keras import ops

from . import backends


class Checkpoint(keras.callbacks.Callback):
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
        >>> start = gan.resume("runs/digits")  # 0 where there is nothing yet
        >>> gan.fit(digits.batches(64), epochs=60, initial_epoch=start, callbacks=[Checkpoint("runs/digits")])
    """

    def __init__(self, folder, every=1, keep=3):
        super().__init__()
        for name, value in (("every", every), ("keep", keep)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1. Received: {name}={value!r}.")
        self.folder, self.every, self.keep = pathlib.Path(folder), every, keep

    def on_train_begin(self, logs=None):
        self.writes = backends.load().is_first_process()  # of several that train together, one writes
        if not self.writes:
            return
        self.waiting = None  # an epoch that is not written yet, and the history up to it
        self.begun = False
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in self.folder.glob("*.part"):  # of a process that was killed
            part.unlink(missing_ok=True)

    def on_epoch_begin(self, epoch, logs=None):
        if not self.writes or self.begun:
            return
        self.begun = True
        past = self.model.resumed
        taken_up = past and (past["epoch"], past["folder"]) == (epoch, self.folder.resolve())
        later = [p.name for p in files(self.folder) if p.name > _name(epoch)]
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
        path = self.folder / _name(done)
        write(path, self.model, done, history)
        for old in [p for p in files(self.folder) if p.name <= path.name][self.keep :]:
            old.unlink(missing_ok=True)


def _name(epoch):
    return f"epoch-{epoch:06d}.npz"


def files(folder):
    """The checkpoints in a folder, newest first."""
    return sorted(pathlib.Path(folder).glob("epoch-*.npz"), reverse=True)


def write(path, gan, epoch, history):
    """Write one checkpoint, whole or not at all."""
    values = [ops.convert_to_numpy(v) for v in gan.state]
    about = {"epoch": epoch, "history": history, "shapes": _shapes(gan), "strategy": gan.strategy.get_config()}
    part = path.with_suffix(".part")
    try:
        with open(part, "wb") as file:
            np.savez(file, *values, about=json.dumps(about))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        left = ", ".join(p.name for p in files(path.parent)) or "none"
        raise OSError(
            error.errno,
            f"The checkpoint of epoch {epoch} could not be written ({error.strerror}). Checkpoints still there: {left}. "
            "Make room or choose another folder, then go on with gan.resume(folder).",
            str(path),
        ) from error


def resume(gan, folder):
    """Put the newest sound checkpoint of a folder into `gan`.

    A file that is damaged or of another GAN is named in a warning, and the one before it is taken.

    Returns:
        dict: `epoch`, how many are done, `history`, their numbers, and `folder`, the path; None where the folder holds no
            checkpoint.

    Raises:
        ValueError: there are checkpoints, but none is sound; `gan` is unchanged.
    """
    found = files(folder)
    for path in found:
        try:
            about, values = _read(path, gan)
        except ValueError as error:
            warnings.warn(str(error), stacklevel=3)
            continue
        for variable, value in zip(gan.state, values):
            variable.assign(value)
        return {"epoch": about["epoch"], "history": about["history"], "folder": path.parent.resolve()}
    if found:
        raise ValueError(
            f"None of the {len(found)} checkpoints in {folder} can be used; the warnings say why. Build the GAN as it was, "
            "or take another folder to begin anew."
        )
    return None


def _read(path, gan):
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            values = [file[f"arr_{i}"] for i in range(len(file.files) - 1)]
            shapes, strategy = about["shapes"], about["strategy"]
    except Exception as error:  # whatever a damaged file makes NumPy, zip and JSON say
        raise ValueError(f"Checkpoint {path.name} is damaged ({error}); trying the one before.") from error
    for i, (theirs, ours) in enumerate(itertools.zip_longest(shapes, _shapes(gan))):
        if theirs != ours:
            name = gan.state[i].path if ours else "nothing"
            raise ValueError(
                f"Checkpoint {path.name} is of a GAN with other networks or optimizers: where this GAN has {name} {ours}, "
                f"it has {theirs}; trying the one before."
            )
    changed = [f"{k}={strategy.get(k)!r}" for k, v in gan.strategy.get_config().items() if strategy.get(k) != v]
    if changed:
        warnings.warn(f"{path.name} was trained with another strategy: {', '.join(changed)}.", stacklevel=4)
    return about, values


def _shapes(gan):
    """The shapes of everything that is kept, which tell one GAN from another; names count on within a session."""
    return [list(v.shape) for v in gan.state]
