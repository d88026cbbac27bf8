"""The arms: models on the digits at 16×16 with the course's recipe at width 16, or differing from it in one thing."""

import dataclasses
import functools
import time
from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

from ... import datasets, evaluation, losses, networks, relatives
from ...gan import GAN
from ...layers import BatchNormalization
from ...strategy import Strategy

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


def _replaced(network, new_layer):
    """A new copy of a network that differs in one thing: `new_layer(layer)` for each layer where that is not None."""
    return keras.models.clone_model(
        network, clone_function=lambda layer: new_layer(layer) or layer.__class__.from_config(layer.get_config())
    )


class PassThrough(layers.Layer):
    """Gives on what it gets. It stands where a batch normalisation stood, so it takes the same arguments."""

    def call(self, inputs, training=None, mask=None):
        return inputs


def without_norm(network):
    """No batch normalisation; biases in its place, and He's initial weights, since nothing rescales any more."""

    def new_layer(layer):
        if isinstance(layer, layers.BatchNormalization):
            return PassThrough(name=layer.name)
        if getattr(layer, "use_bias", True) is False:
            return layer.__class__.from_config({**layer.get_config(), "use_bias": True, "kernel_initializer": "he_normal"})

    return _replaced(network, new_layer)


def with_relu(network):
    """ReLU in the place of each LeakyReLU."""
    return _replaced(network, lambda x: layers.ReLU(name=x.name) if isinstance(x, layers.LeakyReLU) else None)


def _to_image(x, **options):
    start = networks.initial_weights()
    return layers.Conv2DTranspose(1, 4, strides=2, padding="same", kernel_initializer=start, **options)(x)


def with_normalised_output(generator):
    """Batch normalisation between the last convolution and its tanh."""
    x = BatchNormalization(momentum=networks.MOMENTUM)(_to_image(generator.layers[-2].output))
    return keras.Model(generator.input, layers.Activation("tanh")(x))


def with_widening_filters(generator):
    """Half as many filters at 4×4, twice as many at 8×8: about the same multiply-adds as the recipe's."""
    latents = keras.Input(generator.input_shape[1:])
    x = layers.Dense(16 * WIDTH, use_bias=False, kernel_initializer=networks.initial_weights())(latents)
    x = BatchNormalization(momentum=networks.MOMENTUM)(layers.Reshape((4, 4, WIDTH))(x))
    x = networks.up_block(layers.ReLU()(x), 2 * WIDTH)
    return keras.Model(latents, _to_image(x, activation="tanh"))


def bare_difference(real_logits, fake_logits):
    """The article's formula as it stands: LeakyReLU of fake minus LeakyReLU of real; G wants the opposite."""
    real, fake = ops.mean(ops.leaky_relu(real_logits, 0.2)), ops.mean(ops.leaky_relu(fake_logits, 0.2))
    return fake - real, -fake


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
    "no normalisation in G": Arm(generator=without_norm),
    "no normalisation": Arm(generator=without_norm, discriminator=without_norm),
    "ReLU in D": Arm(discriminator=with_relu),
    "normalised output": Arm(generator=with_normalised_output),
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
