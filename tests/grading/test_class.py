"""A class of students, well-behaved and not, graded in one go."""

import json
import os
import socket
import sys

import fake_course
import psutil
import pytest
from fake_course import ASSIGNMENTS, SECRET, answer, cell, only_confined, right, run, source, table
from grading import __main__, sandbox

built = fake_course.built
LINGER = f"98765.{os.getpid()}"  # seconds, which no other process on the machine sleeps
MARK = f"{SECRET[:9]!r} + {SECRET[9:]!r}"  # the hidden word, written so that looking for it does not find this line

DAEMON = f"""import os, subprocess
subprocess.Popen(["sleep", "{LINGER}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{LINGER}"])
    os._exit(0)"""

SPY = """import json, os, pathlib, socket, sys
word, seen, hits = ({mark}).encode(), 0, []
own = ("/proc", "/sys", "/usr", "/lib", "/bin", "/sbin", sys.prefix, sys.base_prefix)
for place, folders, names in os.walk("/"):
    folders[:] = [f for f in folders if not os.path.join(place, f).startswith(own)]
    for name in names:
        try:
            path = pathlib.Path(place, name)
            seen += 1
            if path.is_file() and word in path.read_bytes():
                hits.append(str(path))
        except OSError:
            pass
there = [p for p in {paths} if os.path.isfile(p) or os.path.isdir(p) and os.listdir(p)]
sent = []
for kind, address in ((socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_INET, ("192.0.2.1", 80))):
    try:
        socket.socket(kind).connect(address)
        sent.append(address)
    except OSError:
        pass
pathlib.Path("../escaped").write_text("x")
try:
    pathlib.Path(sys.prefix, "escaped").write_text("x")
    sent.append("wrote to the Python installation")
except OSError:
    pass
print("SPY", json.dumps([seen, hits, there, sent, os.listdir()]))"""


def extra(notebook, text, at=2):
    notebook["cells"].insert(at, cell(text))
    return notebook


def duplicated(notebook):
    """The answer copied, and the stub left behind it; Jupyter gives a copy a new cell id."""
    i = next(i for i, c in enumerate(notebook["cells"]) if c["id"] == "id-A1-double")
    stub = dict(notebook["cells"][i], id="copied")
    right(notebook)
    notebook["cells"].insert(i + 1, stub)
    return notebook


def without(notebook, name):
    notebook["cells"] = [c for c in notebook["cells"] if c["id"] != f"id-{name}"]
    return notebook


def reordered(notebook):
    """Reversed, with names that nobody knows."""
    right(notebook)["cells"].reverse()
    for i, c in enumerate(notebook["cells"]):
        if "nbgrader" in c["metadata"]:
            c["metadata"]["nbgrader"]["grade_id"] = f"mine-{i}"
    return notebook


def skipping(notebook):
    """Tries to have the tests skipped."""
    for c in notebook["cells"]:
        c["metadata"]["tags"] = ["skip-execution"]
    return notebook


@pytest.fixture(scope="module")
def graded(built, tmp_path_factory):
    """The class, graded: what was printed, the rows, the feedback folder."""
    folder = tmp_path_factory.mktemp("class") / "submitted"
    folder.mkdir()

    def fresh():
        return json.loads((built / "release/A1/A1.ipynb").read_text())

    def write(student, notebook):
        (folder / f"A1_{student}.ipynb").write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))

    warning = "import sys, warnings\ndef double(x):\n    print('fine', file=sys.stderr)\n    return 2 * x"
    herd = "import subprocess, time\nfor _ in range(99): subprocess.Popen(['sleep', '60'])\ntime.sleep(9)"
    forged = "import sys\ndef double(x):\n    sys.displayhook(3)\n    return 0"
    unstoppable = "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except KeyboardInterrupt:\n        pass"
    write("right", right(fresh()))
    write("half", answer(fresh(), limit="limit = 7"))
    write("untouched", fresh())
    write("text", "Dear teacher,")
    write("other", json.loads((built / "release/A2/A2.ipynb").read_text()))
    write("loop", answer(right(fresh()), double="def double(x):\n    while True: pass"))
    write("stubborn", answer(right(fresh()), limit=unstoppable))
    write("killer", answer(right(fresh()), limit="import os\nos._exit(1)"))
    write("eater", answer(right(fresh()), limit="limit = 7\nfood = []\nwhile True: food.append(bytearray(10**6))"))
    write("herd", extra(right(fresh()), herd, at=-1))
    write("printer", answer(right(fresh()), limit="limit = 7\nwhile True: print('x' * 10**6)"))
    write("hoarder", answer(right(fresh()), limit="f = open('big', 'wb')\nwhile True: f.write(bytes(10**7))"))
    write("duplicated", duplicated(fresh()))
    write("deleted", without(right(fresh()), "A1-double-test"))
    write("reordered", reordered(fresh()))
    write("forged", skipping(answer(fresh(), double=forged)))
    write("odd", answer(right(fresh()), double=warning))
    for text in ("exit()", "raise SystemExit", "raise KeyboardInterrupt"):
        write("odd", extra(json.loads((folder / "A1_odd.ipynb").read_text()), text))
    write("daemon", extra(right(fresh()), DAEMON))
    with socket.create_server(("127.0.0.1", 0)) as server:
        places = [folder, built / "gradebook.db", built / "source", ASSIGNMENTS / "source", ASSIGNMENTS.parents[1] / "tests"]
        places += [ASSIGNMENTS.parents[1] / ".git"]
        spy = SPY.format(mark=MARK, paths=list(map(str, places)), port=server.getsockname()[1])
        if sandbox.usable()[0]:  # it would read the whole disk
            write("spy", extra(right(fresh()), spy))
        limits = ["--seconds-per-cell", 3, "--seconds-per-submission", 30, "--gibibytes", 0.5, "--jobs", 3]
        temporary = tmp_path_factory.mktemp("t")
        done = run("grade", folder, "--course", built, *limits, environment={"TMPDIR": str(temporary)})
    assert done.returncode == 0, done.stderr
    assert not list(temporary.iterdir())
    results = folder.parent / "graded-A1"
    return done, table(results), results / "feedback", len(list(folder.glob("*.ipynb")))


