"""What grading costs: seconds and memory of a full solution of each assignment, and of each kind of A1 in a class.

One submission at a time, confined where bubblewrap is; the kinds are those of `tests/classroom/test_assignments.py`.

    python benchmarks/bench_grading.py
"""

import pathlib
import shutil
import statistics
import sys
import tempfile

import nbformat

import measure  # isort: skip

TESTS = pathlib.Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "classroom"), str(TESTS / "helpers")]
from fake_course import grade, table  # noqa: E402
from test_assignments import ASSIGNMENTS, CLASS, NAMES  # noqa: E402

from dcgan_course.classroom.grading import course  # noqa: E402

ROUNDS = 3
SUBMISSIONS = 200  # a class, two at a time
MINUTES = 20  # in which it should be graded


def graded(folder, built):
    """Rows of grades.csv for a folder of submissions."""
    results = folder.parent / f"{folder.name}-graded"
    grade(folder, "--course", built, "--results", results, "--jobs", 1)
    return list(table(results).values())


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
        course.build(folder / "course")
        for name in NAMES:
            (folder / name).mkdir()
            for n in range(ROUNDS):
                shutil.copy(ASSIGNMENTS / "source" / name / f"{name}.ipynb", folder / name / f"{name}_{n}.ipynb")
            result["solutions"][name] = cost = summary(graded(folder / name, folder / "course"))
            print(f"{name} solved             {cost['seconds']:5.1f} s   {cost['mebibytes']:5d} MiB", flush=True)
        (folder / "class").mkdir()
        for kind, (make, _) in CLASS.items():
            notebook = make()
            text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
            (folder / "class" / f"A1_{kind.replace(' ', '-')}.ipynb").write_text(text)
        for row in graded(folder / "class", folder / "course"):
            result["kinds"][row["student"]] = cost = summary([row])
            print(f"{row['student']:26s} {cost['seconds']:5.1f} s   {cost['mebibytes']:5d} MiB   {row['points']} points")
    mean = statistics.mean(kind["seconds"] for kind in result["kinds"].values())
    result["class_minutes"] = minutes = round(mean * SUBMISSIONS / 2 / 60, 1)
    fails = "" if minutes <= MINUTES else "   FAILS"
    print(f"a class of {SUBMISSIONS} such, two at a time: {minutes} minutes, of {MINUTES}{fails}")
    measure.keep("grading", result)


if __name__ == "__main__":
    main()
