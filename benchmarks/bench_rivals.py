"""Claim: in claims C1 and C2 the dense GAN and the VAE run at the best of these learning rates, each found on its own.

Every rate gets the budget of the claims' runs, on seeds that no claim uses; the lowest mean log Fréchet distance wins.

    python benchmarks/bench_rivals.py [--seeds 100 101]
"""

import argparse
import dataclasses

import dcgan_course as dc
from dcgan_course.classroom.claims import arms

import measure  # isort: skip
import numpy as np

RATES = (2e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101])
    seeds = parser.parse_args().seeds
    dc.start(seed=0)
    used = {rival: arms.get(rival).learning_rate for rival in ("dense GAN", "VAE")}
    distances = {rival: {} for rival in used}
    for rival in used:
        for rate in RATES:
            arm = dataclasses.replace(arms.get(rival), learning_rate=rate)
            distances[rival][str(rate)] = [round(arms.trained(arm, seed)["frechet"], 3) for seed in seeds]
            print(f"{rival:10s} rate {rate:.0e}: Fréchet distance {distances[rival][str(rate)]}", flush=True)
    best = {rival: float(min(rates, key=lambda rate: np.log(rates[rate]).mean())) for rival, rates in distances.items()}
    measure.keep("rivals", {"seeds": seeds, "epochs": arms.EPOCHS, "frechet": distances, "best": best})
    print(f"best {best}, used by the claims {used}: {'claim holds' if best == used else 'CLAIM FAILS'}")


if __name__ == "__main__":
    main()
