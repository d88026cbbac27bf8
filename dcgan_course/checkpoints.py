"""The files of `callbacks.Checkpoint`: everything that training changes, written whole or not at all, and taken up again."""

import itertools
import json
import math
import pathlib
import warnings

import numpy as np
from keras import ops

from . import places

HISTORY = 2**26  # bytes for the history and the names, far more than they need


def filename(epoch):
    """The file of the checkpoint after so many epochs."""
    return f"epoch-{epoch:06d}.npz"


def files(folder):
    """The checkpoints in a folder, newest first."""
    return sorted(pathlib.Path(folder).glob("epoch-*.npz"), reverse=True)


def write(path, gan, epoch, history):
    """Write one checkpoint of a compiled GAN to a `Path`, whole or not at all.

    `epoch` is how many are done, `history` their numbers `{metric: list}`. An OSError says which ones are still there.
    """
    values = [ops.convert_to_numpy(v) for v in gan.state]
    about = {"epoch": epoch, "history": history, "strategy": gan.strategy.get_config(), "loss": _loss_name(gan)}
    try:
        with places.whole(path) as draft, open(draft, "wb") as file:
            np.savez(file, *values, about=json.dumps(about))
    except OSError as error:
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
        dict: `epoch`, how many are done; `history`, their numbers; `folder`, the path. None where there is no checkpoint.

    Raises:
        ValueError: there are checkpoints, but none is sound; `gan` is unchanged.
    """
    paths = files(folder)
    for path in paths:
        try:
            about, values = _read(path, gan)
        except ValueError as error:
            warnings.warn(str(error), stacklevel=3)
            continue
        for variable, value in zip(gan.state, values):
            variable.assign(value)
        return {"epoch": about["epoch"], "history": about["history"], "folder": path.parent.resolve()}
    if paths:
        raise ValueError(
            f"None of the {len(paths)} checkpoints in {folder} can be used; the warnings say why. Build the GAN as it was, "
            "or take another folder to begin anew."
        )
    return None


def _read(path, gan):
    try:
        most = 8 * sum(math.prod(v.shape) for v in gan.state) + HISTORY
        with places.open_regular(path, most) as opened, np.load(opened, allow_pickle=False) as file:
            if sum(member.file_size for member in file.zip.infolist()) > most:
                raise ValueError("it unpacks to more than such a checkpoint can hold")
            about = json.loads(str(file["about"]))
            values = [file[f"arr_{i}"] for i in range(len(file.files) - 1)]
            shapes, strategy, _ = [list(v.shape) for v in values], dict(about["strategy"]), dict(about["history"])
            if int(about["epoch"]) < 1 or not all(np.isfinite(v).all() for v in values):
                raise ValueError("it holds numbers that are not finite, or no epoch")
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
    theirs, ours = about.get("loss", _loss_name(gan)), _loss_name(gan)  # files of earlier versions name none
    if theirs != ours:
        warnings.warn(f"{path.name} was trained with another loss: {theirs}. It goes on with {ours}.", stacklevel=4)
    return about, values


def _shapes(gan):
    """The shapes of everything that is kept, which tell one GAN from another; names count on within a session."""
    return [list(v.shape) for v in gan.state]


def _loss_name(gan):
    return getattr(gan.loss, "__name__", type(gan.loss).__name__)
