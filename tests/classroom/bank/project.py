"""Projects: (data set, GAN, report)."""

import functools

import keras
import numpy as np

import dcgan_course as dc
from dcgan_course import checks

draw = 0  # which draw of the weights; the test sets it


@functools.cache
def digits(names="038", size=16):
    return dc.datasets.load("digits", size=size).only(list(names))


def trained(names="038", **how):
    return _trained(draw, names, **how)


@functools.cache
def _trained(draw, names, epochs=40, size=16, **strategy):
    shape = (size, size, 1)
    gan = dc.GAN(dc.networks.generator(shape, 16, width=8), dc.networks.discriminator(shape, width=8), seed=0)
    gan.compile(dc.Strategy(**strategy))
    gan.fit(digits(names, size).batches(64), epochs=epochs, verbose=0)
    return gan


def report(**how):
    return _report(draw, **how)


@functools.cache
def _report(draw, **how):
    return dc.evaluation.report(trained(**how), digits(), features="pca")


def ask(answer):
    return checks.project(*answer())


GOOD = dict(learning_rate=2e-3, instance_noise=0.2)
OTHER = dict(learning_rate=2e-3, instance_noise=0.3, averaging=0.98)


def broken():
    gan = dc.GAN(dc.networks.generator((16, 16, 1), 16, width=8), dc.networks.discriminator((16, 16, 1), width=8))
    gan.compile(dc.Strategy())
    gan.generator_optimizer.iterations.assign(300)
    bias = gan.generator.layers[-1].bias
    bias.assign(np.full(bias.shape, np.nan, "float32"))
    return gan


def never_compiled():
    return dc.GAN(dc.networks.generator((16, 16, 1), 16, width=8), dc.networks.discriminator((16, 16, 1), width=8))


def few():
    some = digits()
    return dc.datasets.ImageDataset(some.images[:60])


RIGHT = {
    "three digits": lambda: (digits(), trained(**GOOD), report(**GOOD)),
    "another strategy": lambda: (digits(), trained(**OTHER), report(**OTHER)),
    "a report of one's own size": lambda: (
        digits(),
        trained(**GOOD),
        dc.evaluation.report(trained(**GOOD), digits(), n=100, features="pca"),
    ),
}
WRONG = {
    "nothing": (lambda: (None, None, None), "Pictures come from dc.datasets.load"),
    "an array": (lambda: (digits().images, trained(**GOOD), report(**GOOD)), "Received: ndarray"),
    "too few pictures": (lambda: (few(), trained(**GOOD), report(**GOOD)), "at least 100"),
    "no GAN": (lambda: (digits(), keras.Sequential(), report(**GOOD)), "A dc.GAN is asked for"),
    "another size": (lambda: (digits(size=32), trained(**GOOD), report(**GOOD)), "the generator makes (16, 16, 1)"),
    "not compiled": (lambda: (digits(), never_compiled(), report(**GOOD)), "never compiled"),
    "hardly trained": (lambda: (digits(), trained(epochs=3, **GOOD), report(**GOOD)), "It was trained for 27 steps"),
    "no report": (lambda: (digits(), trained(**GOOD), None), "The report is what dc.evaluation.report"),
    "a report as text": (lambda: (digits(), trained(**GOOD), str(report(**GOOD))), "The report is what"),
    "held still": (lambda: (digits(), trained(learning_rate=1e-8), report(**GOOD)), "further from the pictures"),
    "not a number": (lambda: (digits(), broken(), report(**GOOD)), "NaN or infinite pixels"),
}
