"""Run by test_backends.py, once per backend: the same weights, images and chance → losses, gradients, fifty steps.

Each option of networks and strategy alone, and many together. The fifty steps go through Keras' compiled `train_step`,
everything else through `backends.gradients`.

KERAS_BACKEND=jax python tests/helpers/one_step.py OUT.npz
"""

import sys

import keras
import numpy as np

import dcgan_course as dc
from dcgan_course import backends, losses, metrics
from dcgan_course.step import Drawn

SHAPE, LATENT, BATCH, STEPS = (16, 16, 1), 8, 12, 50
CLIPS = {
    "none": {},
    "value": {"clip_value": 1e-3},
    "norm": {"clip_norm": 1e-2},
    "global norm": {"global_clip_norm": 1e-2},
}

rng = np.random.default_rng(0)
images = rng.uniform(-1, 1, (STEPS, BATCH, *SHAPE)).astype("float32")
labels = rng.integers(3, size=(STEPS, BATCH)).astype("int32")
chance = rng.standard_normal((STEPS, BATCH, LATENT)).astype("float32")
noise = rng.normal(0, 0.1, (2, STEPS, BATCH, *SHAPE)).astype("float32")
mix = rng.uniform(size=(STEPS, BATCH, 1, 1, 1)).astype("float32")
transforms = {  # within the bounds that dcgan_course.augmentation has for each
    "translate": rng.uniform(-1 / 8, 1 / 8, (STEPS, BATCH, 2)).astype("float32"),
    "colour": rng.uniform(0.5, 1.5, (STEPS, BATCH, 3)).astype("float32"),
    "cutout": rng.uniform(0, 1, (STEPS, BATCH, 2)).astype("float32"),
}


class Given(dc.GAN):
    """Takes the random numbers of its i-th step from outside; the count is part of every backend's state."""

    def draw(self, n):
        given = Drawn(chance, *noise, transforms if self.strategy.augment else None)
        i = self.generator_optimizer.iterations
        return keras.tree.map_structure(lambda x: x if x is None else keras.ops.take(x, i, axis=0)[:n], given)


def new_gan(loss="non_saturating", model=dc.GAN, options={}, classes=None, **strategy):  # noqa: B006
    networks = (
        dc.networks.generator(SHAPE, LATENT, width=4, classes=classes),
        dc.networks.discriminator(SHAPE, width=4, classes=classes, **options),
    )
    gan = model(*networks, seed=0)
    draw = np.random.default_rng(1)
    for network in networks:
        network.set_weights([np.abs(draw.normal(0, 0.1, w.shape)) if w.ndim == 1 else draw.normal(0, 0.1, w.shape)
                             for w in network.get_weights()])  # fmt: skip
    clips = {"clip_norm", "clip_value", "global_clip_norm"} & set(strategy)
    gan.compile(dc.Strategy(clip="both" if clips else "generator", **strategy), loss, steps_per_execution=1)
    return gan


def flat(tensors):
    return np.concatenate([np.ravel(keras.ops.convert_to_numpy(t)) for t in tensors])


def step(name, gan, **drawn):
    """One step's losses and gradients under a name, and these gradients."""
    given = keras.tree.map_structure(lambda x: x if x is None else keras.ops.convert_to_tensor(x), drawn)
    given = Drawn(keras.ops.convert_to_tensor(chance[0]), **given)
    classes = None if gan.classes is None else keras.ops.convert_to_tensor(labels[0])
    both, _, d_gradients, g_gradients = backends.gradients(gan, keras.ops.convert_to_tensor(images[0]), classes, given)
    found[f"{name} losses"] = flat(both)
    return {"discriminator": d_gradients, "generator": g_gradients}


def keep(name, gradients, strategy):
    for network, values in gradients.items():
        found[f"{name} {network} gradients"] = flat(strategy.clip_gradients(values, network))


def fifty_steps(name, gan):
    for i in range(STEPS):
        gan.reset_metrics()
        y = None if gan.classes is None else labels[i]
        logs = gan.train_on_batch(images[i], y, return_dict=True)
        found.setdefault(f"{name}, metrics", []).append([logs[name] for name in metrics.NAMES])
    for network in (gan.generator, gan.discriminator):
        found[f"{name}, {network.name}"] = flat(network.trainable_variables)
        found[f"{name}, {network.name}'s other variables"] = flat(network.non_trainable_variables)
    found[f"{name}, averaged generator"] = flat(gan.averaged_generator.weights)
    for kind in ("momentum", "velocity"):
        for network in ("generator", "discriminator"):
            variables = getattr(gan, f"{network}_optimizer").variables
            found[f"{name}, {network}'s {kind}"] = flat([v for v in variables if kind in v.path])


found = {}
for loss in losses.LOSSES:
    gan = new_gan(loss)
    gradients = step(loss, gan)
    for clip, fields in CLIPS.items():
        keep(f"{loss} {clip}", gradients, dc.Strategy(clip="both" if fields else "generator", **fields))

first = {name: numbers[0] for name, numbers in transforms.items()}
for name, gan, drawn in (
    *((name, new_gan(augment=name), {"transforms": {name: first[name]}}) for name in transforms),
    ("r1", new_gan(options={"norm": False}, gradient_penalty=2.0), {"transforms": first}),
    ("wgan-gp", new_gan("wasserstein", options={"norm": False}, gradient_penalty=10.0, kind="wgan-gp"), {"mix": mix[0]}),
    ("spectral", new_gan("hinge", options={"spectral": True}), {}),
    ("spectral r1", new_gan(options={"spectral": True}, gradient_penalty=0.1), {}),
    ("classes", new_gan(classes=3), {}),
    ("classes r1", new_gan(classes=3, options={"spectral": True}, gradient_penalty=0.1), {}),
):
    keep(name, step(name, gan, **drawn), gan.strategy)

fifty_steps("fifty steps", new_gan(model=Given, clip_norm=1.0, averaging=0.99))
everything = {"augment": "translate,colour,cutout", "augment_target": -0.99, "gradient_penalty": 0.1, "averaging": 0.99}
fifty_steps("all options", gan := new_gan(model=Given, options={"spectral": True}, classes=3, **everything))
found["all options, augment_probability"] = flat([gan.augment_probability])
np.savez(sys.argv[1], **found)
