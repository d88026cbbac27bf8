"""A folder of anybody's pictures → ImageDataset."""

import os
import pathlib
import warnings

import numpy as np

from ..places import open_regular
from .images import ImageDataset, to_float

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MAX_PIXELS = 64_000_000  # a picture that claims more is refused unread: it may be a decompression bomb
MAX_BYTES = 250_000_000  # so is a larger file: 64 million pixels of three bytes are 192 MB
FEW = 50  # fewer pictures are hardly a set to learn from


def folder(path, size, channels=None):
    """Read every picture below `path`: square, `size` pixels wide, grey or RGB.

    Pictures are turned upright (EXIF), put on white where they are transparent, cropped to the middle square and
    resized with a Lanczos filter. Of an animation the first frame counts. If `path` holds folders, each is a class.

    `channels` is 1 (grey), 3 (RGB), or None: 1 if no picture has colour, else 3.

    Raises:
        FileNotFoundError: no such folder. NotADirectoryError: it is a file.
        ValueError: no picture in it can be used.
    """
    path = pathlib.Path(os.path.expanduser(path))
    if not path.exists():
        raise FileNotFoundError(
            f"There is no folder {str(path)!r}. Check the path; it counts from {pathlib.Path.cwd().name!r}."
        )
    if not path.is_dir():
        raise NotADirectoryError(f"{str(path)!r} is a file; a folder of pictures is needed.")
    if channels not in (None, 1, 3):
        raise ValueError(f"channels must be 1 (grey), 3 (RGB) or None (as the pictures are). Received: {channels!r}.")

    read, skipped = {}, {}
    for file in _files(path, skipped):
        try:
            read[file.relative_to(path)] = _read(file, size)
        except Exception as error:  # Pillow raises many kinds for broken files; each is a file to name and skip
            skipped[str(file.relative_to(path))] = _reason(error)
    in_class_folders = any(len(file.parts) > 1 for file in read)
    for file in [f for f in read if in_class_folders and len(f.parts) == 1]:
        skipped[str(file)] = "lies beside the class folders, not in one"
        del read[file]
    _report(path, skipped, len(read))

    classes = [file.parts[0] for file in read]
    pixels = np.stack(list(read.values()))
    if channels == 1 or (channels is None and (pixels == pixels[..., :1]).all()):
        pixels = np.rint(pixels @ (0.299, 0.587, 0.114))[..., None]  # ITU-R BT.601 luma, as in Pillow
    names = sorted(set(classes)) if in_class_folders else None
    labels = [names.index(c) for c in classes] if names else None
    name = path.resolve().name
    return ImageDataset(to_float(pixels), labels, names, name=name, source="your own pictures", licence="yours")


def _files(path, skipped):
    """Every file below `path` that is not hidden, in order; links to folders are followed, but never in a circle."""

    def failed(error):
        skipped[os.path.relpath(error.filename, path)] = f"cannot be opened: {error.strerror}"

    pictures, seen = [], set()
    for folder, subfolders, names in os.walk(path, followlinks=True, onerror=failed):
        real = os.path.realpath(folder)
        subfolders[:] = [] if real in seen else [s for s in subfolders if not s.startswith(".")]
        pictures += [] if real in seen else [pathlib.Path(folder, n) for n in names if not n.startswith(".")]
        seen.add(real)
    return sorted(pictures)


def _read(file, size):
    """One picture as uint8 RGB `(size, size, 3)`."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own size warning: the check below is stricter
        with open_regular(file, MAX_BYTES) as opened, Image.open(opened, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ValueError(f"claims {width} × {height} pixels, refused as a possible decompression bomb")
            if min(width, height) < size:
                raise ValueError(f"too small: {width} × {height}, at least {size} × {size} is needed")
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith(("I", "F")):  # 16 bits a pixel: convert() would clip it to white
                image = Image.fromarray((np.asarray(image, "float64") / 257).clip(0, 255).astype("uint8"))
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return np.asarray(ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.LANCZOS))


def _reason(error):
    from PIL import Image, UnidentifiedImageError

    bomb = isinstance(error, Image.DecompressionBombError)
    words = "refused as a possible decompression bomb" if bomb else str(error)
    return "not a readable " + ", ".join(FORMATS) if isinstance(error, UnidentifiedImageError) else words


def _report(path, skipped, used):
    lines = [f"  {name}: {reason}" for name, reason in list(skipped.items())[:10]]
    if len(skipped) > 10:
        lines.append(f"  … and {len(skipped) - 10} more")
    if not used:
        detail = "it is empty" if not skipped else "none of its files can be used:\n" + "\n".join(lines)
        raise ValueError(f"No picture found in {str(path)!r}: {detail}\nPut PNG, JPEG, GIF or WebP pictures there.")
    if skipped:
        warnings.warn(
            f"{len(skipped)} of {len(skipped) + used} files in {str(path)!r} skipped:\n" + "\n".join(lines), stacklevel=4
        )
    if used < FEW:
        warnings.warn(
            f"{str(path)!r} holds fewer than {FEW} pictures that can be used: {used}. A GAN learns so few by heart. "
            'Strategy.recipe(augment="translate,colour,cutout") helps a little; a few hundred pictures help more.',
            stacklevel=4,
        )
