"""The generators that ship with the course, trained: `load_generator("people").sample(48)`."""

import keras
import numpy as np

from .. import networks
from ..latent_model import LatentModel
from ..places import shipped

NAMES = ("digits", "fashion", "people")


@keras.saving.register_keras_serializable("dcgan_course")
class TrainedGenerator(LatentModel):
    """A generator without the rest of its GAN: it makes images, and learns no more.

    Args:
        generator: `keras.Model`, latents `(B, latent_dim)`, with class numbers if it knows of classes, → images.
        class_names: list of str, the data set's classes.
        directions: numbers `(k, latent_dim)`, in which the features vary most, each one standard deviation long.
        means: numbers `(classes, latent_dim)`, mean latents of the samples read as each class; None for a model of classes.
    """

    def __init__(self, generator, class_names=(), directions=(), means=None, **kwargs):
        super().__init__(**kwargs)
        self.generator, self.class_names = generator, list(class_names)
        self.directions, self.means = np.asarray(directions), means
        self.classes = networks.classes_of(generator)
        self.seed_generator = keras.random.SeedGenerator(0)
        self.built = True

    @property
    def latent_dim(self):
        return self.generator.inputs[0].shape[-1]

    @property
    def image_shape(self):
        return self.generator.output_shape[1:]

    def decode(self, latents, labels=None):
        return self.generator(latents if labels is None else [latents, labels], training=False)


def load_generator(name="digits"):
    """A trained generator: "digits" (32×32), "fashion" (32×32, of ten classes) or "people" (64×64).

    `tools/make_digits.py` and `tools/make_generators.py` made them (seed 0).

    Returns:
        `TrainedGenerator`, with `sample`, `generate` and all else that a `LatentModel` has.

    Raises:
        ValueError: no such generator.

    Example:
        >>> load_generator("fashion").sample(5, seed=1, label=8).shape  # five bags
        (5, 32, 32, 1)
    """
    if name not in NAMES:
        raise ValueError(f"There are trained generators of {', '.join(NAMES)}. Received: {name!r}.")
    with np.load(shipped("models") / f"{name}.npz", allow_pickle=False) as file:
        weights = [file[key].astype("float32") for key in sorted(file.files) if key.startswith("weights")]
        extras = {key: file[key].tolist() for key in ("image_shape", "class_names") if key in file.files}
        directions, means = file["directions"], file["means"] if "means" in file.files else None
    classes = len(weights[0]) if means is None else None  # of a class: its embedding comes first
    generator = networks.generator(
        tuple(extras.get("image_shape", (32, 32, 1))),
        latent_dim=directions.shape[1],
        width=weights[-2].shape[-1],  # the last kernel's input channels
        classes=classes,
    )
    generator.set_weights(weights)
    return TrainedGenerator(generator, extras.get("class_names", [str(n) for n in range(10)]), directions, means)
