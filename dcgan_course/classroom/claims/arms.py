"""The arms: models on the digits at 16×16 with the course's recipe at width 16, or differing from it in one thing."""

import functools
import time

import keras
import numpy as np
from keras import layers, ops

from ... import datasets, evaluation, losses, networks, relatives
from ...gan import GAN
from ...strategy import Strategy

SIZE, WIDTH, BATCH, EPOCHS = 16, 16, 64, 80
RECIPE = {"learning_rate": 2e-3, "clip_norm": 1.0, "instance_noise": 0.2, "averaging": 0.995}
RATES = {"dense GAN": 4e-3, "VAE": 5e-4}  # each rival's best of those that benchmarks/bench_rivals.py tries
SAMPLES = 1797


@functools.cache
def digits():
    return datasets.load("digits", SIZE)


@functools.cache
def judge():
    return evaluation.classifier(digits())


@functools.cache
def real_features():
    return judge().features(digits().images)


def frechet(images):
    return evaluation.frechet_distance(real_features(), judge().features(images))


def scores(model):
    """The metrics of a trained model."""
    features = judge().features(model.sample(SAMPLES, seed=1234))
    return {
        "frechet": evaluation.frechet_distance(real_features(), features),
        **evaluation.neighbourhood_scores(real_features(), features),
    }


# -- networks that differ from the recipe in one thing ------------------------------------------------------------------


def replaced(network, make):
    """A new copy of a network, `make(layer)` in the place of each layer where that is not None."""
    return keras.models.clone_model(
        network, clone_function=lambda layer: make(layer) or layer.__class__.from_config(layer.get_config())
    )


class Unchanged(layers.Layer):
    """Stands where a batch normalisation stood, and takes its arguments."""

    def call(self, inputs, training=None, mask=None):
        return inputs


def without_norm(network):
    """No batch normalisation; biases in its place, and He's initial weights, since nothing rescales any more."""

    def make(layer):
        if isinstance(layer, layers.BatchNormalization):
            return Unchanged(name=layer.name)
        if getattr(layer, "use_bias", True) is False:
            return layer.__class__.from_config({**layer.get_config(), "use_bias": True, "kernel_initializer": "he_normal"})

    return replaced(network, make)


def with_relu(network):
    return replaced(network, lambda x: layers.ReLU(name=x.name) if isinstance(x, layers.LeakyReLU) else None)


def with_normalised_output(generator):
    x = layers.Conv2DTranspose(1, 4, strides=2, padding="same", kernel_initializer=networks.initial_weights())(
        generator.layers[-2].output
    )
    images = layers.Activation("tanh")(networks.BatchNormalization(momentum=networks.MOMENTUM)(x))
    return keras.Model(generator.input, images)


def widening_generator():
    """Half as many filters at 4×4, twice as many at 8×8: about the same multiply-adds as the recipe's."""
    latents = keras.Input((100,))
    x = layers.Dense(16 * WIDTH, use_bias=False, kernel_initializer=networks.initial_weights())(latents)
    x = layers.ReLU()(networks.BatchNormalization(momentum=networks.MOMENTUM)(layers.Reshape((4, 4, WIDTH))(x)))
    x = networks.up_block(x, 2 * WIDTH)
    images = layers.Conv2DTranspose(
        1, 4, strides=2, padding="same", activation="tanh", kernel_initializer=networks.initial_weights()
    )(x)
    return keras.Model(latents, images)


def bare_difference(real_logits, fake_logits):
    """The article's formula as it stands: LeakyReLU of fake minus LeakyReLU of real; G wants the opposite."""
    real, fake = ops.mean(ops.leaky_relu(real_logits, 0.2)), ops.mean(ops.leaky_relu(fake_logits, 0.2))
    return fake - real, -fake


def new_gan(seed, kind="DCGAN"):
    keras.utils.set_random_seed(seed)
    shape = digits().image_shape
    latent_dim = 2 if kind == "latents of 2 numbers" else 100
    g, d = networks.generator(shape, latent_dim, WIDTH), networks.discriminator(shape, WIDTH)
    if kind in ("no normalisation in G", "no normalisation"):
        g = without_norm(g)
    if kind == "no normalisation":
        d = without_norm(d)
    if kind == "ReLU in D":
        d = with_relu(d)
    if kind == "normalised output":
        g = with_normalised_output(g)
    if kind == "widening filters":
        g = widening_generator()
    gan = GAN(g, d, seed=seed)
    if kind.startswith("dense GAN"):
        gan = relatives.dense_gan(shape, like=gan, seed=seed)
    recipe = RECIPE
    if kind.startswith("dense GAN"):
        recipe = {**RECIPE, "learning_rate": RATES["dense GAN"]}
    gan.compile(
        Strategy(**recipe),
        {"relativistic": losses.relativistic_average, "bare difference": bare_difference}.get(kind, "non_saturating"),
    )
    return gan


class CpuBudget(keras.callbacks.Callback):
    """Stops training when this process has used so many CPU seconds: a clock that a busy machine does not disturb."""

    def __init__(self, seconds):
        super().__init__()
        self.end = time.process_time() + seconds

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = time.process_time() >= self.end


@functools.cache
def trained(kind, seed):
    """Train one model; several claims share an arm. Returns its scores, steps, CPU seconds and parameters."""
    begun = time.process_time()
    equal_time = kind.endswith("equal time")
    epochs, callbacks = EPOCHS, []
    if equal_time:
        epochs, callbacks = 100 * EPOCHS, [CpuBudget(trained("DCGAN", seed)["cpu_seconds"])]
    images = digits().images
    order = None
    if kind.endswith("permuted"):
        order = np.random.default_rng(0).permutation(SIZE * SIZE)
        images = permuted(images, order)
    if kind.startswith("VAE"):
        keras.utils.set_random_seed(seed)
        model = relatives.VAE(digits().image_shape, width=WIDTH, seed=seed)
        model.compile(keras.optimizers.Adam(RATES["VAE"]), steps_per_execution=8)
        optimizer, parameters = model.optimizer, model.count_params()
    else:
        model = new_gan(seed, kind)
        optimizer = model.generator_optimizer
        parameters = model.generator.count_params() + model.discriminator.count_params()
    batches = datasets.Batches(images, BATCH, seed)
    model.fit(batches, epochs=epochs, verbose=0, callbacks=callbacks)
    cost = {
        "steps": int(optimizer.iterations),
        "cpu_seconds": round(time.process_time() - begun, 1),
        "parameters": parameters,
    }
    if order is not None:
        made = permuted(model.sample(SAMPLES, seed=1234), np.argsort(order))
        return {"frechet": frechet(made), **cost}
    return {**scores(model), **cost}


def permuted(images, order):
    """Every image's pixels in one fixed new order; `np.argsort(order)` undoes it."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)
