"""Run by test_backends.py, once per backend: the same weights, images and latents → losses, gradients, fifty steps.

The fifty steps go through Keras' compiled `train_step`, everything else through `backends.gradients`.

KERAS_BACKEND=jax python tests/helpers/one_step.py OUT.npz
"""

import sys

import keras
import numpy as np

import dcgan_course as dc
from dcgan_course import backends, losses, metrics

SHAPE, LATENT, BATCH, STEPS = (16, 16, 1), 8, 12, 50
CLIPS = {
    "none": {},
    "value": {"clip_value": 1e-3},
    "norm": {"clip_norm": 1e-2},
    "global norm": {"global_clip_norm": 1e-2},
}

rng = np.random.default_rng(0)
images = rng.uniform(-1, 1, (STEPS, BATCH, *SHAPE)).astype("float32")
chance = rng.standard_normal((STEPS, BATCH, LATENT)).astype("float32")
noise = rng.normal(0, 0.1, (2, STEPS, BATCH, *SHAPE)).astype("float32")


class Given(dc.GAN):
    """Takes the latents and the noise of its i-th step from outside; the count is part of every backend's state."""

    def draw(self, n):
        i = self.generator_optimizer.iterations
        return [keras.ops.take(x, i, axis=0)[:n] for x in (chance, *noise)]


def new_gan(loss="non_saturating", kind=dc.GAN, **strategy):
    gan = kind(dc.networks.generator(SHAPE, LATENT, width=4), dc.networks.discriminator(SHAPE, width=4), seed=0)
    draw = np.random.default_rng(1)
    for network in (gan.generator, gan.discriminator):
        network.set_weights([np.abs(draw.normal(0, 0.1, w.shape)) if w.ndim == 1 else draw.normal(0, 0.1, w.shape)
                             for w in network.get_weights()])  # fmt: skip
    gan.compile(dc.Strategy(clip="both" if strategy else "generator", **strategy), loss, steps_per_execution=1)
    return gan


def step(gan, i):
    real, latents = (keras.ops.convert_to_tensor(x[i]) for x in (images, chance))
    return backends.gradients(gan, real, (latents, None, None))


def flat(tensors):
    return np.concatenate([np.ravel(keras.ops.convert_to_numpy(t)) for t in tensors])


found = {}
for loss in losses.LOSSES:
    gan = new_gan(loss)
    both, logits, d_gradients, g_gradients = step(gan, 0)
    found[f"{loss} losses"] = flat(both)
    for clip, fields in CLIPS.items():
        strategy = dc.Strategy(clip="both" if fields else "generator", **fields)
        for network, gradients in (("discriminator", d_gradients), ("generator", g_gradients)):
            found[f"{loss} {clip} {network} gradients"] = flat(strategy.clip_gradients(gradients, network))

gan = new_gan(kind=Given, clip_norm=1.0, averaging=0.99)
for i in range(STEPS):
    gan.reset_metrics()
    logs = gan.train_on_batch(images[i], return_dict=True)
    found.setdefault("fifty steps, metrics", []).append([logs[name] for name in metrics.NAMES])
for network in (gan.generator, gan.discriminator):
    found[f"fifty steps, {network.name}"] = flat(network.trainable_variables)
    found[f"fifty steps, {network.name}'s batch statistics"] = flat(network.non_trainable_variables)
found["fifty steps, averaged generator"] = flat(gan.averaged_generator.weights)
for kind in ("momentum", "velocity"):
    for name in ("generator", "discriminator"):
        variables = getattr(gan, f"{name}_optimizer").variables
        found[f"fifty steps, {name}'s {kind}"] = flat([v for v in variables if kind in v.path])
np.savez(sys.argv[1], **found)
