"""Claim: bfloat16 trains as well as float32, and faster where the machine has instructions for it.

For each seed one training in either precision, in turn, of `00_start_here`'s recipe at width 32 and for fewer epochs:
seconds, and the Fréchet distance to the real digits. Bfloat16 is no worse if its median is at most float32's worst seed.

    python benchmarks/bench_precision.py [--seeds 0 1 2 3 4] [--epochs 30]
"""

import argparse
import statistics

import dcgan_course as dc

import bench_start_here  # isort: skip
import measure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--epochs", type=int, default=30)
    args = parser.parse_args()
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    settings = {**bench_start_here.RECIPE, "width": 32, "epochs": args.epochs}
    runs = {precision: [] for precision in ("float32", "bfloat16")}
    for seed in args.seeds:
        for precision, kept in runs.items():
            strategy = {**settings["strategy"], "precision": precision}
            kept.append(bench_start_here.train(digits, seed, **{**settings, "strategy": strategy}))
            print(f"seed {seed}  {precision:9s} Fréchet {kept[-1]['frechet']:.3f}  {kept[-1]['seconds']:.0f} s", flush=True)
    distances = {precision: [run["frechet"] for run in kept] for precision, kept in runs.items()}
    ratios = [a["seconds"] / b["seconds"] for a, b in zip(runs["float32"], runs["bfloat16"])]
    result = {
        "frechet_median": {precision: statistics.median(values) for precision, values in distances.items()},
        "float32_range": [min(distances["float32"]), max(distances["float32"])],
        "no_worse": statistics.median(distances["bfloat16"]) <= max(distances["float32"]),
        "times_faster": round(statistics.median(ratios), 2),
    }
    print(result)
    measure.keep("precision", {"settings": settings, **result, "runs": runs})


if __name__ == "__main__":
    main()
