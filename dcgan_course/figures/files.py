"""Images that leave the notebook: PNG files, and animated GIFs."""

import base64
import io
import os
import pathlib

import numpy as np

from ..datasets import check_images, to_uint8
from ..places import whole
from ..validate import whole_number
from .drawing import check_snapshots, mosaic_of

LIMIT = 1_000_000  # bytes of an animation: a notebook must hold it
GREYS, COLOURS = 32, 64  # in an animation: enough for the eye, and a third of the file
LEAST, MOST, CAPTION = 480, 720, 18  # pixels: how wide an animation shows; the height of the line above


def save_images(images, path, scale=1, columns=None):
    """Save images as one picture, `"grid.png"`, or each as a file of its own in a folder, `"samples/"`.

    Args:
        images: `(n, H, W, C)` in [-1, 1].
        path: `str` or `Path`. One that ends in .png is a picture; one that ends in / or has no suffix is a folder, in
            which the files are 0000.png, 0001.png and so on. What has the same name is replaced, the rest stays.
        scale: int, pixels of the picture per pixel of an image.
        columns: int, images in a row of the grid; None for about two to one.

    Returns:
        The `Path` of the picture or of the folder.

    Raises:
        ValueError: images out of range, another kind of file, or a number that is none. Nothing has been written then.

    Example:
        >>> save_images(digits.images[:12], "digits.png", scale=2).name
        'digits.png'
        >>> sorted(file.name for file in save_images(digits.images[:2], "digits/").iterdir())
        ['0000.png', '0001.png']
    """
    images, scale = check_images(images), whole_number("scale", scale)
    columns = columns if columns is None else whole_number("columns", columns)
    target = pathlib.Path(path).expanduser()
    if str(path).endswith(("/", os.sep)) or not target.suffix or target.is_dir():
        pictures = {
            target / f"{i:04}.png": image.squeeze(-1) if image.shape[-1] == 1 else image for i, image in enumerate(images)
        }
    elif target.suffix.lower() == ".png":
        pictures = {target: mosaic_of(images, columns)[0]}
    else:
        raise ValueError(f'Images are saved as "grid.png", or in a folder, "samples/". Received: path={str(path)!r}.')
    for file, pixels in pictures.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as draft:
            _enlarged(pixels, scale).save(draft, "PNG")
    return target


def animation(frames, path=None, scale=None, milliseconds=150):
    """Samples over time, or a walk through the latents, as an animated GIF that a notebook shows.

    Args:
        frames: dict `{epoch: images (n, H, W, C)}`, as `LiveView.snapshots` keeps it; or images `(n, H, W, C)` in [-1, 1],
            one per frame.
        path: `str` or `Path` ending in .gif, where to write it as well.
        scale: int, pixels of the GIF per pixel of an image. None: the most, up to 4, with which the file has at most 1 MB
            and room in a notebook; if none has, only every second or fourth frame is kept.
        milliseconds: int of at least 20, how long a frame stays; the last one stays for ten times as long.

    Returns:
        `Animation`, which shows itself in a notebook; its bytes are `.data`.

    Raises:
        ValueError: no frames, images out of range, another kind of file, or a number that is none.

    Example:
        >>> from dcgan_course.sampling import slerp
        >>> animation(gan.generate(slerp(*gan.latents(2, seed=1), 8)))
        An animation of 8 frames...
    """
    check_snapshots(frames)
    scale = scale if scale is None else whole_number("scale", scale)
    milliseconds = whole_number("milliseconds", milliseconds, least=20)
    if path is not None and pathlib.Path(path).suffix.lower() != ".gif":
        raise ValueError(f'An animation is saved as "name.gif". Received: path={str(path)!r}.')
    if isinstance(frames, dict):
        images = {f"epoch {epoch}": mosaic_of(check_images(x), None)[0] for epoch, x in frames.items()}
        captions, mosaics = list(images), list(images.values())
    else:
        mosaics = [mosaic_of(image[None], 1)[0] for image in check_images(frames)]
        captions = len(mosaics) * [None]
    fits = min(4, max(1, MOST // mosaics[0].shape[1]))
    scales = range(fits, 0, -1) if scale is None else (scale,)
    for zoom, stride in [(zoom, 1) for zoom in scales] + [(scales[-1], 2), (scales[-1], 4)]:
        kept = range(len(mosaics))[::-stride][::-1]  # the last frame always
        pictures = [_frame(mosaics[i], captions[i], zoom) for i in kept]
        data = _gif(pictures, milliseconds)
        if len(data) <= LIMIT:
            break
    result = Animation(data, len(pictures), pictures[0].width)
    return result if path is None else result.save(path)


class Animation:
    """An animated GIF that a notebook shows; `data` are its bytes.

    Example:
        >>> moving = animation(digits.images[:3])
        >>> moving.save("digits.gif")
        An animation of 3 frames...
    """

    def __init__(self, data, frames, width):
        self.data, self.frames, self.width = data, frames, width

    def save(self, path):
        """Write it to a `Path` or `str`; returns itself, so that a cell shows what it saved."""
        with whole(pathlib.Path(path).expanduser()) as draft:
            draft.write_bytes(self.data)
        return self

    def __repr__(self):
        return f"An animation of {self.frames} frames, {len(self.data) / 1000:,.0f} kB"

    def _repr_html_(self):
        width = self.width * max(1, round(LEAST / self.width))
        style = f"width: {width}px; max-width: 100%; image-rendering: pixelated"
        picture = base64.b64encode(self.data).decode()
        return f'<img src="data:image/gif;base64,{picture}" alt="{self!r}" style="{style}">'


def _enlarged(pixels, scale):
    """A Pillow image of pixels in [-1, 1], `(H, W)` or `(H, W, 3)`, each of them `scale` pixels wide."""
    from PIL import Image

    picture = Image.fromarray(to_uint8(pixels))
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def _frame(mosaic, caption, scale):
    """A frame of an animation, its caption in a line above."""
    from PIL import Image, ImageDraw

    picture = _enlarged(mosaic, scale)
    if caption is None:
        return picture
    frame = Image.new(picture.mode, (picture.width, picture.height + CAPTION), "white")
    frame.paste(picture, (0, CAPTION))
    ImageDraw.Draw(frame).text((4, 2), caption, fill="black")
    return frame


def _gif(frames, milliseconds):
    """The bytes of a GIF whose frames share one palette."""
    from PIL import Image

    together = Image.fromarray(np.concatenate([np.asarray(frame) for frame in frames]))
    colours = GREYS if together.mode == "L" else COLOURS
    palette = together.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    frames = [frame.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [milliseconds] * (len(frames) - 1) + [10 * milliseconds]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return out.getvalue()
