"""The assignments: sources and student versions say the same; solutions earn everything and stubs nothing."""

import os
import pathlib
import re
import shutil

import nbformat
import pytest
from fake_course import grade, table

from dcgan_course.classroom.grading import course as reading

ASSIGNMENTS = pathlib.Path(__file__).parents[2] / "notebooks" / "assignments"
NAMES = ("A1", "A2", "A3", "A4", "A5")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    reading.build(folder)
    return folder


def source(name):
    return nbformat.read(ASSIGNMENTS / "source" / name / f"{name}.ipynb", 4)


def marks(cell):
    return cell.metadata.get("nbgrader", {})


@pytest.mark.parametrize("name", NAMES)
def test_the_student_version_is_made_from_the_source(course, name):
    built = nbformat.read(course / "release" / name / f"{name}.ipynb", 4)
    kept = nbformat.read(ASSIGNMENTS / f"{name}.ipynb", 4)
    assert built == kept, "make assignments brings the student versions up to date"
    text = "\n".join(cell.source for cell in kept.cells)
    assert "SOLUTION" not in text and "HIDDEN" not in text
    assert not any(cell.get("outputs") for cell in kept.cells)


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_an_answer_a_check_and_a_stub(name):
    cells = source(name).cells
    kinds = [marks(cell) for cell in cells]
    names = [kind["grade_id"] for kind in kinds if kind]
    assert len(names) == len(set(names)) and all(n.startswith(f"{name}-") for n in names)
    assert len({cell.id for cell in cells}) == len(cells)
    points = sum(kind.get("points") or 0 for kind in kinds)
    assert re.search(rf"\*\*Points:\*\* {points}\b", cells[0].source)
    for cell, kind in zip(cells, kinds):
        if kind.get("solution") and cell.cell_type == "code":
            assert "### BEGIN SOLUTION" in cell.source and "### END SOLUTION" in cell.source, kind["grade_id"]
        if kind.get("grade") and not kind.get("solution"):
            assert kind["locked"] and kind["points"] > 0 and re.search(r"\.require\(\)|assert ", cell.source)
        if cell.cell_type == "code":
            assert max(map(len, cell.source.splitlines())) <= 110 and not cell.outputs
    stubs = nbformat.read(ASSIGNMENTS / f"{name}.ipynb", 4).cells
    answers = [cell for cell in stubs if marks(cell).get("solution") and cell.cell_type == "code"]
    assert answers and all("raise NotImplementedError()" in cell.source for cell in answers)


def test_the_set_up_is_the_chapters_and_the_checks():
    chapter = nbformat.read(ASSIGNMENTS.parent / "04_1_generator_code.ipynb", 4)
    setup = next(cell.source for cell in chapter.cells if cell.cell_type == "code")
    mine = setup.replace("import numpy as np\n", "import numpy as np\nfrom dcgan_course import checks as check\n")
    for name in NAMES:
        assert next(cell.source for cell in source(name).cells if cell.cell_type == "code") == mine


def test_solutions_earn_everything_and_stubs_nothing(course, tmp_path):
    """Graded in this process: what grades the other tests' classes is imported once."""
    release = reading.read(course)
    for name in NAMES:
        hand_in = tmp_path / name
        hand_in.mkdir()
        shutil.copy(ASSIGNMENTS / "source" / name / f"{name}.ipynb", hand_in / f"{name}_solved.ipynb")
        shutil.copy(ASSIGNMENTS / f"{name}.ipynb", hand_in / f"{name}_untouched.ipynb")
        grade(hand_in, "--course", course, "--results", tmp_path / f"graded-{name}")
        rows = table(tmp_path / f"graded-{name}")
        assert set(rows) == {"solved", "untouched"}
        solved, untouched = rows["solved"], rows["untouched"]
        assert solved["status"] == untouched["status"] == "graded", rows
        assert float(solved["points"]) == float(solved["maximum"]) == release[name].maximum > 0, solved
        assert float(untouched["points"]) == 0 and not untouched["repairs"], untouched
        pages = (tmp_path / f"graded-{name}" / "feedback").glob("*.html")
        assert {path.stem for path in pages} == {"solved", "untouched"}


