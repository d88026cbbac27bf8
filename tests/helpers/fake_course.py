"""A small course of two assignments without Keras, and notebooks as students might hand them in.

A test module names the fixtures that it wants: `built = fake_course.built`. (A second conftest.py would hide the first.)
"""

import contextlib
import copy
import csv
import functools
import io
import json
import os
import shutil
import subprocess
import sys

import pytest

from dcgan_course import places
from dcgan_course.classroom.grading import __main__, course, sandbox

SECRET = "the-hidden-word-" + "qzxj"  # stands in hidden tests only; in two parts, so that this file does not hold it

DOUBLE = """def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""
DOUBLE_TEST = f"""assert double(2) == 4
### BEGIN HIDDEN TESTS
assert double(21) == 42, "{SECRET}"
### END HIDDEN TESTS"""
LIMIT = """limit = None
### BEGIN SOLUTION
limit = 7
### END SOLUTION"""
LIMIT_TEST = "assert limit == 7"


def cell(source, name="", kind="code", **mark):
    content = {"cell_type": kind, "id": f"id-{name or abs(hash(source))}", "metadata": {}, "source": source}
    if kind == "code":
        content |= {"outputs": [], "execution_count": None}
    if name:
        mark = {"grade": False, "solution": False, "locked": False, "task": False} | mark
        content["metadata"]["nbgrader"] = {"grade_id": name, "schema_version": 3} | mark
    return content


def notebook(cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def source(name):
    test = {"grade": True, "locked": True}
    return notebook(
        [
            cell(f"# Assignment {name}", kind="markdown"),
            cell("import math"),
            cell(DOUBLE, f"{name}-double", solution=True),
            cell(DOUBLE_TEST, f"{name}-double-test", points=3, **test),
            cell(LIMIT, f"{name}-limit", solution=True),
            cell(LIMIT_TEST, f"{name}-limit-test", points=2, **test),
            cell("What did you see?", f"{name}-conclusions", kind="markdown", solution=True, grade=True, points=4),
        ]
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A course folder, made once, where only the package is installed: no checkout; a copy stands in for site-packages."""
    return _build(tmp_path_factory.getbasetemp() / "course")


@functools.cache
def _build(folder):
    for name in ("A1", "A2"):
        place = folder / "source" / name
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_text(json.dumps(source(name)))
    (folder / "source/A1/numbers.txt").write_text("1 2 3")
    shutil.copytree(places.PACKAGE, folder / "site/dcgan_course", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "dcgan_course.classroom.grading", "build", "out", "--source", "source"]
    environment = os.environ | {"PYTHONPATH": str(folder / "site")}
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert finished.stdout == "A1, A2: student versions in out/release\n", finished.stderr
    return folder / "out"


@pytest.fixture
def released(built):
    """A fresh copy of the student's version of A1."""
    return copy.deepcopy(course.read(built)["A1"].notebook)


RIGHT = {"A1-double": "def double(x):\n    return x + x", "A1-limit": "limit = 7", "A1-conclusions": "It works."}


def answer(notebook, **answers):
    """The notebook with these answers; `double` is for A1-double."""
    for answered in notebook["cells"]:
        name = course.name_of(answered).partition("-")[2]
        if name in answers:
            answered["source"] = answers[name]
    return notebook


def right(notebook):
    return answer(notebook, **{name.partition("-")[2]: text for name, text in RIGHT.items()})


def grade(*arguments):
    """Grade in this process, as `python -m dcgan_course.classroom.grading grade` does; what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        __main__.main(["grade", *map(str, arguments)])
    return printed.getvalue()


def table(results):
    with open(results / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


only_confined = pytest.mark.skipif(not sandbox.usable()[0], reason=f"bubblewrap does not work here: {sandbox.usable()[1]}")
