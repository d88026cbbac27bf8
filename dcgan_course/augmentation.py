"""Augmentation of what the discriminator sees, so that it cannot learn few pictures by heart (Zhao et al. 2020).

A real image and its fake get the same random transforms, and gradients flow through them to the generator. As the
discriminator never sees an image without them, the generator gains nothing by imitating them.
"""

import keras
from keras import ops

SHIFT, CUT = 1 / 8, 1 / 2  # of a side: the farthest translation, and the side of the square that is cut out
IMAGES = 50_000  # an adaptive probability takes this many images at least from 0 to 1


def names(text):
    """The transforms that "translate,colour" names, a tuple; ValueError for an unknown one."""
    found = tuple(name.strip() for name in text.split(",")) if isinstance(text, str) else ()
    if not found or not set(found) <= set(TRANSFORMS):
        raise ValueError(
            f"augment must be None, or name transforms with commas between them: {', '.join(TRANSFORMS)}. "
            f"Received: augment={text!r}."
        )
    return found


def draw(text, n, seed, probability=1.0):
    """Random transforms for `n` images.

    Args:
        text: their names, as for `Strategy(augment=…)`.
        n: int, number of images.
        seed: `keras.random.SeedGenerator`.
        probability: scalar, how likely each image undergoes each of them; else it stays as it is.

    Returns:
        `{name: tensor (n, k)}`, what `apply` takes.
    """
    drawn = {}
    for name in names(text):
        _, strongest, weakest = TRANSFORMS[name]
        chance = keras.random.uniform((n, len(weakest)), seed=seed)
        numbers = ops.convert_to_tensor(strongest[0]) + chance * ops.convert_to_tensor(strongest[1])
        kept = keras.random.uniform((n, 1), seed=seed) < probability
        drawn[name] = ops.where(kept, numbers, ops.convert_to_tensor(weakest))
    return drawn


def apply(images, drawn):
    """Images `(n, H, W, C)` after the transforms that `draw` drew; of the same shape, possibly outside [-1, 1]."""
    for name, numbers in drawn.items():
        images = TRANSFORMS[name][0](images, ops.cast(numbers, images.dtype))
    return images


def _translate(images, shift):
    """Move by whole pixels, down and to the right; what comes in is grey (0)."""
    size = images.shape[1]
    place = ops.arange(size, dtype=images.dtype)
    moved = ops.round(shift * size)[:, :, None, None]  # (n, 2, 1, 1)
    comes_from = ops.cast(ops.equal(place[:, None] - place[None, :], moved), images.dtype)  # (n, 2, to, from)
    down = ops.matmul(comes_from[:, 0], ops.reshape(images, (-1, size, size * images.shape[3])))
    return ops.einsum("ntw,nhwc->nhtc", comes_from[:, 1], ops.reshape(down, ops.shape(images)))


def _colour(images, change):
    """Brightness is added; saturation and contrast multiply the distance to the pixel's and to the image's mean."""
    brightness, saturation, contrast = (change[:, None, None, i : i + 1] for i in range(3))
    images = images + brightness
    grey = ops.mean(images, axis=3, keepdims=True)
    images = grey + (images - grey) * saturation
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + (images - mean) * contrast


def _cutout(images, centre):
    """Make a square grey (0), wherever its centre lies in the image."""
    size = images.shape[1]
    place = (ops.arange(size, dtype=images.dtype) + 0.5) / size
    inside = ops.cast(ops.abs(place - centre[:, :, None]) < CUT / 2, images.dtype)  # (n, 2, size)
    return images * (1.0 - inside[:, 0, :, None, None] * inside[:, 1, None, :, None])


TRANSFORMS = {  # name: function, (least number, range of the numbers), numbers that change nothing
    "translate": (_translate, ([-SHIFT, -SHIFT], [2 * SHIFT, 2 * SHIFT]), [0.0, 0.0]),
    "colour": (_colour, ([-0.5, 0.0, 0.5], [1.0, 2.0, 1.0]), [0.0, 1.0, 1.0]),
    "cutout": (_cutout, ([0.0, 0.0], [1.0, 1.0]), [9.0, 9.0]),
}
