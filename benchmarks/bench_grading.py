"""What grading costs: seconds and memory of a full solution of each assignment, and of each kind of A1 in a class.

One submission at a time, confined where bubblewrap is; the kinds are those of `tests/classroom/test_assignments.py`.

    python benchmarks/bench_grading.py
"""

import csv
import pathlib
import shutil
import statistics
import sys
import tempfile

import nbformat

import measure  # isort: skip

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "classroom"))
from test_assignments import ASSIGNMENTS, CLASS, NAMES, grading  # noqa: E402

ROUNDS = 3
SUBMISSIONS = 200  # a class, two at a time
MINUTES = 20  # in which it should be graded


def graded(folder, course):
    """Rows of grades.csv for a folder of submissions."""
    results = folder.parent / f"{folder.name}-graded"
    grading("grade", folder, "--course", course, "--results", results, "--jobs", 1)
    with open(results / "grades.csv", newline="") as file:
        return list(csv.DictReader(file))


def summary(rows):
    return {
        "seconds": statistics.median(float(row["seconds"]) for row in rows),
        "mebibytes": max(int(row["mebibytes"]) for row in rows),
        "points": sorted({row["points"] for row in rows}),
        "confined": rows[0]["confined"],
    }


def main():
    result = {"solutions": {}, "kinds": {}}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        grading("build", folder / "course")
        for name in NAMES:
            (folder / name).mkdir()
            for n in range(ROUNDS):
                shutil.copy(ASSIGNMENTS / "source" / name / f"{name}.ipynb", folder / name / f"{name}_{n}.ipynb")
            result["solutions"][name] = found = summary(graded(folder / name, folder / "course"))
            print(f"{name} solved             {found['seconds']:5.1f} s   {found['mebibytes']:5d} MiB", flush=True)
        (folder / "class").mkdir()
        for kind, (make, _) in CLASS.items():
            made = make()
            text = made if isinstance(made, str) else nbformat.writes(made)
            (folder / "class" / f"A1_{kind.replace(' ', '-')}.ipynb").write_text(text)
        for row in graded(folder / "class", folder / "course"):
            result["kinds"][row["student"]] = found = summary([row])
            print(f"{row['student']:26s} {found['seconds']:5.1f} s   {found['mebibytes']:5d} MiB   {row['points']} points")
    mean = statistics.mean(kind["seconds"] for kind in result["kinds"].values())
    result["class_minutes"] = minutes = round(mean * SUBMISSIONS / 2 / 60, 1)
    fails = "" if minutes <= MINUTES else "   FAILS"
    print(f"a class of {SUBMISSIONS} such, two at a time: {minutes} minutes, of {MINUTES}{fails}")
    measure.keep("grading", result)


if __name__ == "__main__":
    main()
