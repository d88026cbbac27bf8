"""One run: an arm of the protocol, built, trained and scored at each share of the budget, as a dict ready for JSON."""

import contextlib
import dataclasses
import time

import keras
import numpy as np
from keras import layers, ops

from ... import datasets, networks
from ...gan import GAN
from ...strategy import Strategy
from . import changes, protocol
from .yardstick import yardstick

CLIPS = {
    "unclipped": {"clip_norm": None},
    "value": {"clip_norm": None, "clip_value": 0.01},
    "norm": {"clip_norm": 1.0},
    "global norm": {"clip_norm": None, "global_clip_norm": 1.0},
}
FAST = 5.0  # times the learning rate, in the case "fast"
SPIKES = 50  # in the case "spiky", one batch in so many has outliers
DEAD = 0.5  # a run died if its samples are not at least so much nearer than those of untrained networks
RECALIBRATING = 20  # batches of latents from which batch statistics are measured anew


@dataclasses.dataclass(frozen=True)
class Settings:
    """What tuning chooses."""

    learning_rate: float = 2e-3
    noise: float = 0.2  # standard deviation, of what D or the VAE's encoder sees
    averaging: float | None = 0.995  # of the generator's weights


class SpikyBatches(datasets.Batches):
    """Batches of which one in fifty holds outliers: noise of three times an image's range."""

    def __getitem__(self, index):
        images = super().__getitem__(index)
        rng = np.random.default_rng([self.seed, self.epoch, index])
        if rng.random() < 1 / SPIKES:
            images = np.clip(rng.normal(0, 3, images.shape), -6, 6).astype("float32")
        return images


def build(arm, data, settings, seed):
    """An arm's model for a data set, compiled and not yet trained: a `GAN`, or a `changes.NoisyVAE`."""
    keras.utils.set_random_seed(seed)
    shape, width = yardstick(data).training.image_shape, protocol.read()["data"][data]["width"]
    if arm.networks == "vae":
        model = changes.NoisyVAE(shape, latent_dim=100, width=width, seed=seed)
        model.noise = settings.noise
        options = {} if settings.averaging is None else {"use_ema": True, "ema_momentum": settings.averaging}
        plan = strategy(arm, settings)
        adam = keras.optimizers.Adam(plan.learning_rate, beta_1=plan.beta_1, clipnorm=plan.clip_norm, **options)
        model.compile(adam)
        return model
    generator = networks.generator(shape, 100 if arm.latents is None else 128, width)
    discriminator = networks.discriminator(shape, width)
    if arm.networks:
        generator, discriminator = getattr(changes, arm.networks)(generator, discriminator)
    if arm.generator or arm.normalised in ("none", "D"):
        generator = getattr(changes, arm.generator or "without_norm")(generator)
    if arm.discriminator or arm.normalised in ("none", "G"):
        discriminator = getattr(changes, arm.discriminator or "without_norm")(discriminator)
    if arm.latents is not None:
        generator = changes.stretched(generator, arm.latents)
    gan = GAN(generator, discriminator, seed=seed)
    gan.compile(strategy(arm, settings), getattr(changes, arm.loss, arm.loss))
    return gan


def strategy(arm, settings):
    """The `Strategy` of an arm: the recipe, with what tuning chose and what the arm is named for."""
    rate = settings.learning_rate * (FAST if arm.case == "fast" else 1.0)
    options = {"learning_rate": rate, "instance_noise": settings.noise, "averaging": settings.averaging}
    return Strategy.recipe(**options, **CLIPS[arm.clip or "norm"])


