"""A class of students, well-behaved and not, graded in one go."""

import json
import socket
import sys

import fake_course
import psutil
import pytest
from fake_course import ASSIGNMENTS, only_confined, right, run, source, table
from students import DAEMON, LINGER, extra, hand_in, spying

from dcgan_course.classroom.grading import __main__, sandbox

built = fake_course.built

SECONDS = 10  # per cell; only two cells of the class use it up
CUT = "A1-limit wrote too much output, which was cut"

EXPECTED = {  # points, how the status begins, a word of the repairs
    "right": ("5", "graded", ""),
    "half": ("2", "graded", ""),
    "untouched": ("0", "graded", ""),
    "text": ("0", "not graded: the file is not JSON, so it is no notebook", ""),
    "other": ("0", "not graded: this is A2, A1 is being graded", ""),
    "loop": ("2", f"graded, but A1-double-test was stopped, its {SECONDS} s were over", ""),
    "stubborn": ("3", f"graded up to A1-limit: it ran longer than {SECONDS} s and could not be interrupted", ""),
    "killer": ("3", "graded up to A1-limit: the kernel ended there", ""),
    "eater": ("", "graded", ""),  # 5 or 3: either the cell fails with MemoryError, or all is ended
    "herd": ("5", "graded up to cell 7: it started more than 64 processes", ""),
    "printer": ("5", f"graded, but {CUT}", ""),
    "shower": ("5", f"graded, but {CUT}", ""),
    "hoarder": ("3", "graded", ""),
    "duplicated": ("5", "graded", "A1-double was there 2 times"),
    "deleted": ("5", "graded", "A1-double-test was missing and is put back"),
    "reordered": ("5", "graded", "out of order"),
    "forged": ("0", "graded", ""),
    "odd": ("5", "graded", ""),
    "daemon": ("5", "graded", ""),
    "spy": ("5", "graded", ""),
}


def test_a_class_gets_what_is_due(built, tmp_path):
    """One test, so that the class is graded once also where tests are spread over processes."""
    folder, temporary = tmp_path / "submitted", tmp_path / "t"
    folder.mkdir()
    temporary.mkdir()
    hand_in(folder, built)
    confined = sandbox.usable()[0]
    limits = ["--seconds-per-cell", SECONDS, "--seconds-per-submission", 60, "--gibibytes", 0.5, "--jobs", 3]
    with socket.create_server(("127.0.0.1", 0)) as server:
        if confined:  # it would read the whole disk
            spy = spying(folder, built, server.getsockname()[1])
            (folder / "A1_spy.ipynb").write_text(json.dumps(spy))
        done = run("grade", folder, "--course", built, *limits, environment={"TMPDIR": str(temporary)})
    assert done.returncode == 0, done.stderr
    rows, feedback = table(tmp_path / "graded-A1"), tmp_path / "graded-A1/feedback"

    wrong = {}
    for student, row in rows.items():
        points, status, repairs = EXPECTED[student]
        right_points = row["points"] == points or (not points and row["points"] in ("3", "5"))
        right_words = repairs in row["repairs"] if repairs else not row["repairs"]
        if not (right_points and right_words and row["maximum"] == "5" and row["status"].startswith(status)):
            wrong[student] = row
    assert not wrong
    assert 0 < int(rows["eater"]["mebibytes"]) < 1024
    assert [rows["half"][f"A1-{name}"] for name in ("double-test", "limit-test", "conclusions")] == ["0", "2", "0"]
    assert rows["right"]["A1-conclusions"] == ""  # for a person to read
    assert "A1-conclusions (4 points) is for you to read" in done.stdout

    students = {path.stem.removeprefix("A1_") for path in folder.iterdir()}
    assert set(rows) == students == {path.stem for path in feedback.iterdir()}
    assert all(f"\n{student} " in done.stdout for student in students)
    for student, words in (("text", "not JSON"), ("right", "A1-double"), ("deleted", "put back")):
        assert words in (feedback / f"{student}.html").read_text()

    assert not lingering() and not list(temporary.iterdir())
    if confined:
        check_spy((feedback / "spy.html").read_text())
        assert {row["confined"] for row in rows.values()} == {"bubblewrap", "none"}  # none: never run


def check_spy(page):
    """The spy looked around, found nothing, and reached nobody."""
    line = page[page.index("SPY [") + 4 :].partition("\n")[0].partition("</pre>")[0]
    seen, hits, there, sent, own = json.loads(line.replace("&#34;", '"').replace("&quot;", '"'))
    assert seen > 10
    assert (hits, there, sent) == ([], [], [])
    assert "numbers.txt" in own and not [name for name in own if name.endswith(".ipynb")]


def lingering():
    return [p for p in psutil.process_iter(["cmdline"]) if LINGER in (p.info["cmdline"] or [])]


@only_confined
def test_bubblewrap_is_used_here():
    """Skipped, with the reason, where the class above was graded without it."""
    assert sandbox.usable()[0]


def test_without_bubblewrap(built, tmp_path):
    """The limits hold and nothing lingers; that the rest is open is said."""
    folder, tools = tmp_path / "submitted", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    for name in ("env", "sleep"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    for student in ("ada", "bob"):
        fresh = right(json.loads((built / "release/A1/A1.ipynb").read_text()))
        place = folder / student
        place.mkdir()
        (place / "A1.ipynb").write_text(json.dumps(extra(fresh, DAEMON)))
    done = run("grade", folder, "--course", built, "--results", tmp_path / "out", environment={"PATH": str(tools)})
    assert done.returncode == 0, done.stderr
    assert "Warning: bubblewrap" in done.stderr
    rows = table(tmp_path / "out")
    assert {name: (row["points"], row["confined"]) for name, row in rows.items()} == dict.fromkeys(rows, ("5", "none"))
    assert list(rows) == ["ada", "bob"]
    assert not lingering()


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
    import nbformat
    from grading.execute import settled
    from nbformat.v4 import new_output
    from nbgrader import utils

    def points(*outputs):
        nbgrader = {"grade": True, "points": 3}
        made = nbformat.v4.new_code_cell("1", outputs=settled(list(outputs), 3), metadata={"nbgrader": nbgrader})
        return utils.determine_grade(made)[0]

    def result(text):
        return new_output("execute_result", data={"text/plain": text}, execution_count=1)

    error, warning = new_output("error", ename="E", evalue="", traceback=[]), new_output("stream", name="stderr", text="x")
    assert points() == points(warning) == points(result("'well done'")) == points(result("99")) == points(result("nan")) == 3
    assert points(result("1.5")) == points(result("3"), warning, result("1.5")) == 1.5
    assert points(error) == points(result("3"), error) == points(warning, error, result("3")) == 0


def test_the_tool_is_light(built):
    """It imports no Keras, and nbgrader only in the workers; no solution gets into the release."""
    heavy = "{'keras', 'tensorflow', 'dcgan_course', 'nbgrader'}"
    code = f"import sys, grading.__main__; sys.exit(not {heavy}.isdisjoint(sys.modules))"
    assert psutil.Popen([sys.executable, "-c", code], env={"PYTHONPATH": str(ASSIGNMENTS)}).wait() == 0
    assert "BEGIN" not in json.dumps(json.loads((built / "release/A1/A1.ipynb").read_text()))
    assert "BEGIN" in json.dumps(source("A1"))
