"""C9: four discriminators learn the same real and generated images; how many new ones do they sort right?"""

import time

import keras
import numpy as np

from ... import datasets, networks
from . import changes, protocol, trials
from .yardstick import yardstick

CHOOSING = 0.25  # share of the images from which the rate is chosen


def run(data, seed, settings):
    """One run, as from `trials.run`; its scores are `{share: {arm: {metric: value}}}`.

    The accuracy is the share of held-out real images and as many new fakes that are sorted right.
    """
    begun, experiment = time.process_time(), protocol.read()["experiment"]["accuracy"]
    images, held_out = yardstick(data).training.images[: experiment["images"]], yardstick(data).held_out.images
    batch = protocol.read()["data"][data]["batch"]
    gan = trials.build(protocol.arm("DCGAN"), data, settings, seed)
    steps = experiment["fakes_after"] * protocol.read()["data"][data]["steps"]
    batches = datasets.Batches(images, batch, seed)
    gan.fit(batches, epochs=round(steps / len(batches)), verbose=0)
    fakes = gan.sample(len(images) + len(held_out), seed=seed)
    cut = round(CHOOSING * len(images))
    order = np.random.default_rng(seed).permutation(len(images))
    choosing, learning = (_pairs(images[rows], fakes[rows]) for rows in (order[:cut], order[cut:]))
    unseen = _pairs(held_out, fakes[len(images) :])

    scores = {}
    for name, new_network in _networks(images.shape[1:], protocol.read()["data"][data]["width"]).items():
        tried = []
        for rate in experiment["learning_rate"]:
            keras.utils.set_random_seed(seed)
            network = new_network()
            network.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=True))
            x, y = (part[np.random.default_rng(seed).permutation(len(part))] for part in learning)
            network.fit(x, y, batch_size=batch, epochs=experiment["epochs"], shuffle=False, verbose=0)
            tried.append(tuple(_sorted_right(network, part) for part in (choosing, unseen)))
        scores[name] = {"accuracy": round(max(tried)[1], 4)}
    return {"steps": {"1": round(steps)}, "cpu_seconds": round(time.process_time() - begun, 1), "scores": {"1": scores}}


def _pairs(real, fake):
    return np.concatenate([real, fake]), np.repeat([1.0, 0.0], [len(real), len(fake)])[:, None]


def _sorted_right(network, pair):
    x, y = pair
    return float(np.mean((network.predict(x, verbose=0) > 0) == (y > 0.5)))


def _networks(shape, width):
    """Functions that build the four, all of about as many parameters as the DCGAN's discriminator."""
    like = networks.discriminator(shape, width)
    size = changes.parameters(like)

    def dense(norm):
        return changes.nearest(lambda n: changes.dense_discriminator(like, n, norm), changes.parameters, size)

    return {
        "convolution, normalised": lambda: networks.discriminator(shape, width),
        "convolution": lambda: changes.without_norm(networks.discriminator(shape, width)),
        "dense, normalised": lambda: dense(True),
        "dense": lambda: dense(False),
    }
