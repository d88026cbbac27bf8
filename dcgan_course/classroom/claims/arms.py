"""The arms: models on the digits at 16×16 with the course's recipe at width 16, or differing from it in one thing."""

import dataclasses
import functools
import time
from collections.abc import Callable

import keras
import numpy as np

from ... import datasets, evaluation, losses, networks, relatives
from ...gan import GAN
from ...strategy import Strategy
from .changes import bare_difference, widening, with_normalised_output, with_relu, without_norm_he

SIZE, WIDTH, BATCH, EPOCHS = 16, 16, 64, 80
SAMPLES = 1797


@functools.cache
def digits():
    """The digits at 16×16, an `ImageDataset`."""
    return datasets.load("digits", SIZE)


@functools.cache
def reference():
    """What the scores compare with: the digits' `evaluation.Classifier`, and its features of them, float32 `(1797, 64)`."""
    classifier = evaluation.classifier(digits())
    return classifier, classifier.features(digits().images)


def frechet(images):
    """Fréchet distance of images float32 `(n, 16, 16, 1)` to all digits, in the classifier's features."""
    classifier, real = reference()
    return evaluation.frechet_distance(real, classifier.features(images))


def with_widening_filters(generator):
    """Half as many filters at 4×4, twice as many at 8×8: about the same multiply-adds as the recipe's."""
    return widening(generator, WIDTH)


def dcgan(arm, seed):
    """The recipe's networks, or what the arm makes of them, as a `GAN`; like the next two, not yet compiled."""
    generator = networks.generator(digits().image_shape, arm.latent_dim, WIDTH)
    discriminator = networks.discriminator(digits().image_shape, WIDTH)
    changes = ((arm.generator, generator), (arm.discriminator, discriminator))
    return GAN(*(change(network) if change else network for change, network in changes), seed=seed)


def dense_gan(arm, seed):
    """A `GAN` of dense networks, as large as the DCGAN's."""
    return relatives.dense_gan(digits().image_shape, like=dcgan(arm, seed), seed=seed)


def vae(arm, seed):
    """A `relatives.VAE` whose decoder is as wide as the DCGAN's generator."""
    return relatives.VAE(digits().image_shape, width=WIDTH, seed=seed)


@dataclasses.dataclass(frozen=True)
class Arm:
    """What an arm trains, and for how long. Without arguments it is the course's DCGAN and its recipe."""

    model: Callable = dcgan  # function of the arm and a seed that makes it
    learning_rate: float = Strategy.recipe().learning_rate  # of Adam, both networks'
    generator: Callable | None = None  # function of the DCGAN's network that returns the arm's; likewise the next
    discriminator: Callable | None = None
    latent_dim: int = 100  # the VAE has its own, and its own loss
    loss: str | Callable = "non_saturating"  # as for `GAN.compile`
    permuted: bool = False  # the pixels of every image come in one fixed other order
    equal_time: bool = False  # trains for as many CPU seconds as the DCGAN of its seed, not for as many epochs


DENSE = {"model": dense_gan, "learning_rate": 4e-3}  # the best of the rates that benchmarks/bench_rivals.py tries
VAE = {"model": vae, "learning_rate": 5e-4}  # likewise
ARMS = {  # arms that are equal are trained once
    "DCGAN": Arm(),
    "cross-entropy": Arm(),
    "relativistic": Arm(loss=losses.relativistic_average),
    "bare difference": Arm(loss=bare_difference),
    "no normalisation in G": Arm(generator=without_norm_he),
    "no normalisation": Arm(generator=without_norm_he, discriminator=without_norm_he),
    "ReLU in D": Arm(discriminator=with_relu),
    "normalised output": Arm(generator=functools.partial(with_normalised_output, use_bias=True)),
    "widening filters": Arm(generator=with_widening_filters),
    "latents of 2 numbers": Arm(latent_dim=2),
    "DCGAN, permuted": Arm(permuted=True),
    "dense GAN": Arm(**DENSE),
    "dense GAN, equal steps": Arm(**DENSE),
    "dense GAN, equal time": Arm(**DENSE, equal_time=True),
    "dense GAN, permuted": Arm(**DENSE, permuted=True),
    "VAE": Arm(**VAE),
    "VAE, equal steps": Arm(**VAE),
    "VAE, equal time": Arm(**VAE, equal_time=True),
}


def get(name):
    """The arm of that name; ValueError where there is none."""
    if name not in ARMS:
        raise ValueError(f"Unknown arm {name!r}. Known: {'; '.join(ARMS)}.")
    return ARMS[name]


def new_model(arm, seed):
    """An `Arm`'s model, compiled with its learning rate and loss, and not yet trained."""
    keras.utils.set_random_seed(seed)
    model = arm.model(arm, seed)
    if isinstance(model, GAN):
        model.compile(Strategy.recipe(learning_rate=arm.learning_rate, beta_1=0.5), arm.loss)
    else:
        model.compile(keras.optimizers.Adam(arm.learning_rate), steps_per_execution=8)
    return model


class CpuBudget(keras.callbacks.Callback):
    """Stops training when this process has used so many CPU seconds: a clock that a busy machine does not disturb."""

    def __init__(self, seconds):
        super().__init__()
        self.end = time.process_time() + seconds

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = time.process_time() >= self.end


@functools.cache
def trained(arm, seed):
    """Train an `Arm`, once for all claims that share it: a `dict` of scores, steps, CPU seconds and parameters."""
    epochs, callbacks = EPOCHS, []
    if arm.equal_time:
        epochs, callbacks = 100 * EPOCHS, [CpuBudget(trained(ARMS["DCGAN"], seed)["cpu_seconds"])]
    begun = time.process_time()
    images, order = digits().images, np.random.default_rng(0).permutation(SIZE * SIZE)
    batches = datasets.Batches(reordered(images, order) if arm.permuted else images, BATCH, seed)
    model = new_model(arm, seed)
    history = model.fit(batches, epochs=epochs, verbose=0, callbacks=callbacks)
    parts = [model.generator, model.discriminator] if isinstance(model, GAN) else [model]  # without averaged weights
    cpu_seconds = round(time.process_time() - begun, 1)
    samples = model.sample(SAMPLES, seed=1234)
    classifier, real = reference()
    fake = classifier.features(reordered(samples, np.argsort(order)) if arm.permuted else samples)
    return {
        "frechet": evaluation.frechet_distance(real, fake),
        **evaluation.neighbourhood_scores(real, fake),
        "steps": len(history.epoch) * len(batches),
        "cpu_seconds": cpu_seconds,
        "parameters": sum(part.count_params() for part in parts),
    }


def reordered(images, order):
    """Every image's pixels in one fixed new order; `np.argsort(order)` undoes it."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)
