"""Grades a class: a few workers at a time, each watched from outside, and a row for everybody."""

import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import pathlib
import shutil
import tempfile

from . import processes, report

GRACE = 120  # seconds that a worker gets on top, for starting, marking and writing
WORKERS = multiprocessing.get_context("forkserver")  # imports nbgrader once, for all
WORKERS.set_forkserver_preload(["dcgan_course.classroom.grading.worker"])


@dataclasses.dataclass
class Limits:
    """What each submission may use."""

    seconds_per_cell: float = 30
    seconds: float = 300
    gibibytes: float = 4


@dataclasses.dataclass
class Job:
    """What a worker is told.

    Attributes:
        student: the student's name, safe for files.
        path: the submitted notebook.
        release: the released notebook, in its course folder.
        folder: the worker's own.
        confined: whether bubblewrap is used.
        secrets: folders that the student's code must not see.
        threads: for numerical libraries.
        limits: `Limits`.
    """

    student: str
    path: pathlib.Path
    release: pathlib.Path
    folder: pathlib.Path
    confined: bool
    secrets: list
    threads: int
    limits: Limits


def grade(submissions, release, results, secrets, limits, jobs, confined):
    """Grade all submissions, and write grades.csv and feedback/ anew after each.

    Args:
        submissions: as `submissions.collect` gives them.
        release: `course.Release`.
        results: the folder to write to.
        secrets: folders that no student's code may see.
        limits: `Limits`.
        jobs: how many at a time.
        confined: whether bubblewrap is used.

    Returns:
        list: a `report.Row` per submission.
    """
    results = pathlib.Path(results)
    (results / "feedback").mkdir(parents=True, exist_ok=True)
    rows = []
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    threads = max(1, (os.cpu_count() or 1) // jobs)
    try:
        todo = [pool.submit(_row, s, release, results, secrets, limits, threads, confined) for s in submissions]
        for done in concurrent.futures.as_completed(todo):
            row = done.result()
            rows.append(row)
            report.write_grades(rows, release, results / "grades.csv")
            print(f"{row.student:24} {row.points:g}/{row.maximum:g}  {row.status} ({row.seconds:.0f} s)", flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return rows


def _row(submission, release, results, secrets, limits, threads, confined):
    """One student's row; whatever happens, there is one."""
    file = submission.path.name if submission.path else ""
    row = report.Row(submission.student, file, "", release.maximum, report.nothing(release), list(submission.remarks))
    page = results / "feedback" / f"{submission.student}.html"
    if submission.problem:
        row.status = f"not graded: {submission.problem}"
        report.write_page(row, release.name, page)
        return row
    row.confined = "bubblewrap" if confined else "none"
    place = tempfile.gettempdir()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="grading-", dir=place if len(place) < 80 else "/tmp"))  # sockets lie in it
    try:
        path, released = submission.path.resolve(), release.path.resolve()
        job = Job(submission.student, path, released, folder, confined, secrets, threads, limits)
        result = _work(job, limits.seconds + GRACE)
        row.repairs += result["repairs"]
        row.scores |= {name: score for name, score in result["scores"].items() if name in row.scores}
        row.status, row.seconds, row.mebibytes = result["status"], result["seconds"], result["mebibytes"]
        os.replace(shutil.copy(job.folder / "feedback.html", page.with_name(page.name + ".part")), page)
    except Exception as error:  # of our own making; the class goes on
        row.status = f"not graded: {error}"
        report.write_page(row, release.name, page)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return row


def _work(job, seconds):
    """Run one worker, and end it and all that is below it."""
    process = WORKERS.Process(target=_begin, args=(job,))
    process.start()
    try:
        process.join(seconds)
        if process.is_alive():
            raise RuntimeError(f"the grading process did not end within {seconds:g} s")
    finally:
        processes.end_below(process.pid)
        process.kill()
        process.join()
    if not (job.folder / "result.json").exists():
        lines = (job.folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no message"]
        raise RuntimeError(f"the grading process ended with {process.exitcode}: {lines[-1][:300]}")
    return json.loads((job.folder / "result.json").read_text(encoding="utf-8"))


def _begin(job):
    from . import worker  # brings nbgrader, which this process can do without

    worker.main(job)
