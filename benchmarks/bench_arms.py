"""How much longer a DCGAN's step takes than one of the claims' rivals: what `protocol.toml` calls equal time comes from it.

Models train by turns, on one thread, with deterministic operations, as the claims' runs do. A ratio is of medians of CPU
time over the rounds. Beside it stands the ratio that the protocol was registered with.

    python benchmarks/bench_arms.py [--rounds 7]
"""

import argparse
import os
import statistics
import time

from dcgan_course import datasets
from dcgan_course.classroom.claims import protocol, runner

import measure  # isort: skip

STEPS, BATCH = 40, 32
ARMS = ("DCGAN", "dense GAN", "VAE", "dense GAN, equal multiply-adds")


def milliseconds(data, rounds):
    """Medians of a step's CPU time, `{arm: milliseconds}`."""
    from dcgan_course.classroom.claims import trials

    models, took = {}, {name: [] for name in ARMS}
    for name in ARMS:
        arm = protocol.arm(name)
        images, _ = trials.images_of(arm, data, seed=0)
        models[name] = trials.build(arm, data, trials.Settings(), seed=0), datasets.Batches(images[: 20 * BATCH], BATCH)
        models[name][0].fit(models[name][1], epochs=1, verbose=0)  # compiles
    for _ in range(rounds):
        for name, (model, batches) in models.items():
            begun = time.process_time()
            model.fit(batches, epochs=STEPS // 20, verbose=0)
            took[name].append(1000 * (time.process_time() - begun) / STEPS)
    return {name: round(statistics.median(times), 2) for name, times in took.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    result = {}
    with runner.pool(1) as workers:
        for data, registered in protocol.read()["time_of_a_dcgan_step_over"].items():
            steps = workers.submit(milliseconds, data, args.rounds).result()
            ratios = {name: round(steps["DCGAN"] / ms, 2) for name, ms in steps.items()}
            result[data] = {"ms_per_step": steps, "dcgan_over_this": ratios, "registered": registered}
            print(data, result[data], flush=True)
    measure.keep("arms", {"rounds": args.rounds, "steps": STEPS, "load": os.getloadavg()[0], "data": result})


if __name__ == "__main__":
    main()
