"""Train the six failing runs of assignment A4 (seed 0) and keep what a learner gets to see in data/exercises/.

Each run is one function, whose code the learner mends. Kept are the code, the history, 24 samples, and what the doctor
said of it, which must name the failure.

    python tools/make_failing_runs.py
"""

import inspect
import json
import pathlib
import textwrap

import dcgan_course as dc

import keras  # isort: skip
import numpy as np

OUT = pathlib.Path(__file__).parents[1] / "data" / "exercises"


def saturated():
    def new_gan():
        generator = dc.networks.generator((16, 16, 1), latent_dim=16, width=8)
        discriminator = dc.networks.discriminator((16, 16, 1), width=8)
        gan = dc.GAN(generator, discriminator, seed=0)
        gan.compile(dc.Strategy(learning_rate=1e-6, discriminator_learning_rate=2e-3))
        return gan

    return new_gan


def vanished():
    def new_gan():
        generator = dc.networks.generator((16, 16, 1), latent_dim=16, width=8)
        discriminator = dc.networks.discriminator((16, 16, 1), width=8)
        gan = dc.GAN(generator, discriminator, seed=0)
        gan.compile(dc.Strategy(learning_rate=2e-4, discriminator_learning_rate=2e-2), loss="minimax")
        return gan

    return new_gan


def exploding():
    def new_gan():
        generator = dc.networks.generator((16, 16, 1), latent_dim=16, width=8)
        discriminator = dc.networks.discriminator((16, 16, 1), width=8)
        gan = dc.GAN(generator, discriminator, seed=0)
        gan.compile(dc.Strategy(learning_rate=5e-2), loss="wasserstein")
        return gan

    return new_gan


def collapsed():
    def new_gan():
        latents = keras.Input((16,))
        some = keras.ops.sign(latents[:, :3])
        generator = keras.Model(latents, dc.networks.generator((16, 16, 1), latent_dim=3, width=8)(some))
        discriminator = dc.networks.discriminator((16, 16, 1), width=8)
        gan = dc.GAN(generator, discriminator, seed=0)
        gan.compile(dc.Strategy(learning_rate=2e-3, clip_norm=1.0, instance_noise=0.2))
        return gan

    return new_gan


def oscillating():
    def new_gan():
        generator = dc.networks.generator((16, 16, 1), latent_dim=16, width=8)
        discriminator = dc.networks.discriminator((16, 16, 1), width=8)
        gan = dc.GAN(generator, discriminator, seed=0)
        gan.compile(dc.Strategy(learning_rate=2e-2, discriminator_learning_rate=3e-4, beta_1=0.9))
        return gan

    return new_gan


def out_of_range():
    def new_gan():
        generator = dc.networks.generator((16, 16, 1), latent_dim=16, width=8)
        generator.layers[-1].activation = keras.activations.linear
        discriminator = dc.networks.discriminator((16, 16, 1), width=8)
        gan = dc.GAN(generator, discriminator, seed=0)
        gan.compile(dc.Strategy(learning_rate=2e-3, instance_noise=0.2))
        return gan

    return new_gan


RUNS = {  # the doctor's name of the failure: (the code, epochs)
    "discriminator saturated": (saturated, 16),
    "generator gradient vanished": (vanished, 16),
    "gradients exploding": (exploding, 12),
    "mode collapse": (collapsed, 16),
    "oscillation": (oscillating, 80),
    "images out of range": (out_of_range, 12),
}
SHOWN = ("d_loss", "g_loss", "d_real", "d_fake", "d_norm", "g_norm")


def main():
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=16)
    runs, samples = [], []
    for name, (make, epochs) in RUNS.items():
        keras.utils.set_random_seed(0)
        gan, doctor = make()(), dc.Doctor(digits)
        history = gan.fit(digits.batches(64), epochs=epochs, verbose=0, callbacks=[doctor]).history
        diagnoses = [d.name for d in doctor.diagnoses]
        print(f"{name:30s} the doctor's diagnoses: {', '.join(diagnoses)}")
        assert name in diagnoses, f"{name} was not named"
        code = textwrap.dedent(inspect.getsource(make).split("\n", 1)[1].rsplit("\n\n", 1)[0])
        runs.append(
            {
                "name": name,
                "diagnoses": diagnoses,
                "code": code,
                "history": {key: [float(f"{x:.4g}") for x in history[key]] for key in SHOWN},
            }
        )
        samples.append(np.nan_to_num(gan.sample(24, seed=1)).astype("float16"))
    OUT.mkdir(exist_ok=True)
    np.savez_compressed(OUT / "failing_runs.npz", samples=np.stack(samples))
    (OUT / "failing_runs.json").write_text(json.dumps(runs, indent=1) + "\n")


if __name__ == "__main__":
    main()
