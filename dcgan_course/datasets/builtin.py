"""Data sets that need no network: digits, clothes, portraits, drawn shapes, stacked digits."""

import colorsys
import json

import numpy as np

from ..places import shipped
from ..validate import whole_number
from .images import ImageDataset, resize, to_float

DIGITS_SOURCE = "Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), as shipped with scikit-learn"
DIGITS_LICENCE = "CC BY 4.0"

COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "violet", "white")
SHAPES = ("disc", "ring", "half disc", "triangle", "square", "pentagon", "star", "cross", "diamond", "arrow", "ell", "bars")


def digits(size):
    """1,797 digits that people wrote, scanned at 32×32 in black and white, kept as 8×8 counts of ink from 0 to 16.

    Enlarged so that every block of the image holds the ink that was counted in it.
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = np.rint(_enlarge(data.images.astype("float32"), size) * (255 / 16)).astype("uint8")
    card = {"name": "digits", "source": DIGITS_SOURCE, "licence": DIGITS_LICENCE}
    return ImageDataset(to_float(pixels)[..., None], data.target, range(10), **card)


def _enlarge(counts, size, rounds=8):
    """Counts `(N, 8, 8)` in 0 … 16 → smooth images `(N, size, size)` whose blocks have nearly those means.

    Bicubic enlargement blurs the counts; back-projection (Irani & Peleg 1991) adds what each block lacks, enlarged
    the same way, a few times over. After 8 rounds a block is off by 0.1 of 16 on average.
    """
    if size == counts.shape[1]:
        return counts
    from PIL import Image

    bicubic = np.asarray(Image.fromarray(np.eye(8, dtype="float32")).resize((size, 8), Image.Resampling.BICUBIC))
    images = np.zeros((len(counts), size, size), "float32")
    step = size // 8
    for _ in range(1 + rounds):
        means = images.reshape(len(counts), 8, step, 8, step).mean(axis=(2, 4))
        images = np.clip(images + bicubic.T @ (counts - means) @ bicubic, 0, 16)
    return images


FASHION = {"name": "fashion", "source": "Xiao, Rasul & Vollgraf 2017, Fashion-MNIST (Zalando)", "licence": "MIT"}
FASHION_CLASSES = "T-shirt/top trouser pullover dress coat sandal shirt sneaker bag ankle-boot".split()


def fashion(size, split="train"):
    """6,000 pictures of clothes ("train"), or 2,000 others ("test"): 28×28 grey, with black around them 32×32."""
    if split not in ("train", "test"):
        raise ValueError(f'split must be "train" or "test". Received: split={split!r}.')
    part = slice(0, 600) if split == "train" else slice(600, 800)
    sheets = [_sheets(f"fashion/{number}.webp", 28)[part] for number in range(10)]
    pixels, labels = mixed(np.concatenate(sheets), np.repeat(np.arange(10), len(sheets[0])))
    return ImageDataset(to_float(framed(pixels, size))[..., None], labels, FASHION_CLASSES, **FASHION)


def mixed(pixels, labels):
    """Both in one random order, always the same: so the first thousand hold every class."""
    order = np.random.default_rng(0).permutation(len(labels))
    return pixels[order], labels[order]


def framed(pixels, size):
    """Pictures `(N, 28, 28)` with black around them, as large as asked: uint8 `(N, size, size)`."""
    return resize(np.pad(pixels, ((0, 0), (2, 2), (2, 2))), size)


def people(size):
    """930 portraits on white, 155 motifs in six skin tones. The label is the tone; `columns` names motif and kind."""
    names = json.loads((shipped("people") / "people.json").read_text())
    pixels, tones = _sheets("people/people.webp", 64), names["tones"]
    columns = {"motif": np.repeat(names["motifs"], len(tones)), "kind": np.repeat(names["kinds"], len(tones))}
    labels = np.arange(len(pixels)) % len(tones)
    card = {"name": "people", "source": "Microsoft, Fluent Emoji, as packed by LobeHub", "licence": "MIT"}
    return ImageDataset(to_float(resize(pixels, size)), labels, tones, **card, columns=columns)


def _sheets(name, side):
    """The pictures of a file whose frames hold them in rows: uint8 `(N, side, side)`, for people with 3 channels.

    A fashion sheet lies on its side, taller than wide, where that makes its file smaller.
    """
    from PIL import Image, ImageSequence

    folder, file = name.split("/")
    with Image.open(shipped(folder) / file) as image:
        frames = np.concatenate([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])
    if folder == "fashion":
        frames = frames[..., 0].T if len(frames) > frames.shape[1] else frames[..., 0]
    rows = frames.reshape(len(frames) // side, side, -1, side, *frames.shape[2:]).swapaxes(1, 2)
    return rows.reshape(-1, side, side, *frames.shape[2:])


def stacked_digits(size, seed=0, count=10_000):
    """Three random digits as the red, green and blue channel: 1,000 modes, label = 100 a + 10 b + c.

    The offline cousin of Stacked MNIST (Metz et al. 2017; Lin et al. 2018).
    """
    whole_number("count", count)
    single = digits(size)
    picks = np.random.default_rng(seed).integers(len(single), size=(count, 3))
    images = np.stack([single.images[picks[:, c], ..., 0] for c in range(3)], axis=-1)
    names = [f"{n:03d}" for n in range(1000)]
    source = f"made by dcgan_course (seed {seed}) from: {DIGITS_SOURCE}"
    card = {"name": "stacked_digits", "source": source, "licence": DIGITS_LICENCE}
    return ImageDataset(images, single.labels[picks] @ (100, 10, 1), names, **card, channel_classes=10)


def shapes(size, seed=0, count=4_800):
    """Drawn shapes, each at a random place, size and small turn: 12 shapes × 8 colours = 96 modes.

    Label = 8 × shape + colour. Every mode has `count / 96` images, give or take one.
    """
    whole_number("count", count)
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % (len(SHAPES) * len(COLOURS)))
    pixels = np.stack([_draw(SHAPES[n // len(COLOURS)], COLOURS[n % len(COLOURS)], size, rng) for n in labels])
    names = [f"{colour} {shape}" for shape in SHAPES for colour in COLOURS]
    source = f"drawn by dcgan_course (seed {seed})"
    return ImageDataset(to_float(pixels), labels, names, name="shapes", source=source, licence="CC0")


def _draw(shape, colour, size, rng, oversample=4):
    """One shape on black, uint8 `(size, size, 3)`; drawn larger and averaged down for smooth edges."""
    from PIL import Image, ImageDraw

    side = size * oversample
    radius = side * rng.uniform(0.26, 0.38)
    centre = rng.uniform(radius, side - radius, size=2)
    turn = np.radians(rng.uniform(-12, 12))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def place(points):
        return [tuple(p) for p in centre + radius * np.asarray(points) @ rotation.T]

    image = Image.new("RGB", (side, side))
    draw, ink = ImageDraw.Draw(image), _ink(colour)
    for outline in _outlines(shape):
        draw.polygon(place(outline), fill=ink)
    if shape == "ring":
        draw.polygon(place(0.55 * _arc()), fill="black")
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def _ink(colour):
    if colour == "white":
        return (255, 255, 255)
    hue = {"red": 0, "orange": 30, "yellow": 58, "green": 120, "cyan": 180, "blue": 225, "violet": 285}[colour]
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb(hue / 360, 0.9, 1.0))


def _arc(start=0, stop=360, points=48, radius=1.0):
    """Points on a circle, degrees clockwise from the top, `(points, 2)` as (x, y) with y down."""
    angle = np.radians(np.linspace(start, stop, points))
    return radius * np.stack([np.sin(angle), -np.cos(angle)], axis=-1)


def _outlines(shape):
    """The polygons that make a shape, inside the unit circle."""
    if shape in ("disc", "ring"):
        return [_arc()]
    if shape == "star":
        outer, inner = _arc(0, 288, 5), _arc(36, 324, 5, radius=0.42)
        return [np.stack([outer, inner], axis=1).reshape(10, 2)]
    return {
        "half disc": [_arc(-90, 90) + (0, 0.4)],
        "triangle": [_arc(0, 240, 3)],
        "square": [_arc(45, 315, 4)],
        "diamond": [_arc(0, 270, 4) * (0.65, 1)],
        "pentagon": [_arc(0, 288, 5)],
        "cross": [_box(-0.95, -0.28, 0.95, 0.28), _box(-0.28, -0.95, 0.28, 0.95)],
        "arrow": [_arc(0, 240, 3) * (0.9, 0.7) + (0, -0.3), _box(-0.22, 0, 0.22, 0.95)],
        "ell": [_box(-0.65, -0.9, -0.15, 0.9), _box(-0.65, 0.4, 0.75, 0.9)],
        "bars": [_box(-0.8, -0.75, 0.8, -0.25), _box(-0.8, 0.25, 0.8, 0.75)],
    }[shape]


def _box(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
