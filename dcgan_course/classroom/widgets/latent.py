"""The latent explorer, on the generators that ship with the package."""

import ipywidgets
import numpy as np
from PIL import Image

from ... import datasets
from ...relatives import trained
from ...sampling import slerp
from ...validate import whole_number
from .explorer import Explorer, blank

STEPS, CELL, LINE = 9, 92, 24  # images of a walk; pixels of one of them, and of a line of text


class LatentExplorer(Explorer):
    """Walk through the latents of a trained generator, the nearest training image always beside the sample (chapter 00).

    The sliders move along directions in which its features vary most (Härkönen et al. 2020), "towards" goes to the mean
    latent of a class, "walk" from this sample to another, whose stations the lower row shows, and "truncation" takes all of
    them nearer to the middle, as Karras et al. 2019 do. A generator of classes makes the class that "class" names.

    Args:
        model: "digits", "fashion" or "people", which the menu changes. Another one is a ValueError.
        seed: whole number, of the first latents. Another seed is a ValueError.
    """

    def __init__(self, model="digits", seed=0):
        self.rng = np.random.default_rng(whole_number("seed", seed, least=0))
        self.menu = ipywidgets.Dropdown(options=trained.NAMES, description="model")
        self.moves = [
            ipywidgets.FloatSlider(0.0, min=-3.0, max=3.0, step=0.1, description=f"direction {i + 1}") for i in range(4)
        ]
        self.digit = ipywidgets.Dropdown(description="towards")
        self.share = ipywidgets.FloatSlider(0.0, min=0.0, max=1.0, step=0.05, description="how far")
        self.walk = ipywidgets.FloatSlider(0.0, min=0.0, max=1.0, step=0.02, description="walk")
        self.truncation = ipywidgets.FloatSlider(1.0, min=0.3, max=1.0, step=0.05, description="truncation")
        self.another = ipywidgets.Button(description="another one", icon="refresh")
        self.another.on_click(self._another)
        self._load(model)
        super().__init__(
            [
                self.moves[:2],
                self.moves[2:],
                [self.digit, self.share],
                [self.walk, self.truncation],
                [self.another, self.menu],
            ],
            "A generated image, the nearest real one beside it, and a walk to another generated image below.",
        )

    def _load(self, name):
        self.loading = True  # the menu of classes changes with the model
        self.model = trained.load_generator(name)
        self.directions, self.means, self.of_class = self.model.directions, self.model.means, self.model.classes is not None
        self.real = datasets.load(name, size=self.model.image_shape[0]).images
        self.rows = self.real.reshape(len(self.real), -1)
        self.norms = np.sum(np.square(self.rows), axis=1)
        self.start, self.end = self._new_ends()
        self.menu.value = name
        classes = [(name, number) for number, name in enumerate(self.model.class_names)]
        nowhere = [] if self.of_class else [("nowhere", -1)]
        self.digit.options = nowhere + classes
        self.digit.value = self.digit.options[0][1]
        self.digit.description = "class" if self.of_class else "towards"
        self.share.disabled = self.of_class
        self.loading = False

    def latent(self, walk=None):
        """The latent `(latent_dim,)` that the controls stand for; `walk` in place of the slider's value."""
        t = self.walk.value if walk is None else walk
        z = slerp(self.start, self.end, [t])[0]
        z = z + sum(move.value * direction for move, direction in zip(self.moves, self.directions))
        if self.digit.value >= 0 and not self.of_class:
            mean = self.means[self.digit.value]
            target = mean * np.linalg.norm(z) / np.linalg.norm(mean)  # a latent's usual length
            z = slerp(z, target, [self.share.value])[0]
        return (self.truncation.value * z).astype("float32")

    def images(self, latents):
        """What the model makes of latents `(n, latent_dim)`, of the class that is chosen if it knows of classes."""
        return self.model.generate(latents, label=self.digit.value if self.of_class else None)

    def nearest(self, image):
        """The training image with the least squared distance to an image `(H, W, C)`, and that distance's root."""
        row = image.reshape(-1)
        squares = self.norms - 2 * self.rows @ row + row @ row
        i = int(np.argmin(squares))
        return self.real[i], float(np.sqrt(max(squares[i], 0.0)))

    def draw(self):
        stations = [self.latent(t) for t in np.linspace(0, 1, STEPS)]
        sample, *walk = self.images(np.stack([self.latent(), *stations]))
        neighbour, distance = self.nearest(sample)
        canvas, write = blank("RGB" if sample.shape[-1] == 3 else "L", STEPS * CELL, 4 * CELL + 2 * LINE)
        captions = ("sample", f"nearest training image, distance {distance:.1f}")
        for i, (image, caption) in enumerate(zip((sample, neighbour), captions)):
            left = i * (3 * CELL + LINE)
            write((left + 4, 4), caption)
            canvas.paste(_picture(image, 3 * CELL), (left, LINE))
        write((4, 3 * CELL + LINE + 4), "the walk, from its start (left) to its end (right)")
        for i, image in enumerate(walk):
            canvas.paste(_picture(image, CELL - 4), (i * CELL, 3 * CELL + 2 * LINE))
        return canvas

    def _changed(self, change):
        if not self.loading:
            if change["owner"] is self.menu:
                self._load(change["new"])
            self.refresh()

    def _another(self, button):
        self.start, self.end = self._new_ends()
        self.refresh()

    def _new_ends(self):
        return self.rng.standard_normal((2, self.model.latent_dim))


def _picture(image, side):
    pixels = datasets.to_uint8(image)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).resize((side, side), Image.BICUBIC)
