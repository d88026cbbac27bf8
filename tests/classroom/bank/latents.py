"""Answers to: standard normal latents, new ones at every call."""

import itertools

import keras
import numpy as np
import tensorflow as tf

SEEDS = keras.random.SeedGenerator(7)
RNG = np.random.default_rng(7)


def keras_random(n, latent_dim):
    return keras.random.normal((n, latent_dim))


def seed_generator(n, latent_dim=100):
    return keras.random.normal(shape=(n, latent_dim), mean=0.0, stddev=1.0, seed=SEEDS)


def tensorflow(batch_size, noise_dim):
    return tf.random.normal([batch_size, noise_dim])


def numpy_generator(n, latent_dim):
    return RNG.standard_normal((n, latent_dim)).astype("float32")


def numpy_old(n, dim):
    return np.random.randn(n, dim)


class Latents:
    def __init__(self, seed):
        self.seeds = keras.random.SeedGenerator(seed)

    def __call__(self, n, latent_dim):
        return keras.random.normal((n, latent_dim), seed=self.seeds)


def row_by_row(latent_dim, n):
    return np.array([[np.random.normal() for _ in range(latent_dim)] for _ in range(n)])


def from_uniform(n, latent_dim):
    """Box and Muller: two uniform numbers make a normal one."""
    radius = np.sqrt(-2 * np.log(1 - np.random.rand(n, latent_dim)))
    return keras.ops.convert_to_tensor(radius * np.cos(2 * np.pi * np.random.rand(n, latent_dim)))


def new_seed_each_time(n, latent_dim, calls=itertools.count()):  # noqa: B008
    return keras.random.normal((n, latent_dim), seed=next(calls))


RIGHT = {
    "keras.random": keras_random,
    "a SeedGenerator": seed_generator,
    "TensorFlow, other names": tensorflow,
    "NumPy's generator": numpy_generator,
    "NumPy's old functions": numpy_old,
    "an object with a SeedGenerator": Latents(3),
    "row by row, arguments in another order": row_by_row,
    "from uniform numbers": from_uniform,
    "a new seed at every call": new_seed_each_time,
    "compiled": tf.function(tensorflow),
}


def reseeded(n, latent_dim):
    np.random.seed(42)
    return np.random.randn(n, latent_dim)


def generator_inside(n, latent_dim):
    return keras.random.normal((n, latent_dim), seed=keras.random.SeedGenerator(0))


def rng_inside(n, latent_dim):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, latent_dim))


DRAWN = np.random.default_rng(1).standard_normal((400, 30))


def one_row(n, latent_dim):
    return keras.ops.repeat(keras.random.normal((1, latent_dim)), n, axis=0)


def one_number_per_row(n, latent_dim):
    return keras.ops.tile(keras.random.normal((n, 1)), (1, latent_dim))


@tf.function
def numpy_compiled(n, latent_dim):
    return tf.constant(np.random.randn(400, 30))


def printed(n, latent_dim):
    print(keras.random.normal((n, latent_dim)))


def layer(n, latent_dim):
    return keras.layers.GaussianNoise(1.0)


def placeholder(n, latent_dim):
    return keras.Input((latent_dim,))


def overflowing(n, latent_dim):
    return np.log(keras.random.uniform((n, latent_dim)) * 0)


def unwritten(n, latent_dim):
    raise NotImplementedError()


def endless(n, latent_dim):
    rows = []
    while len(rows) < n:
        keras.random.normal((latent_dim,))  # and never appended
    return rows


WRONG = {
    "a whole number as seed": (lambda n, latent_dim: keras.random.normal((n, latent_dim), seed=1), "as seed"),
    "NumPy seeded inside": (reseeded, "starts again with every call"),
    "a SeedGenerator made inside": (generator_inside, "a generator made inside"),
    "a NumPy generator made inside": (rng_inside, "a generator made inside"),
    "drawn outside": (lambda n, latent_dim: DRAWN, "once and for all, outside"),
    "NumPy in a tf.function": (numpy_compiled, "once and for all"),
    "uniform in [0, 1)": (lambda n, latent_dim: keras.random.uniform((n, latent_dim)), "has tails"),
    "uniform in [-1, 1)": (lambda n, latent_dim: np.random.uniform(-1, 1, (n, latent_dim)), "uniform or a truncated draw"),
    "uniform with deviation 1": (lambda n, latent_dim: np.random.uniform(-(3**0.5), 3**0.5, (n, latent_dim)), "has tails"),
    "truncated normal": (lambda n, latent_dim: keras.random.truncated_normal((n, latent_dim)), "truncated draw"),
    "whole numbers": (lambda n, latent_dim: np.random.randint(0, 2, (n, latent_dim)), "has tails"),
    "deviation of initial weights": (
        lambda n, latent_dim: keras.random.normal((n, latent_dim), stddev=0.02),
        "The standard deviation is 0.02",
    ),
    "deviation 2": (lambda n, latent_dim: 2 * tf.random.normal((n, latent_dim)), "The standard deviation is"),
    "mean 1/2": (lambda n, latent_dim: keras.random.normal((n, latent_dim), 0.5), "The mean is 0."),
    "axes swapped": (lambda n, latent_dim: keras.random.normal((latent_dim, n)), "axes are swapped"),
    "one long row": (lambda n, latent_dim: keras.random.normal((n * latent_dim,)), "have shape (400, 30)"),
    "as an image": (lambda n, latent_dim: keras.random.normal((n, 1, 1, latent_dim)), "have shape (400, 30)"),
    "always 100 numbers": (lambda n, latent_dim: keras.random.normal((n, 100)), "have shape (400, 30)"),
    "always a batch of 64": (lambda n, latent_dim: np.random.randn(64, latent_dim), "Received: (64, 30)"),
    "the same row repeated": (one_row, "one latent for the whole batch"),
    "the same number along a row": (one_number_per_row, "draw latent_dim of them"),
    "zeros": (lambda n, latent_dim: np.zeros((n, latent_dim)), "nothing is drawn"),
    "infinite": (overflowing, "infinite or NaN"),
    "the shape is returned": (lambda n, latent_dim: (n, latent_dim), "have shape (400, 30)"),
    "a layer is returned": (layer, "never called"),
    "a placeholder is returned": (placeholder, "should be numbers"),
    "printed instead of returned": (printed, "what is printed is gone"),
    "one argument": (lambda shape: keras.random.normal(shape), "Yours asks for others"),
    "not written": (unwritten, "not written yet"),
    "an endless loop": (endless, "never becomes false"),
}
