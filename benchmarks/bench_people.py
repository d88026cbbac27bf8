"""Claim: on people, 64×64, training as the shipped generator's comes to at most 0.35 of the recipe's Fréchet distance.

Both arms train the same generator on the same batches for 100 epochs, 3,000 steps, as `tools/make_generators.py` says:

- "shipped": a discriminator with a head and without normalisation, its slope penalised; augmentation, no instance noise, a
  longer average, learning rates that fall in a line;
- "recipe": Radford's discriminator and `Strategy.recipe()` as it is, with constant rates.

The shipped generator itself was trained four times as long. The distance is the report's, in the features of the
classifier of tones, with kernel distance, precision and recall beside it. The bar was set before the runs: the ratio of the
medians over three seeds is at most 0.35. A run takes about ten CPU minutes. The file is written after each run, and runs
that it holds are not repeated.

    python benchmarks/bench_people.py [--seeds 0 1 2] [--checkpoints FOLDER]
"""

import argparse
import json
import pathlib
import statistics
import sys

import dcgan_course as dc
from dcgan_course import evaluation

import measure  # isort: skip

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tools"))
from make_generators import RECIPES, train  # noqa: E402

BAR = 0.35
EPOCHS = 100
ARMS = {"shipped": {}, "recipe": {"discriminator": {}, "strategy": {}, "last_rate": 1.0}}
MEASURES = ("frechet", "kernel", "precision", "recall")
FILE = pathlib.Path(__file__).parent / "results" / "people.json"


def run(arm, seed, checkpoints):
    gan, people = train("people", seed, checkpoints and checkpoints / f"{arm}-{seed}", epochs=EPOCHS, **ARMS[arm])
    quality = evaluation.report(gan, people, seed=0)
    steps = int(gan.generator_optimizer.iterations)
    return {"arm": arm, "seed": seed, "steps": steps, **{name: quality.samples[name] for name in MEASURES}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--checkpoints", type=pathlib.Path, help="a folder in which stopped runs go on")
    args = parser.parse_args()
    runs = json.loads(FILE.read_text())["runs"] if FILE.exists() else []
    for seed in args.seeds:
        for arm in ARMS:
            if not any((found["arm"], found["seed"]) == (arm, seed) for found in runs):
                runs.append(run(arm, seed, args.checkpoints))
                keep(runs)


def keep(runs):
    medians = {
        arm: {name: statistics.median(r[name] for r in runs if r["arm"] == arm) for name in MEASURES}
        for arm in {r["arm"] for r in runs}
    }
    ratio = medians["shipped"]["frechet"] / medians["recipe"]["frechet"] if len(medians) == 2 else None
    holds = None if ratio is None else ratio <= BAR
    print(medians, f"ratio {ratio}", {None: "not yet", True: "claim holds", False: "CLAIM FAILS"}[holds], flush=True)
    measure.keep(
        "people",
        {"training": RECIPES["people"], "bar": BAR, "runs": runs, "medians": medians, "ratio": ratio, "holds": holds},
    )


if __name__ == "__main__":
    dc.start(seed=0)
    main()
