"""What samples are measured by: real images that no run trains on, and features that are the same on every machine."""

import dataclasses
import functools

import keras
import numpy as np

from ... import datasets, evaluation, places
from ...evaluation.classifier import classifier_network
from . import protocol

SPLIT_SEED, SAMPLE_SEED = 0, 1234


@dataclasses.dataclass(frozen=True)
class Yardstick:
    """A data set of the protocol, split once for all runs."""

    name: str
    training: datasets.ImageDataset
    held_out: datasets.ImageDataset
    reader: evaluation.Classifier
    repeats: int  # sets of samples over which scores are averaged

    def scores(self, sample, images=None):
        """Scores of what `sample(n, seed)` makes, `{metric: value}`, averages over the repeats, as floats.

        Each set has as many samples as there are real images to compare with: `images`, or the held-out ones.
        """
        images = self.held_out.images if images is None else images
        real, n = self.reader.features(images), len(images)
        sets = [self.reader.features(sample(n, SAMPLE_SEED + i)) for i in range(self.repeats)]
        rows = [
            {
                "frechet": unbiased_frechet_distance(real, fake),
                "kernel": evaluation.kernel_distance(real, fake),
                **evaluation.neighbourhood_scores(real, fake),
            }
            for fake in sets
        ]
        return {metric: float(np.mean([row[metric] for row in rows])) for metric in rows[0]}

    def floor(self):
        """The scores of training images, drawn anew for each set: what samples as good as real ones would get."""

        def sample(n, seed):
            rows = np.random.default_rng(seed).choice(len(self.training), n, replace=n > len(self.training))
            return self.training.images[rows]

        return self.scores(sample)


def unbiased_frechet_distance(real, fake, halvings=4, seed=0):
    """Fréchet distance of features `(n, d)` with the first term of its bias taken off.

    Estimated from n images, the distance is too long by about c/n (Chong & Forsyth 2020). From half as many it is too long
    by twice that; so twice the whole minus the halves' mean is free of c. The float can fall below 0 where the sets are
    alike.
    """
    rng, halves = np.random.default_rng(seed), []
    for _ in range(halvings):
        parts = [np.array_split(x[rng.permutation(len(x))], 2) for x in (real, fake)]
        halves += [evaluation.frechet_distance(a, b) for a, b in zip(*parts)]
    return 2 * evaluation.frechet_distance(real, fake) - float(np.mean(halves))


@functools.cache
def yardstick(name):
    """The `Yardstick` of a data set that the protocol names."""
    settings = protocol.read()["data"][name]
    training, held_out = _split(name, settings["size"], settings["held_out"])
    return Yardstick(name, training, held_out, _reader(name, training), settings["repeats"])


def _split(name, size, count):
    """Training and held-out images, as two `ImageDataset`s whose classes the reader is to tell apart."""
    dataset, rng = datasets.load(name, size=size), np.random.default_rng(SPLIT_SEED)
    if name == "fashion":  # it has test images
        test = datasets.load(name, size=size, split="test")
        return dataset, _rows(test, np.sort(rng.permutation(len(test))[:count]))
    groups, labels, names = np.arange(len(dataset)), dataset.labels, dataset.class_names
    if name == "people":  # one motif in another tone is not unseen; and features should see form as well as tone
        groups = np.asarray(dataset.columns["motif"])
        kinds = [f"{kind}, {names[label]}" for kind, label in zip(dataset.columns["kind"], labels)]
        names, labels = np.unique(kinds, return_inverse=True)
    each = len(dataset) // len(np.unique(groups))
    aside = np.isin(groups, rng.permutation(np.unique(groups))[: count // each])
    named = datasets.ImageDataset(dataset.images, labels, [str(n) for n in names], name=name)
    return _rows(named, np.flatnonzero(~aside)), _rows(named, np.flatnonzero(aside))


def _rows(dataset, rows):
    return datasets.ImageDataset(dataset.images[rows], dataset.labels[rows], dataset.class_names, name=dataset.card.name)


def _reader(name, training):
    """The classifier that features come from: kept with the evidence, since one trained anew would be another yardstick."""
    network = classifier_network(training.image_shape, len(training.class_names))
    with np.load(places.shipped("claims") / "readers.npz", allow_pickle=False) as kept:
        accuracy, *weights = (kept[key] for key in sorted(kept.files) if key.startswith(f"{name}-"))
        network.set_weights([w.astype("float32") for w in weights])
    return evaluation.Classifier(network, float(accuracy), training.images[:2000])


def keep_readers():
    """Train the three classifiers on the training images and write data/claims/readers.npz: once, before the first run."""
    arrays = {}
    for name, settings in protocol.read()["data"].items():
        training, held_out = _split(name, settings["size"], settings["held_out"])
        model = evaluation.classifier(training).model
        right = keras.ops.convert_to_numpy(model(held_out.images)).argmax(axis=1) == held_out.labels
        arrays |= {f"{name}-00": np.float32(right.mean())}
        arrays |= {f"{name}-{i:02d}": w.astype("float16") for i, w in enumerate(model.get_weights(), 1)}
        print(f"{name}: {len(training)} images to train on, {len(held_out)} held out, {right.mean():.1%} of them read right")
    with places.whole(places.results("claims") / "readers.npz") as draft, open(draft, "wb") as file:
        np.savez_compressed(file, **arrays)
