"""Run by test_backends.py, once per backend: the same weights, images and latents → losses, gradients, fifty steps.

KERAS_BACKEND=jax python tests/one_step.py OUT.npz
"""

import sys

import keras
import numpy as np

import dcgan_course as dc
from dcgan_course import backends, losses

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


def new_gan(loss="non_saturating", **strategy):
    gan = dc.GAN(dc.networks.generator(SHAPE, LATENT, width=4), dc.networks.discriminator(SHAPE, width=4), seed=0)
    draw = np.random.default_rng(1)
    for network in (gan.generator, gan.discriminator):
        network.set_weights([np.abs(draw.normal(0, 0.1, w.shape)) if w.ndim == 1 else draw.normal(0, 0.1, w.shape)
                             for w in network.get_weights()])  # fmt: skip
    gan.compile(dc.Strategy(clip="both" if strategy else "generator", **strategy), loss)
    return gan


def step(gan, i):
    real, latents = (keras.ops.convert_to_tensor(x[i]) for x in (images, chance))
    return backends.load().gradients(gan, real, (latents,))[:4]


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

gan = new_gan(clip_norm=1.0)
for i in range(STEPS):
    both, _, d_gradients, g_gradients = step(gan, i)
    with keras.device("cpu:0"):
        for optimizer, gradients, network in (
            (gan.discriminator_optimizer, d_gradients, gan.discriminator),
            (gan.generator_optimizer, g_gradients, gan.generator),
        ):
            clipped = gan.strategy.clip_gradients(gradients, network.name)
            optimizer.apply(clipped, network.trainable_variables)
    found.setdefault("fifty steps, losses", []).append(flat(both))
found["fifty steps, generator"] = flat(gan.generator.trainable_variables)
np.savez(sys.argv[1], **found)
