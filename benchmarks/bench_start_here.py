"""Claim: `00_start_here` trains a DCGAN on real digits within 60 s on two cores, and the digits are good.

For seeds 0, 1 and 2: seconds of training from random weights, the smallest share of any digit among 1,000 samples, and
the Fréchet distance to the real digits; beside it the distance of two halves of the real digits. `--search` trains
the alternatives too, each of which differs from the recipe in one thing: that is how the recipe was chosen.

    python benchmarks/bench_start_here.py [--seeds 0 1 2] [--search]
"""

import argparse
import statistics
import time

import dcgan_course as dc

import keras  # isort: skip
import measure
import numpy as np

RECIPE = dict(  # 00_start_here, laptop profile: a test holds the notebook to it
    width=16,
    batch_size=32,
    epochs=45,
    strategy=dc.Strategy.recipe().get_config(),
)
ALTERNATIVES = {
    "instance noise 0.3": {"instance_noise": 0.3},
    "label smoothing 0.1": {"label_smoothing": 0.1},
    "no instance noise": {"instance_noise": 0.0},
    "no weight averaging": {"averaging": None},
    "no clipping": {"clip_norm": None},
    "learning rate 2e-4": {"learning_rate": 2e-4},
    "learning rate 1e-3": {"learning_rate": 1e-3},
    "width 24, 37 epochs": {"width": 24, "epochs": 37},
    "Radford's settings": {"learning_rate": 2e-4, "clip_norm": None, "instance_noise": 0.0, "averaging": None},
}


def train(digits, seed, width, batch_size, epochs, strategy):
    keras.utils.set_random_seed(seed)
    gan = dc.GAN(
        dc.networks.generator(digits.image_shape, width=width), dc.networks.discriminator(digits.image_shape, width=width)
    )
    gan.compile(dc.Strategy(**strategy))
    begun = time.perf_counter()
    gan.fit(digits.batches(batch_size, seed=seed), epochs=epochs, verbose=0)
    seconds = time.perf_counter() - begun
    samples = gan.sample(1000, seed=1234)
    return {
        "seed": seed,
        "steps": int(gan.generator_optimizer.iterations),
        "seconds": round(seconds, 1),
        "frechet": round(measure.frechet_distance(samples, digits.images), 3),
        "smallest_share": round(min(measure.digit_shares(samples)), 3),
    }


def changed(change):
    fields = {k: v for k, v in change.items() if k in RECIPE}
    return {**RECIPE, **fields, "strategy": {**RECIPE["strategy"], **{k: v for k, v in change.items() if k not in RECIPE}}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--search", action="store_true", help="train the alternatives too (half an hour)")
    args = parser.parse_args()
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    order = np.random.default_rng(0).permutation(len(digits))
    halves = measure.frechet_distance(digits.images[order[:898]], digits.images[order[898:]])
    print(f"Fréchet distance of two halves of the real digits: {halves:.2f}")

    arms = {"recipe": RECIPE, **({name: changed(c) for name, c in ALTERNATIVES.items()} if args.search else {})}
    result = {}
    for name, settings in arms.items():
        runs = [train(digits, seed, **settings) for seed in args.seeds]
        took = statistics.median(run["seconds"] for run in runs)
        if args.search:  # half an hour on a shared machine: scores are kept, times are not
            runs = [{k: v for k, v in run.items() if k != "seconds"} for run in runs]
        result[name] = {"settings": settings, "runs": runs}
        distances = [r["frechet"] for r in runs]
        print(
            f"{name:30s} Fréchet {statistics.median(distances):.2f} ({min(distances):.2f} … {max(distances):.2f})   "
            f"smallest share {100 * min(r['smallest_share'] for r in runs):.1f} %   "
            f"{took:.0f} s for {runs[0]['steps']} steps",
            flush=True,
        )
        measure.keep("recipe_search" if args.search else "start_here", {"real_halves": round(halves, 3), "arms": result})


if __name__ == "__main__":
    main()
