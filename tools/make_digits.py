"""Train the generator that ships with the package (seed 0, the first lesson's recipe) and find directions in its latents.

Kept in data/models/digits.npz: the averaged generator's weights as float16; four directions, found as in Härkönen et al.
2020 (GANSpace): principal components of the first layer's features, taken back to latents by least squares, one standard
deviation long; and the mean latent of the samples that a classifier reads as each digit.

    python tools/make_digits.py
"""

import pathlib
import sys

import dcgan_course as dc

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "benchmarks"))
import keras  # isort: skip
import measure
import numpy as np
from bench_start_here import RECIPE
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.svm import SVC

OUT = pathlib.Path(__file__).parents[1] / "data" / "models" / "digits.npz"
LATENTS, DIRECTIONS = 4000, 4


def main():
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    gan = dc.GAN(
        dc.networks.generator(digits.image_shape, width=RECIPE["width"]),
        dc.networks.discriminator(digits.image_shape, width=RECIPE["width"]),
    )
    gan.compile(dc.Strategy(**RECIPE["strategy"]))
    gan.fit(digits.batches(RECIPE["batch_size"]), epochs=RECIPE["epochs"], verbose=0)
    generator = gan.averaged_generator
    generator.set_weights([w.astype("float16").astype("float32") for w in generator.get_weights()])

    latents = gan.latents(LATENTS, seed=1)
    directions = find_directions(generator, latents)

    samples = generator.predict(latents, verbose=0)
    real = load_digits()
    labels = SVC(gamma=0.001).fit(real.data, real.target).predict((measure.to_8x8(samples) + 1) * 8)
    means = np.stack([latents[labels == digit].mean(0) for digit in range(10)])
    print("samples read as each digit:", np.bincount(labels, minlength=10))
    print(f"Fréchet distance: {measure.frechet_distance(samples[:1000], digits.images):.2f}")

    weights = {f"weights_{i:02d}": w.astype("float16") for i, w in enumerate(generator.get_weights())}
    np.savez_compressed(OUT, directions=directions.astype("float32"), means=means.astype("float32"), **weights)
    print(OUT.name, OUT.stat().st_size // 1024, "KiB")


def find_directions(generator, latents, *labels):
    """Directions `(4, latent_dim)`, each one standard deviation of a principal component of the first layer's features."""
    first = keras.Model(generator.input, generator.get_layer("project_relu").output)
    features = first.predict([latents, *labels] if labels else latents, verbose=0).reshape(len(latents), -1)
    scores = PCA(DIRECTIONS, random_state=0).fit_transform(features)
    return np.linalg.lstsq(scores / scores.std(0), latents, rcond=None)[0].astype("float32")


if __name__ == "__main__":
    main()
