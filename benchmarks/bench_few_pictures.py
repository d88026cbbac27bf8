"""Claim: with 300 portraits augmentation lowers D's gap, and the Fréchet distance to unseen portraits by at least 30 %.

A discriminator that learns few pictures by heart is sure of these, and not of others. Each run trains on 300 or 100
portraits of `people` at 32×32 by `Strategy.recipe()`, once without and once with `augment="translate,colour,cutout"`;
nothing else differs. Unseen are all portraits whose motif is not in training, so that no unseen portrait differs from one in
training by the skin tone alone. Measured after 1,500 steps of batches of 32, width 16:

- gap: mean D(x) of the portraits in training minus mean D(x) of the unseen ones, D in inference mode, D(x) from 0 to 1;
- frechet: Fréchet distance of 500 samples to the unseen portraits, in the features of the classifier of all portraits;
- floor: the same distance of the portraits in training to the unseen ones, beside it.

Seeds 0 … 4 draw the motifs, the weights and the latents; both arms of a seed have them in common and take turns. The bars
were set before the runs, for 300 portraits: the 95 % t-interval of the five paired differences of the gap (with minus
without) lies below 0, and the mean distance falls by at least 30 %. The same is computed for 100 portraits, without a bar.
A run takes about half a minute on two free cores. The file is written after each run; runs that it holds are not repeated.

With `--discriminator penalised` the same is asked of the networks and the strategy of chapter 04.4, for 3,000 steps: no
normalisation in D, a head, its slope penalised, no instance noise; "with" is then `augment="translate,cutout"`. The bars are
the same. These runs are in a file of their own.

    nice -n 15 python benchmarks/bench_few_pictures.py [--discriminator penalised] [--seeds 0 1 2] [--pictures 300 100 744]
"""

import argparse
import json

import dcgan_course as dc
from dcgan_course import evaluation

import measure  # isort: skip
import keras  # isort: skip
import numpy as np
from scipy import stats

SETTINGS = {"size": 32, "width": 16, "batch_size": 32, "samples": 500, "of": 930}
PENALISED = {"gradient_penalty": 0.2, "instance_noise": 0.0}
VARIANTS = {  # what --discriminator names: its networks, steps, and strategies without and with augmentation
    "normalised": {
        "file": "few_pictures",
        "steps": 1500,
        "discriminator": {},
        "arms": {"without": {"beta_1": 0.5}, "with": {"beta_1": 0.5, "augment": "translate,colour,cutout"}},  # as then
    },
    "penalised": {
        "file": "few_pictures_penalised",
        "steps": 3000,
        "discriminator": {"norm": False, "head": 64},
        "arms": {"without": PENALISED, "with": {**PENALISED, "augment": "translate,cutout"}},
    },
}
MEASURES = ("gap", "frechet")
LEAST_FALL = 0.3


def split(people, count, seed):
    """Rows of `count` portraits to train on, of as few whole motifs as hold them, and of all portraits of other motifs."""
    motifs = np.random.default_rng(seed).permutation(np.unique(people.columns["motif"]))
    tones = len(people.class_names)
    known = np.isin(people.columns["motif"], motifs[: -(-count // tones)])
    return np.flatnonzero(known)[:count], np.flatnonzero(~known)


def run(people, judge, variant, count, arm, seed):
    training, unseen = (people.images[rows] for rows in split(people, count, seed))
    keras.utils.set_random_seed(seed)
    generator = dc.networks.generator(people.image_shape, width=SETTINGS["width"])
    discriminator = dc.networks.discriminator(people.image_shape, width=SETTINGS["width"], **variant["discriminator"])
    gan = dc.GAN(generator, discriminator, seed=seed)
    gan.compile(dc.Strategy.recipe(**variant["arms"][arm]))
    batches = dc.datasets.Batches(training, SETTINGS["batch_size"], seed=seed, drop_remainder=True)
    epochs = -(-variant["steps"] // len(batches))
    gan.fit(batches, epochs=epochs, verbose=0)

    def believed(images):
        return float(keras.ops.mean(keras.ops.sigmoid(gan.discriminator(images, training=False))))

    def distance(images):
        return float(evaluation.frechet_distance(judge.features(unseen), judge.features(images)))

    return {
        "pictures": count,
        "arm": arm,
        "seed": seed,
        "steps": epochs * len(batches),
        "d_training": believed(training),
        "d_unseen": believed(unseen),
        "gap": believed(training) - believed(unseen),
        "frechet": distance(gan.sample(SETTINGS["samples"], seed=seed)),
        "floor": distance(training),
    }


def compared(runs, count):
    """Means of both arms and their paired differences, of the seeds that both have."""
    arms = {arm: {r["seed"]: r for r in runs if (r["pictures"], r["arm"]) == (count, arm)} for arm in ("without", "with")}
    seeds = sorted(set(arms["without"]) & set(arms["with"]))
    result = {"seeds": seeds}
    for name in MEASURES if len(seeds) > 1 else ():
        without, with_it = (np.array([arms[arm][seed][name] for seed in seeds]) for arm in ("without", "with"))
        difference = with_it - without
        reach = stats.t.ppf(0.975, len(seeds) - 1) * stats.sem(difference)
        result[name] = {
            "without": float(without.mean()),
            "with": float(with_it.mean()),
            "difference": float(difference.mean()),
            "interval": [float(difference.mean() - reach), float(difference.mean() + reach)],
        }
    if len(seeds) > 1:
        result["fall"] = 1 - result["frechet"]["with"] / result["frechet"]["without"]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--pictures", type=int, nargs="+", default=[300, 100])
    parser.add_argument("--discriminator", choices=VARIANTS, default="normalised")
    args = parser.parse_args()
    variant = VARIANTS[args.discriminator]
    file = measure.RESULTS / f"{variant['file']}.json"
    people = dc.datasets.load("people", size=SETTINGS["size"])
    judge = evaluation.classifier(people)
    runs = json.loads(file.read_text())["runs"] if file.exists() else []
    for count in args.pictures:
        for seed in args.seeds:
            for arm in variant["arms"]:
                if not any((r["pictures"], r["arm"], r["seed"]) == (count, arm, seed) for r in runs):
                    runs.append(run(people, judge, variant, count, arm, seed))
                    print(runs[-1], flush=True)
                    keep(runs, variant)


def keep(runs, variant):
    pairs = {str(count): compared(runs, count) for count in sorted({r["pictures"] for r in runs})}
    of_300 = pairs.get("300", {})
    holds = None
    if "fall" in of_300 and len(of_300["seeds"]) >= 5:
        holds = {"gap": of_300["gap"]["interval"][1] < 0, "distance": of_300["fall"] >= LEAST_FALL}
        print({name: "claim holds" if held else "CLAIM FAILS" for name, held in holds.items()}, flush=True)
    settings = {**SETTINGS, "steps": variant["steps"], "discriminator": variant["discriminator"]}
    about = {"settings": settings, "strategy": variant["arms"], "least_fall": LEAST_FALL}
    measure.keep(variant["file"], {**about, "runs": runs, "compared": pairs, "holds": holds})


if __name__ == "__main__":
    dc.start(seed=0)
    main()
