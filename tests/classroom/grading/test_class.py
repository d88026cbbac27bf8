"""A class of students, well-behaved and not, graded in one go."""

import json
import socket

import fake_course
import nbformat
import pytest
from fake_course import grade, only_confined, source, table
from nbformat.v4 import new_output
from nbgrader import utils
from students import hand_in, lingering, spying

from dcgan_course.classroom.grading import __main__, pool, sandbox
from dcgan_course.classroom.grading.execute import settled

built = fake_course.built

EXPECTED = {  # points, how the status begins, a word of the repairs
    "right": ("5", "graded", ""),
    "forged": ("2", "graded", ""),
    "text": ("", "not graded: the file is not JSON, so it is no notebook", ""),
    "other": ("", "not graded: this is A2, A1 is being graded, please look", ""),
    "killer": ("3", "graded up to A1-limit: the kernel ended there", ""),
    "herd": ("", "not graded: at cell 7 it started more than 64 processes, please look", ""),
    "excessive": ("5", "graded, but cell 4 wrote too much output, which was cut; cell 5 wrote too much output", ""),
    "mixed-up": ("5", "graded", "A1-double-test was missing and is put back"),
    "reordered": ("5", "graded", "out of order"),
    "odd": ("5", "graded", ""),
    "spy": ("5", "graded", ""),
}


@pytest.fixture(scope="module")
def graded(built, tmp_path_factory):
    """The folder of submissions, and what grading it printed; the results lie beside it. Made once."""
    folder = tmp_path_factory.mktemp("class") / "submitted"
    folder.mkdir()
    hand_in(folder, built)
    with socket.create_server(("127.0.0.1", 0)) as server:
        if sandbox.usable()[0]:  # it would read the whole disk
            spy = spying(folder, built, server.getsockname()[1])
            (folder / "A1_spy.ipynb").write_text(json.dumps(spy))
        printed = grade(folder, "--course", built, "--gibibytes", 0.5, "--seconds-per-cell", 60, "--jobs", 3)
    return folder, printed


def results(graded):
    return graded[0].parent / "graded-A1"


def feedback(graded, student):
    return (results(graded) / "feedback" / f"{student}.html").read_text()


def test_everybody_gets_what_is_due(graded):
    rows = table(results(graded))
    eater = rows.pop("eater")
    assert set(rows) <= set(EXPECTED)
    wrong = {}
    for student, row in rows.items():
        points, status, repairs = EXPECTED[student]
        right_words = repairs in row["repairs"] if repairs else not row["repairs"]
        if not (row["points"] == points and right_words and row["maximum"] == "5" and row["status"].startswith(status)):
            wrong[student] = row
    assert not wrong
    # either its cell fails with MemoryError, before or after the answer, or all is ended
    assert eater["points"] in ("3", "5") or eater["status"].startswith("not graded: at A1-limit it used more than 0.5 GiB")
    assert 0 < int(eater["mebibytes"]) < 1024


def test_rows_say_which_exercise_and_pages_say_why(graded):
    folder, printed = graded
    rows = table(results(graded))
    assert [rows["forged"][f"A1-{name}"] for name in ("double-test", "limit-test", "conclusions")] == ["0", "2", "0"]
    assert rows["right"]["A1-conclusions"] == ""  # for a person to read
    assert "A1-conclusions (4 points) is for you to read" in printed
    assert {rows["herd"][name] for name in ("points", "A1-double-test", "A1-limit-test")} == {""}
    students = {path.stem.removeprefix("A1_") for path in folder.iterdir()}
    assert set(rows) == students == {path.stem for path in (results(graded) / "feedback").iterdir()}
    assert all(f"\n{student} " in printed for student in students)
    for student, words in (("text", "not JSON"), ("right", "A1-double"), ("mixed-up", "put back")):
        assert words in feedback(graded, student)
    assert "Content-Security-Policy" in feedback(graded, "right")


def test_nothing_lingers(graded):
    assert not lingering()


@only_confined
def test_a_spy_sees_nothing_writes_nothing_and_reaches_nobody(graded):
    """No solution, no hidden test, no other student; no network; nothing in /proc that changes the machine."""
    page = feedback(graded, "spy")
    line = page[page.index("SPY [") + 4 :].partition("\n")[0].partition("</pre>")[0]
    seen, hits, there, sent, own = json.loads(line.replace("&#34;", '"').replace("&quot;", '"'))
    assert seen > 10
    assert (hits, there, sent) == ([], [], [])
    assert "numbers.txt" in own and not [name for name in own if name.endswith(".ipynb")]
    assert {row["confined"] for row in table(results(graded)).values()} == {"bubblewrap", "none"}  # none: never run


def test_that_the_rest_is_open_without_bubblewrap_is_said(built, tmp_path, monkeypatch):
    """`test_limits` grades without it."""
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted/ada.ipynb").write_text((built / "release/A1/A1.ipynb").read_text())
    monkeypatch.setattr(sandbox, "usable", lambda: (False, "it is not installed"))
    monkeypatch.setattr(pool, "grade", lambda submissions, *others: confined.append(others[-1]) or [])
    confined = []
    assert "Warning: bubblewrap" in grade(tmp_path / "submitted", "--course", built) and confined == [False]


def test_errors_say_what_to_do(built, tmp_path):
    """And nothing else."""
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        (["grade", tmp_path / "empty", "--course", built], "No notebooks in"),
        (["grade", tmp_path / "nowhere", "--course", built], "must be a folder"),
        (["grade", tmp_path / "empty", "--course", tmp_path], "make assignments"),
        (["build", tmp_path / "out", "--source", tmp_path / "empty"], "No assignments in"),
    ):
        with pytest.raises(SystemExit, match=words):
            __main__.main(list(map(str, arguments)))


def test_outputs_of_a_test_cell():
    """A warning is no failure; a share of the points is one, but only as the cell's own result and without an error."""

    def points(*outputs):
        nbgrader = {"grade": True, "points": 3}
        cell = nbformat.v4.new_code_cell("1", outputs=settled(list(outputs), 3), metadata={"nbgrader": nbgrader})
        return utils.determine_grade(cell)[0]

    def result(text):
        return new_output("execute_result", data={"text/plain": text}, execution_count=1)

    error, warning = new_output("error", ename="E", evalue="", traceback=[]), new_output("stream", name="stderr", text="x")
    assert points() == points(warning) == points(result("'well done'")) == points(result("99")) == points(result("nan")) == 3
    assert points(result("1.5")) == points(result("3"), warning, result("1.5")) == 1.5
    assert points(error) == points(result("3"), error) == points(warning, error, result("3")) == 0


def test_no_solution_gets_into_the_release(built):
    assert "BEGIN" not in json.dumps(json.loads((built / "release/A1/A1.ipynb").read_text()))
    assert "BEGIN" in json.dumps(source("A1"))