def images_of(arm, data, seed):
    """The training images of a run, and the order in which their pixels come, or None."""
    images = yardstick(data).training.images
    if arm.few is not None:
        images = images[np.random.default_rng(seed).permutation(len(images))[: arm.few]]
    if not arm.permuted:
        return images, None
    order = np.random.default_rng(seed).permutation(images[0].size // images.shape[-1])
    return reordered(images, order), order


def reordered(images, order):
    """Every image's pixels in one new order; `np.argsort(order)` undoes it."""
    return images.reshape(len(images), -1, images.shape[-1])[:, order].reshape(images.shape)


def epochs_of(arm, data, batches):
    """After how many epochs the arm is scored: `{share: epochs}`, epochs at least 1."""
    settings = protocol.read()["data"][data]
    longer = protocol.read()["time_of_a_dcgan_step_over"][data][arm.as_long_as] if arm.as_long_as else 1.0
    return {share: max(1, round(share * longer * settings["steps"] / batches)) for share in arm.shares}


def run(arm, data, seed, settings, shares=None):
    """Train an `Arm` on a data set and score it: the run's record but for where it was made.

    `shares` scores it at those instead, against *training* images, with and without averaging: what tuning does.
    """
    images, order = images_of(arm, data, seed)
    batch = protocol.read()["data"][data]["batch"]
    kind = SpikyBatches if arm.case == "spiky" else datasets.Batches
    batches = kind(images, batch, seed, drop_remainder=len(images) < 1000)
    marks = epochs_of(dataclasses.replace(arm, shares=tuple(shares or arm.shares)), data, len(batches))
    model = build(arm, data, settings, seed)
    scorer = Scorer(arm, data, images, order, marks, tuning=shares is not None)
    scorer.set_model(model)
    before = scorer.score() if arm.case else None
    begun, died = time.process_time(), False
    try:
        model.fit(batches, epochs=max(marks.values()), verbose=0, callbacks=[scorer])
    except FloatingPointError:
        died = True
    if arm.case:
        for share in marks:
            score = scorer.scores.setdefault(str(share), dict(before))  # it never came so far: as good as untrained
            score["died"] = float(died or not score["frechet"] < DEAD * before["frechet"])
    return {
        "data": data,
        "arm": arm.name,
        "seed": seed,
        "settings": dataclasses.asdict(settings),
        "steps": {str(share): epochs * len(batches) for share, epochs in marks.items()},
        "cpu_seconds": round(time.process_time() - begun, 1),
        "scores": _rounded(scorer.scores),
    }


def _rounded(value):
    if isinstance(value, dict):
        return {key: _rounded(v) for key, v in value.items()}
    return float(f"{value:.5g}")


class Scorer(keras.callbacks.Callback):
    """Scores a model in passing, after the epochs that are marked: `scores`, `{share: {metric: value}}`."""

    def __init__(self, arm, data, images, order, marks, tuning=False):
        super().__init__()
        self.arm, self.images, self.order, self.tuning = arm, images, order, tuning
        self.yardstick, self.marks, self.scores, self.sizes = yardstick(data), marks, {}, []

    def on_epoch_end(self, epoch, logs=None):
        if "g_norm" in (logs or {}):
            self.sizes.append((float(logs["g_norm"]), float(logs["g_norm_clipped"])))
        for share, epochs in self.marks.items():
            if epochs == epoch + 1:
                self.scores[str(share)] = self.score()

    def score(self):
        """Scores of the model as it is now."""
        if self.tuning:
            real = self.images[: len(self.yardstick.held_out)]
            averaged, latest = (self.yardstick.scores(self._sample(way), real)["frechet"] for way in ("averaged", "latest"))
            return {"frechet": averaged, "frechet_latest": latest}
        measured = self.yardstick.scores(self._sample("averaged"))
        if self.arm.recalibrated:
            again = self.yardstick.scores(self._sample("recalibrated"))
            measured |= {f"{metric}_recalibrated": value for metric, value in again.items()}
        if self.arm.few is not None:
            measured["gap"] = self._gap()
        if self.sizes:
            measured["g_norm"], measured["g_norm_clipped"] = np.mean(self.sizes, axis=0)
        return measured

    def _sample(self, way):
        """A function of n and seed that samples from the averaged weights, if there are any, or the latest ones."""

        def sample(n, seed):
            with other_weights(self.model, way):
                images = np.nan_to_num(self.model.sample(n, seed=seed))  # a run that dies can be scored, too
            return images if self.order is None else reordered(images, np.argsort(self.order))

        return sample

    def _gap(self):
        """How often D finds a training image more real than a held-out one: 0.5 if it cannot tell them apart."""
        from sklearn.metrics import roc_auc_score

        sets = (self.images, self.yardstick.held_out.images)
        logits = [ops.convert_to_numpy(self.model.discriminator(x, training=False))[:, 0] for x in sets]
        return roc_auc_score(np.repeat([1, 0], [len(x) for x in sets]), np.concatenate(logits))


@contextlib.contextmanager
def other_weights(model, way):
    """The model with other weights in its generator, which are put back when the block ends.

    Ways: "averaged", if it averages; "latest"; "recalibrated", averaged with batch statistics measured anew.
    """
    gan = isinstance(model, GAN)
    network = model if not gan else model.averaged_generator if model.strategy.averaging else model.generator
    kept = network.get_weights()
    if gan and way == "latest":
        network.set_weights(model.generator.get_weights())
    if gan and way == "recalibrated":
        recalibrate(network, model.latent_dim)
    if not gan and way != "latest" and model.optimizer.use_ema:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        network.set_weights(kept)


def recalibrate(generator, latent_dim, batch=100, seed=0):
    """Set the moving statistics of every batch normalisation to their means over many batches of latents."""
    norms = [layer for layer in generator.layers if isinstance(layer, layers.BatchNormalization)]
    seen = [[] for _ in norms]
    at_norms = keras.Model(generator.input, [layer.input for layer in norms])
    for i, norm in enumerate(norms):  # one after another: what comes later depends on those before
        for b in range(RECALIBRATING):
            latents = np.random.default_rng([seed, b]).standard_normal((batch, latent_dim), "float32")
            outputs = at_norms(latents, training=False)
            outputs = outputs if isinstance(outputs, list) else [outputs]
            x = ops.convert_to_numpy(outputs[i]).astype("float64")
            seen[i].append((x.mean(axis=tuple(range(x.ndim - 1))), x.var(axis=tuple(range(x.ndim - 1)))))
        mean, variance = np.mean(seen[i], axis=0)
        norm.moving_mean.assign(mean.astype("float32"))
        norm.moving_variance.assign(variance.astype("float32"))
