"""Search: which settings bring the digits to a pixel Fréchet distance soonest, the notebook's 60 seconds considered?

Each arm is a dictionary of what it changes in `TODAY`, the recipe when the search was made: a field of `Strategy`, or
`width`, `batch_size`, `norm` (False: the discriminator without batch normalisation, He et al.'s initial weights instead),
`head` (a dense layer of so many units before the discriminator's logit: the one hidden layer that sees the whole image),
`decay` (the learning rate falls along a half cosine to 0 at the end of the budget). All arms train by turns, seed by seed.
A curve holds after every pass over the data: steps, seconds, CPU seconds of this process, Fréchet distance of 1,000
samples. Clocks stand still while samples are scored, and compiling is not counted. On a shared machine compare CPU seconds,
which count the work of both cores: a ratio is the median, over seeds, of today's CPU seconds over the arm's.

    python benchmarks/search_recipe.py [--arms "beta_1 0, batch 32"] [--seeds 10 11 12 13 14] [--budget 60] [--to 1.0]
"""

import argparse
import math
import statistics
import time

import dcgan_course as dc
from dcgan_course import networks

import keras  # isort: skip
import measure
from keras import layers, ops

BOUNDS = (1.0, 0.5, 0.33)
TODAY = {
    "width": 16,
    "batch_size": 64,
    **dc.Strategy.recipe(beta_1=0.5).get_config(),
}  # beta_1 is 0 in the recipe since then
ARMS = {
    "today": {},
    "beta_1 0": {"beta_1": 0.0},
    "batch 32": {"batch_size": 32},
    "beta_1 0, batch 32": {"beta_1": 0.0, "batch_size": 32},
    "beta_1 0, batch 32, no norm in D": {"beta_1": 0.0, "batch_size": 32, "norm": False},
    "beta_1 0, batch 32, head": {"beta_1": 0.0, "batch_size": 32, "head": 64},
    "beta_1 0, batch 32, no norm in D, head": {"beta_1": 0.0, "batch_size": 32, "norm": False, "head": 64},
    "head, no norm, translate": {"beta_1": 0.0, "batch_size": 32, "norm": False, "head": 64, "augment": "translate"},
    "head, no norm, R1": {"beta_1": 0.0, "batch_size": 32, "norm": False, "head": 64, "gradient_penalty": 0.1},
    "head, no norm, more noise, decay": {
        "beta_1": 0.0,
        "batch_size": 32,
        "norm": False,
        "head": 64,
        "instance_noise": 0.3,
        "decay": True,
    },
    "beta_1 0, batch 32, translate": {"beta_1": 0.0, "batch_size": 32, "augment": "translate"},
    "beta_1 0, batch 32, decay": {"beta_1": 0.0, "batch_size": 32, "decay": True},
}


def build(shape, seed, width, norm, head, strategy):
    """A compiled GAN."""
    keras.utils.set_random_seed(seed)
    images = keras.Input(shape)
    features = networks.discriminator_features(images, width, norm)
    if head:
        features = layers.LeakyReLU(0.2)(layers.Dense(head, kernel_initializer="he_normal")(features))
    discriminator = keras.Model(images, networks.last_layer(features))
    if not norm:  # nothing rescales the layers now, so the weights must do it themselves
        for variable in discriminator.trainable_variables:
            if len(variable.shape) > 1:
                variable.assign(keras.initializers.HeNormal()(variable.shape))
    gan = dc.GAN(networks.generator(shape, width=width), discriminator, seed=seed)
    gan.compile(strategy)
    return gan


def train(digits, seed, budget, to, width, batch_size, norm=True, head=None, decay=False, **strategy):
    """Train for `budget` CPU seconds, or until the Fréchet distance is `to`: the run's record."""
    gan = build(digits.image_shape, seed, width, norm, head, dc.Strategy(**strategy))
    batches = digits.batches(batch_size, seed=seed)
    start = gan.get_weights()
    gan.fit(batches, epochs=1, verbose=0)  # compiles, and is taken back
    gan.set_weights(start)
    for variable in gan.optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(ops.zeros_like(variable))
    rate, wall, cpu, curve = strategy["learning_rate"], 0.0, 0.0, []
    while cpu < budget:
        if decay:
            gan.optimizer.learning_rate = rate * 0.5 * (1 + math.cos(math.pi * cpu / budget))
        begun = time.perf_counter(), time.process_time()
        gan.fit(batches, epochs=1, verbose=0)
        wall, cpu = wall + time.perf_counter() - begun[0], cpu + time.process_time() - begun[1]
        distance = measure.frechet_distance(gan.sample(1000, seed=1234), digits.images)
        curve.append([int(gan.generator_optimizer.iterations), round(wall, 2), round(cpu, 2), round(distance, 3)])
        if distance < to:
            break
    return {"seed": seed, "reached": {str(b): first(curve, b) for b in BOUNDS if b >= to}, "curve": curve}


def first(curve, bound):
    """Steps, seconds and CPU seconds when the distance was first below the bound; None if it never was."""
    return next((row[:3] for row in curve if row[3] < bound), None)


def settings(change):
    return {**TODAY, **change}


def summary(runs):
    """For each arm: CPU milliseconds a step, and for each bound how many seeds reached it and how much sooner than today."""
    rows = {}
    for name, found in runs.items():
        ms = [1000 * run["curve"][-1][2] / run["curve"][-1][0] for run in found]
        row = {"cpu_ms_per_step": round(statistics.median(ms), 1)}
        for bound in found[0]["reached"]:  # not those below which no run was to go
            reached = [run["reached"][bound] for run in found]
            pairs = [(t["reached"][bound], r) for t, r in zip(runs["today"], reached)]
            ratios = [t[2] / r[2] for t, r in pairs if t and r]
            row[bound] = {
                "seeds": f"{sum(r is not None for r in reached)} of {len(reached)}",
                "cpu_seconds": [r and r[2] for r in reached],
                "today_over_this": round(statistics.median(ratios), 2) if ratios else None,
                "by_seed": [round(ratio, 2) for ratio in ratios],
            }
        rows[name] = row
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12, 13, 14])
    parser.add_argument("--budget", type=float, default=60, help="CPU seconds of training per run")
    parser.add_argument("--to", type=float, default=0.0, help="stop a run below this distance")
    parser.add_argument("--name", default="recipe_time", help="of the file in results")
    args = parser.parse_args()
    names = ["today", *(name for name in args.arms if name != "today")]
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    runs = {name: [] for name in names}
    for seed in args.seeds:
        for name in names:
            runs[name].append(train(digits, seed, args.budget, args.to, **settings(ARMS[name])))
            print(f"seed {seed} {name:34s} {runs[name][-1]['reached']} {runs[name][-1]['curve'][-1]}", flush=True)
        arms = {name: {"settings": settings(ARMS[name]), "runs": runs[name]} for name in names}
        result = {"budget_cpu_seconds": args.budget, "stopped_below": args.to, "summary": summary(runs), "arms": arms}
        measure.keep(args.name, result)
    for name, row in summary(runs).items():
        print(f"{name:34s} {row}")


if __name__ == "__main__":
    main()
