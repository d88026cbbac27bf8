"""Claim: of 1,000 clothes that the shipped generator makes, at least 90 % are read as the class asked for.

A network that has nothing to do with the course's own classifier reads them: it learns from the 6,000 training pictures,
shifted and mirrored at random, and must read at least 88 % of the 2,000 test pictures right. Three seeds, of the reader and
of the samples.

    python benchmarks/bench_of_a_class.py [--seeds 0 1 2]
"""

import argparse

import dcgan_course as dc

import keras  # isort: skip
import measure
import numpy as np
from keras import layers

SAMPLES, SHARE, READS = 1000, 0.9, 0.88
EPOCHS, BATCH = 15, 64


def reader(image_shape, classes):
    """A convolutional network that sees every picture shifted and mirrored at random while it learns."""
    model = keras.Sequential(
        [keras.Input(image_shape), layers.RandomFlip("horizontal"), layers.RandomTranslation(0.06, 0.06)]
    )
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.BatchNormalization())
        model.add(layers.MaxPooling2D())
        model.add(layers.Dropout(0.2))
    for layer in (layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.4), layers.Dense(classes)):
        model.add(layer)
    return model


def trained_reader(training, seed):
    keras.utils.set_random_seed(seed)
    model = reader(training.image_shape, len(training.class_names))
    rate = keras.optimizers.schedules.CosineDecay(1e-3, EPOCHS * -(-len(training) // BATCH))
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(training.images, training.labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model


def read(model, images):
    return model.predict(images, verbose=0).argmax(axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    dc.start(seed=0)
    training, test = (dc.datasets.load("fashion", size=32, split=split) for split in ("train", "test"))
    generator, runs = dc.load_generator("fashion"), []
    asked = generator.labels_for(SAMPLES)
    for seed in args.seeds:
        model = trained_reader(training, seed)
        right = read(model, generator.sample(SAMPLES, seed=seed)) == asked
        by_class = {name: round(float(right[asked == label].mean()), 3) for label, name in enumerate(training.class_names)}
        real = float(np.mean(read(model, test.images) == test.labels))
        runs.append({"seed": seed, "real": round(real, 4), "samples": round(float(right.mean()), 4), "by_class": by_class})
        print(runs[-1], flush=True)
    holds = all(run["real"] >= READS and run["samples"] >= SHARE for run in runs)
    print(f"at least {SHARE:.0%} of {SAMPLES} with a reader of {READS:.0%}: {'claim holds' if holds else 'CLAIM FAILS'}")
    measure.keep("of_a_class", {"samples": SAMPLES, "runs": runs, "holds": holds})


if __name__ == "__main__":
    main()
