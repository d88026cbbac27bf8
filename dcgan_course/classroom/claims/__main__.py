"""Make the claims' evidence: `python -m dcgan_course.classroom.claims run --hours 2`; see `data/claims/protocol.md`."""

import argparse
import json

from . import protocol, runner


def once(data, arm, seed):
    """Make one run anew and show its scores beside those that are kept."""
    job = {"kind": "run", "data": data, "arm": arm, "seed": seed}
    runs = runner.done()
    kept, settings = runs.get(runner.key(job)), runner.settings_of(job, runs)
    if settings is None:
        raise SystemExit(f"The trials that tune {protocol.arm(arm).tuned!r} on {data} are not all done: see `status`.")
    with runner.pool(1) as pool:  # on one thread, as the runs that are kept
        made = pool.submit(runner.make, job, settings).result()
    for share, scores in made["scores"].items():
        print(f"{float(share):4.0%} of the budget: {json.dumps(scores)}")
        if kept is not None:
            print(f"          as kept: {json.dumps(kept['scores'][share])}")
    if kept is not None:
        same = kept["scores"] == made["scores"]
        print("the same numbers" if same else f"other numbers; those that are kept: {kept['where']}")


def main():
    parser = argparse.ArgumentParser(prog="python -m dcgan_course.classroom.claims", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make the next runs that the protocol plans, one process per core")
    run.add_argument("--hours", type=float, required=True, help="for how long; it goes on another time where it stopped")
    run.add_argument("--processes", type=int, default=None, help="instead of one per core")
    commands.add_parser("status", help="what is done, and how long the rest takes")
    one = commands.add_parser("once", help="make one run anew and compare it with the one that is kept")
    one.add_argument("data", choices=protocol.read()["data"])
    one.add_argument("arm", choices=protocol.arms(), metavar="ARM", help="one of protocol.toml's, in quotes")
    one.add_argument("seed", type=int)
    args = parser.parse_args()
    if args.command == "run":
        runner.run(args.hours, args.processes)
    elif args.command == "status":
        print(runner.status())
    else:
        once(args.data, args.arm, args.seed)


if __name__ == "__main__":
    main()
