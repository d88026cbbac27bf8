"""The latent explorer, on a generator that ships with the package."""

import ipywidgets
import numpy as np
from keras import ops
from PIL import Image

from ... import datasets, networks
from ...places import shipped
from ...sampling import slerp
from ...validate import whole_number
from .explorer import Explorer, blank

STEPS, CELL, LINE = 9, 92, 24  # images of a walk; pixels of one of them, and of a line of text


def trained_generator():
    """The generator that ships with the course: 32×32 digits, `tools/make_digits.py` made it (seed 0).

    Returns:
        `keras.Model`, latents `(B, 100)` → images `(B, 32, 32, 1)` in (-1, 1); directions `(4, 100)`, each one standard
        deviation of a principal component of its features long; the mean latent of each digit `(10, 100)`.
    """
    with np.load(shipped("models") / "digits.npz", allow_pickle=False) as file:
        weights = [file[name].astype("float32") for name in sorted(file.files) if name.startswith("weights")]
        directions, means = file["directions"], file["means"]
    width = weights[-2].shape[-1]  # the last kernel's input channels
    generator = networks.generator((32, 32, 1), latent_dim=len(weights[0]), width=width)
    generator.set_weights(weights)
    return generator, directions, means


class LatentExplorer(Explorer):
    """Walk through the latents of a trained generator, the nearest training image always beside the sample (chapter 00).

    The sliders move along directions in which its features vary most (Härkönen et al. 2020), "towards" goes to the mean
    latent of a digit, "walk" from this sample to another, whose stations the lower row shows.

    Args:
        seed: whole number, of the first latents. Another seed is a ValueError.
    """

    def __init__(self, seed=0):
        self.generator, self.directions, self.means = trained_generator()
        self.real = datasets.load("digits", size=32).images
        self.rows = self.real.reshape(len(self.real), -1)
        self.norms = np.sum(np.square(self.rows), axis=1)
        self.rng = np.random.default_rng(whole_number("seed", seed, least=0))
        self.start, self.end = self._new_ends()
        self.moves = [
            ipywidgets.FloatSlider(0.0, min=-3.0, max=3.0, step=0.1, description=f"direction {i + 1}")
            for i in range(len(self.directions))
        ]
        digits = [("no digit", -1), *((str(d), d) for d in range(10))]
        self.digit = ipywidgets.Dropdown(options=digits, description="towards")
        self.share = ipywidgets.FloatSlider(0.0, min=0.0, max=1.0, step=0.05, description="how far")
        self.walk = ipywidgets.FloatSlider(0.0, min=0.0, max=1.0, step=0.02, description="walk")
        self.another = ipywidgets.Button(description="another one", icon="refresh")
        self.another.on_click(self._another)
        super().__init__(
            [self.moves[:2], self.moves[2:], [self.digit, self.share], [self.walk, self.another]],
            "A generated digit, the nearest real one beside it, and a walk to another generated digit below.",
        )

    def latent(self, walk=None):
        """The latent `(100,)` that the controls stand for; `walk` in place of the slider's value."""
        t = self.walk.value if walk is None else walk
        z = slerp(self.start, self.end, [t])[0]
        z = z + sum(move.value * direction for move, direction in zip(self.moves, self.directions))
        if self.digit.value >= 0:
            mean = self.means[self.digit.value]
            target = mean * np.linalg.norm(z) / np.linalg.norm(mean)  # a latent's usual length
            z = slerp(z, target, [self.share.value])[0]
        return z.astype("float32")

    def nearest(self, image):
        """The training image with the least squared distance to an image `(32, 32, 1)`, and that distance's root."""
        row = image.reshape(-1)
        squares = self.norms - 2 * self.rows @ row + row @ row
        i = int(np.argmin(squares))
        return self.real[i], float(np.sqrt(max(squares[i], 0.0)))

    def draw(self):
        stations = [self.latent(t) for t in np.linspace(0, 1, STEPS)]
        images = ops.convert_to_numpy(self.generator(np.stack([self.latent(), *stations]), training=False))
        sample, walk = images[0], images[1:]
        neighbour, distance = self.nearest(sample)
        canvas, write = blank("L", STEPS * CELL, 4 * CELL + 2 * LINE)
        captions = ("sample", f"nearest training image, distance {distance:.1f}")
        for i, (image, caption) in enumerate(zip((sample, neighbour), captions)):
            left = i * (3 * CELL + LINE)
            write((left + 4, 4), caption)
            canvas.paste(_picture(image, 3 * CELL), (left, LINE))
        write((4, 3 * CELL + LINE + 4), "the walk, from its start (left) to its end (right)")
        for i, image in enumerate(walk):
            canvas.paste(_picture(image, CELL - 4), (i * CELL, 3 * CELL + 2 * LINE))
        return canvas

    def _another(self, button):
        self.start, self.end = self._new_ends()
        self.refresh()

    def _new_ends(self):
        return self.rng.standard_normal((2, self.generator.input_shape[1]))


def _picture(image, side):
    return Image.fromarray(datasets.to_uint8(image[None])[0, ..., 0]).resize((side, side), Image.BICUBIC)