# -- a class of any size ---------------------------------------------------------------------------------------------


def answered(notebook, **answers):
    """The notebook with other text in the answer cells named."""
    for cell in notebook.cells:
        name = (marks(cell).get("grade_id") or "").removeprefix("A1-")
        if marks(cell).get("solution") and name in answers:
            cell.source = answers[name]
    return notebook


def stub():
    return nbformat.read(ASSIGNMENTS / "A1.ipynb", 4)


def half():
    """The first three answers of the solution in a student's notebook."""
    return answered(stub(), **{name: solution(name) for name in ("sizes", "conv_size", "transposed_size")})


def solution(name):
    return next(cell.source for cell in source("A1").cells if marks(cell).get("grade_id") == f"A1-{name}")


def without_tests():
    notebook = source("A1")
    notebook.cells = [cell for cell in notebook.cells if not marks(cell).get("grade")]
    return notebook


def twice():
    notebook = source("A1")
    copy = next(cell for cell in stub().cells if marks(cell).get("grade_id") == "A1-up_block").copy()
    copy.id = "a-copy"
    notebook.cells.insert(3, copy)
    return notebook


def with_up_block(*lines):
    return lambda: answered(half(), up_block="\n".join(lines))


SPY = """import glob, os

places = ["/home", "/root", "/tmp", "/var", "/opt", os.getcwd()]
names = ["A1*.ipynb", "gradebook.db", "grades.csv"]
found = [p for place in places for name in names for p in glob.glob(f"{place}/**/{name}", recursive=True)]
sizes = None
assert not found, found
"""
EVERYTHING, SIZES_ONLY, NOTHING_YET = "20", "8", ""
CLASS = {  # kind of submission → (how it is made, its points)
    "right": (lambda: source("A1"), EVERYTHING),
    "untouched": (stub, "0"),
    "half": (half, SIZES_ONLY),
    "valid padding": (
        with_up_block("def up_block(x, filters):", "    return keras.layers.Conv2DTranspose(filters, 4, strides=2)(x)"),
        SIZES_ONLY,
    ),
    "text": (lambda: "Dear teacher, my dog ate it.", NOTHING_YET),
    "another assignment": (lambda: nbformat.read(ASSIGNMENTS / "A2.ipynb", 4), NOTHING_YET),
    "tests deleted": (without_tests, EVERYTHING),
    "a stub copied to the front": (twice, EVERYTHING),
    "endless loop": (with_up_block("def up_block(x, filters):", "    while True:", "        pass"), SIZES_ONLY),
    "memory eater": (
        with_up_block(
            "def up_block(x, filters):", "    food = []", "    while True:", "        food.append(bytearray(10**8))"
        ),
        SIZES_ONLY,
    ),
    "kills its kernel": (with_up_block("import os", "os._exit(1)"), SIZES_ONLY),
    "reads what it can": (lambda: answered(source("A1"), sizes=SPY + solution("sizes")), EVERYTHING),
}
COUNT = int(os.environ.get("DCGAN_COURSE_CLASS", 0))


@pytest.mark.skipif(not COUNT, reason="make soak grades a class of 200")
def test_a_class_goes_through_in_one_run(course, tmp_path):
    hand_in = tmp_path / "hand-in"
    hand_in.mkdir()
    students = {f"{kind.replace(' ', '-')}-{i}": kind for i, kind in zip(range(COUNT), list(CLASS) * COUNT)}
    for student, kind in students.items():
        notebook = CLASS[kind][0]()
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (hand_in / f"A1_{student}.ipynb").write_text(text)
    print(grade(hand_in, "--course", course, "--results", tmp_path / "graded")[-4000:])
    rows = table(tmp_path / "graded")
    assert set(rows) == set(students)
    for student, kind in students.items():
        eaten = kind == "memory eater" and "it used more than" in rows[student]["status"]  # or its cell failed before that
        assert rows[student]["points"] == ("" if eaten else CLASS[kind][1]), rows[student]
        assert rows[student]["status"] and (tmp_path / "graded" / "feedback" / f"{student}.html").exists()