@pytest.mark.parametrize(
    ("student", "points", "status", "repairs"),
    [
        ("right", "5", "graded", ""),
        ("half", "2", "graded", ""),
        ("untouched", "0", "graded", ""),
        ("text", "0", "not graded: the file is not JSON, so it is no notebook", ""),
        ("other", "0", "not graded: this is A2, A1 is being graded", ""),
        ("loop", "2", "graded, but A1-double-test was stopped, its 3 s were over", ""),
        ("stubborn", "3", "graded up to A1-limit: it ran longer than 3 s and could not be interrupted", ""),
        ("killer", "3", "graded up to A1-limit: the kernel ended there", ""),
        ("printer", "5", "graded", ""),
        ("hoarder", "3", "graded", ""),
        ("duplicated", "5", "graded", "A1-double was there 2 times"),
        ("deleted", "5", "graded", "A1-double-test was missing and is put back"),
        ("reordered", "5", "graded", "out of order"),
        ("forged", "0", "graded", ""),
        ("odd", "5", "graded", ""),
        ("daemon", "5", "graded", ""),
        pytest.param("spy", "5", "graded", "", marks=only_confined),
    ],
)
def test_every_student_gets_what_is_due(graded, student, points, status, repairs):
    row = graded[1][student]
    assert (row["points"], row["maximum"]) == (points, "5")
    assert row["status"].startswith(status)
    assert repairs in row["repairs"] if repairs else row["repairs"] == ""


def test_memory_and_processes_are_bounded(graded):
    """Either the cell fails with MemoryError or all is ended; what was graded before counts in both cases."""
    eater, herd = graded[1]["eater"], graded[1]["herd"]
    assert eater["points"] in ("3", "5") and eater["status"].startswith("graded")
    assert 0 < int(eater["mebibytes"]) < 1024
    assert herd["points"] == "5" and "processes" in herd["status"]


def test_nobody_is_left_out(graded):
    done, rows, feedback, submitted = graded
    assert len(rows) == submitted
    assert {path.stem for path in feedback.iterdir()} == set(rows)
    assert all(f"\n{student} " in done.stdout for student in rows)
    assert "not JSON" in (feedback / "text.html").read_text()
    assert "A1-double" in (feedback / "right.html").read_text()
    assert "put back" in (feedback / "deleted.html").read_text()


def test_nothing_is_left_behind(graded):
    assert not [p for p in psutil.process_iter(["cmdline"]) if LINGER in (p.info["cmdline"] or [])]


def test_points_are_listed_by_exercise(graded):
    half = graded[1]["half"]
    assert (half["A1-double-test"], half["A1-limit-test"], half["A1-conclusions"]) == ("0", "2", "0")
    assert graded[1]["right"]["A1-conclusions"] == ""  # for a person to read
    assert "A1-conclusions (4 points) is for you to read" in graded[0].stdout


@only_confined
def test_a_spy_finds_nothing(graded):
    page = (graded[2] / "spy.html").read_text()
    line = page[page.index("SPY [") + 4 :].partition("\n")[0].partition("</pre>")[0]
    seen, hits, there, sent, own = json.loads(line.replace("&#34;", '"').replace("&quot;", '"'))
    assert seen > 10  # it did look around
    assert (hits, there, sent) == ([], [], [])
    assert "numbers.txt" in own and not [name for name in own if name.endswith(".ipynb")]
    assert graded[1]["spy"]["confined"] == "bubblewrap"


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
    assert not [p for p in psutil.process_iter(["cmdline"]) if LINGER in (p.info["cmdline"] or [])]


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
