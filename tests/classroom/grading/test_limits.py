"""What a submission may use: counted as CPU time, so that a busy machine costs nobody points."""

import json
import subprocess
import sys
import types

import fake_course
import pytest
from fake_course import answer, right, table
from students import DAEMON, extra, lingering

from dcgan_course.classroom.grading import course, pool, processes, report, submissions
from dcgan_course.classroom.grading.execute import Budget, LimitReached

built, released = fake_course.built, fake_course.released
LIMITS = pool.Limits(seconds_per_cell=1, waiting=10_000)  # so that the clock never decides
BURN = "import time\nstart = time.process_time()\nwhile time.process_time() < start + {}: pass"
SPIN = """import subprocess, sys
subprocess.run([sys.executable, "-c", {!r}])
print("done", flush=True)
input()"""


@pytest.fixture(scope="module")
def rows(built, tmp_path_factory):
    """Two students, each cell of whom may use one second of CPU time, without bubblewrap."""
    folder = tmp_path_factory.mktemp("limits")

    def fresh():
        return right(json.loads((built / "release/A1/A1.ipynb").read_text()))

    stubborn = "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"
    patient = answer(fresh(), limit="import time\nlimit = 7\ntime.sleep(2)")
    for student, notebook in {
        "patient": extra(extra(patient, BURN.format(1.5), at=1), DAEMON, at=-1),
        "stubborn": answer(fresh(), limit=stubborn),
    }.items():
        (folder / f"{student}.ipynb").write_text(json.dumps(notebook))
    release = course.read(built)["A1"]
    students = submissions.collect(folder, {"A1": release})[1]
    pool.grade(students, release, folder / "out", [], LIMITS, jobs=2, confined=False)
    return table(folder / "out")


def test_waiting_costs_nothing_and_the_set_up_has_a_limit_of_its_own(rows):
    assert (rows["patient"]["points"], rows["patient"]["status"], rows["patient"]["confined"]) == ("5", "graded", "none")
    assert not lingering()


def test_who_is_cut_gets_no_points_and_a_look(rows):
    """No zeros: nobody knows yet what the answers are worth."""
    row = rows["stubborn"]
    assert row["status"] == "not graded: at A1-limit the cell used more than 1 s of CPU time, please look"
    assert {row[name] for name in ("points", "A1-double-test", "A1-limit-test")} == {""}


def test_the_time_of_children_counts():
    """Also of those that have ended."""
    before = processes.cpu_seconds()
    with subprocess.Popen(
        [sys.executable, "-c", SPIN.format(BURN.format(0.3))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"done\n"
        assert processes.cpu_seconds() - before >= 0.3
        process.stdin.write(b"\n")


def budget(cpu=lambda: 0.0, clock=lambda: 0.0, reason=""):
    limits = pool.Limits(seconds_per_cell=2, seconds_per_submission=5, seconds_for_setup=4, waiting=10)
    return Budget(limits, types.SimpleNamespace(reason=reason), cpu, clock)


def test_what_ends_a_cell():
    """Clock and CPU time as a script gives them."""
    cpu, clock = 0.0, 0.0
    spent = budget(lambda: cpu, lambda: clock)
    spent.begin("setup", is_setup=True)
    cpu, clock = 3.9, 19.0
    spent.check()
    spent.begin("A1-double", is_setup=False)
    cpu, clock = 4.9, 38.0
    spent.check()
    clock = 39.1
    with pytest.raises(LimitReached, match="the cell took more than 20 s, mostly waiting"):
        spent.check()
    spent.begin("A1-limit", is_setup=False)
    cpu = 5.1
    with pytest.raises(LimitReached, match="the notebook used more than 5 s of CPU time"):
        spent.check()
    cpu, clock = 4.9, 50.1
    with pytest.raises(LimitReached, match="the notebook took more than 50 s, mostly waiting"):
        spent.check()


def test_what_the_monitor_saw_explains_a_kernels_end():
    ended = budget(reason="it used more than 4 GiB of memory")
    ended.begin("A1-limit", is_setup=False)
    ended.end("the kernel ended there", limited=False)
    assert ended.status == "not graded: at A1-limit it used more than 4 GiB of memory, please look"


@pytest.fixture
def grade_with(built, released, tmp_path, monkeypatch):
    """Grade three students by a function that stands in for a worker."""

    def grade(work):
        monkeypatch.setattr(pool, "_work", work)
        for student in ("ada", "bob", "cy"):
            (tmp_path / f"{student}.ipynb").write_text(json.dumps(released))
        release = course.read(built)["A1"]
        students = submissions.collect(tmp_path, {"A1": release})[1]
        pool.grade(students, release, tmp_path / "out", [], pool.Limits(), jobs=3, confined=False)
        return table(tmp_path / "out")

    return grade


def result(status):
    return {"status": status, "scores": {"A1-double-test": 3.0, "A1-limit-test": 2.0}, "repairs": [], "seconds": 1.0} | {
        "mebibytes": 1
    }


def test_who_is_cut_is_graded_once_more_when_nothing_else_runs(grade_with):
    running, seen = [], []

    def work(job, seconds):
        running.append(job.student)
        seen.append((job.student, len(running)))
        (job.folder / "feedback.html").write_text("page")
        is_first = [student for student, _ in seen].count(job.student) == 1
        cut = job.student == "bob" or (job.student == "ada" and is_first)
        running.remove(job.student)
        return result("not graded: at A1-limit it was slow, please look" if cut else "graded")

    rows = grade_with(work)
    assert sorted(seen[3:]) == [("ada", 1), ("bob", 1)] and sorted(s for s, _ in seen[:3]) == ["ada", "bob", "cy"]
    assert {name: row["points"] for name, row in rows.items()} == {"ada": "5", "bob": "", "cy": "5"}
    assert rows["bob"]["status"].endswith("please look")


def test_a_fault_of_the_machine_gets_a_second_chance_too(grade_with):
    seen = []

    def work(job, seconds):
        seen.append(job.student)
        if job.student == "cy" or (job.student == "ada" and seen.count("ada") == 1):
            raise OSError("no space left on device")
        (job.folder / "feedback.html").write_text("page")
        return result("graded")

    rows = grade_with(work)
    assert {name: row["points"] for name, row in rows.items()} == {"ada": "5", "bob": "5", "cy": ""}
    assert rows["cy"]["status"] == "not graded: no space left on device, please look"


def test_a_row_without_points_is_no_zero(built, tmp_path):
    release = course.read(built)["A1"]
    cut = report.Row(
        submissions.Submission("ada", "7", None, "ada.ipynb", "ada_7"), 5.0, "not graded: slow", {"A1-limit-test": 0}
    )
    report.write_grades([cut], release, tmp_path / "grades.csv")
    row = table(tmp_path)["ada"]
    assert (row["id"], row["points"], row["A1-limit-test"], row["maximum"]) == ("7", "", "", "5")
