"""`python -m dcgan_course.classroom.grading build OUT`, and `… grade SUBMISSIONS --course OUT`."""

import argparse
import os
import pathlib
import sys

from . import course, pool, processes, sandbox, submissions

LIMITS = {  # option: its least value, and what it bounds
    "seconds_per_cell": (1, "CPU seconds of a cell"),
    "seconds_for_setup": (1, "CPU seconds of a cell before the first exercise"),
    "seconds_per_submission": (1, "CPU seconds of a notebook"),
    "gibibytes": (0.25, "memory of a submission"),
}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="grading", description="Make the assignments, and grade a folder of notebooks.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make nbgrader's course folder: student versions and gradebook")
    build.add_argument("out", type=pathlib.Path)
    build.add_argument("--source", type=pathlib.Path, help="the folder with A1/A1.ipynb and so on; a checkout's own")
    grade = commands.add_parser("grade", help="grade the notebooks in a folder")
    grade.add_argument("submissions", type=pathlib.Path)
    grade.add_argument("--course", type=pathlib.Path, required=True, help="what `build` made")
    grade.add_argument("--assignment", help="the one that most submissions are of, unless named")
    grade.add_argument("--results", type=pathlib.Path, help="graded-A1 beside the submissions, unless named")
    grade.add_argument("--jobs", type=_at_least(1, int), default=os.cpu_count() or 1, help="submissions at a time")
    for name, (least, words) in LIMITS.items():
        option, default = f"--{name.replace('_', '-')}", getattr(pool.Limits, name)
        grade.add_argument(option, type=_at_least(least, float), default=default, help=words)
    options = parser.parse_args(arguments)
    try:
        _build(options) if options.command == "build" else _grade(options)
    except (ValueError, OSError) as error:
        sys.exit(f"grading: {error}")
    except KeyboardInterrupt:
        processes.end_below()
        sys.exit("grading: stopped; grades.csv has those that were finished")


def _build(options):
    names = course.build(options.out, options.source)
    print(f"{', '.join(names)}: student versions in {options.out / 'release'}")


def _grade(options):
    folder = options.submissions.resolve()
    if not folder.is_dir():
        raise ValueError(f"SUBMISSIONS must be a folder of notebooks. Received: {options.submissions}.")
    releases = course.read(options.course)
    name, collected = submissions.collect(folder, releases, options.assignment)
    results = (options.results or folder.parent / f"graded-{name}").resolve()
    if results.is_relative_to(folder):
        raise ValueError(f"The results must not go into the folder of submissions. Received: {options.results}.")
    confined, reason = sandbox.usable()
    if not confined:
        print(
            f"Warning: bubblewrap (bwrap 0.7 or newer) does not work here: {reason}. The students' code runs with limits on "
            "time and memory only, and can read what you can read, hidden tests too. On Debian: apt install bubblewrap.",
            file=sys.stderr,
        )
    sandbox.require_package(confined)
    release = releases[name]
    limits = pool.Limits(**{name: getattr(options, name) for name in LIMITS})
    secrets = [folder, results, options.course.resolve()]
    print(f"{name}: {len(collected)} submissions, {options.jobs} at a time")
    rows = pool.grade(collected, release, results, secrets, limits, options.jobs, confined)
    graded = [row.points for row in rows if row.is_graded]
    mean = sum(graded) / max(1, len(graded))
    print(f"{len(graded)} of {len(rows)} graded, {mean:.1f} of {release.maximum:g} points on average")
    print(results / "grades.csv")
    for exercise in release.exercises:
        if exercise.manual:
            print(f"{exercise.name} ({exercise.points:g} points) is for you to read; 0 is there where nothing was written.")


def _at_least(least, kind):
    def parse(text):
        value = kind(text)
        if not value >= least or value == float("inf"):
            raise argparse.ArgumentTypeError(f"must be at least {least:g}. Received: {text}")
        return value

    return parse


if __name__ == "__main__":
    main()
