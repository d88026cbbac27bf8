"""Measure claims anew: `python -m dcgan_course.classroom.claims C5 C6` or `--all`; writes data/claims/."""

import argparse

import dcgan_course as dc

from . import CLAIMS, load
from .evidence import LEAST_SEEDS
from .experiments import measure


def main():
    parser = argparse.ArgumentParser(prog="python -m dcgan_course.classroom.claims", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"one or more of {', '.join(CLAIMS)}")
    parser.add_argument("--all", action="store_true", help="all twelve (about an hour on two cores)")
    parser.add_argument("--seeds", type=int, default=5, help=f"runs per arm, at least {LEAST_SEEDS}: the seeds 0, 1, 2, …")
    args = parser.parse_args()
    unknown = sorted(set(args.ids) - set(CLAIMS))
    if unknown or not (args.ids or args.all):
        parser.error(f"name claims from {', '.join(CLAIMS)}, or --all. Received: {', '.join(unknown) or 'none'}.")
    if args.seeds < LEAST_SEEDS:
        parser.error(f"--seeds must be at least {LEAST_SEEDS}: fewer runs decide nothing. Received: {args.seeds}.")
    dc.start(seed=0)
    for name in CLAIMS if args.all else args.ids:
        measure(name, range(args.seeds))
        print(load(name), flush=True)


if __name__ == "__main__":
    main()
