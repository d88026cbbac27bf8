"""Claim: of 1,000 clothes that the shipped generator makes, at least 90 % are read as the class asked for.

A network other than the course's own classifier reads them: it learns from the whole 60,000 pictures of Fashion-MNIST, and
must read at least 88 % of the 2,000 test pictures right. Three seeds, of the reader and of the samples.

    python benchmarks/bench_of_a_class.py [--seeds 0 1 2]
"""

import argparse

import dcgan_course as dc

import keras  # isort: skip
import measure
import numpy as np

from dcgan_course.evaluation.classifier import classifier_network

SAMPLES, SHARE, READS = 1000, 0.9, 0.88
EPOCHS, BATCH = 6, 64


def reader(training, seed):
    """The course's network for classifiers, trained on so many more pictures: a function from images to class numbers."""
    keras.utils.set_random_seed(seed)
    model = classifier_network(training.image_shape, len(training.class_names), seed)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * -(-len(training) // BATCH))
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(training.images, training.labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return lambda images: model.predict(images, verbose=0).argmax(axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    dc.start(seed=0)
    training, test = dc.datasets.load("fashion_mnist", size=32), dc.datasets.load("fashion", size=32, split="test")
    generator, runs = dc.load_generator("fashion"), []
    asked = generator.labels_for(SAMPLES)
    for seed in args.seeds:
        read = reader(training, seed)
        right, real = read(generator.sample(SAMPLES, seed=seed)) == asked, read(test.images) == test.labels
        by_class = {name: round(float(right[asked == label].mean()), 3) for label, name in enumerate(test.class_names)}
        real_by_class = {name: round(float(real[test.labels == c].mean()), 3) for c, name in enumerate(test.class_names)}
        run = {"seed": seed, "samples": float(np.mean(right)), "real": float(np.mean(real))}
        runs.append({**run, "samples_by_class": by_class, "real_by_class": real_by_class})
        print(runs[-1], flush=True)
    holds = all(run["real"] >= READS and run["samples"] >= SHARE for run in runs)
    print(f"at least {SHARE:.0%} of {SAMPLES}, by a reader of {READS:.0%}: {'claim holds' if holds else 'CLAIM FAILS'}")
    measure.keep("of_a_class", {"samples": SAMPLES, "runs": runs, "holds": holds})


if __name__ == "__main__":
    main()
