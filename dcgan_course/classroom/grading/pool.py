"""Grades a class: a few workers at a time, each watched from outside, and a row for everybody."""

import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import pathlib
import shutil
import tempfile

from ...places import cache_folder
from . import processes, report

GRACE = 600  # seconds by the clock that a worker gets on top, for starting, marking and writing
WORKERS = multiprocessing.get_context("forkserver")  # imports nbgrader once, for all
WORKERS.set_forkserver_preload(["dcgan_course.classroom.grading.worker"])


@dataclasses.dataclass
class Limits:
    """What each submission may use; all seconds are CPU time.

    Attributes:
        seconds_per_cell: of one cell.
        seconds_per_submission: of the whole notebook.
        gibibytes: resident memory of all its processes.
        seconds_for_setup: of a cell before the first exercise: the one that imports TensorFlow, for instance.
        waiting: seconds by the clock for each second of CPU time, after which a cell that only waits is ended.
    """

    seconds_per_cell: float = 60
    seconds_per_submission: float = 600
    gibibytes: float = 4
    seconds_for_setup: float = 120
    waiting: float = 10


@dataclasses.dataclass
class Job:
    """What a worker is told.

    Attributes:
        student: the student's name, from which the student's own numbers are drawn.
        path: the submitted notebook, or the .zip that it is in.
        own_folder: the student's own folder, whose files go with the notebook; or None.
        release: the released notebook, in its course folder.
        cache: the course's downloads and trained classifiers, which save each kernel the training.
        folder: the worker's own.
        confined: whether bubblewrap is used.
        secrets: folders that the student's code must not see.
        threads: for numerical libraries.
        limits: `Limits`.
    """

    student: str
    path: pathlib.Path
    own_folder: pathlib.Path | None
    release: pathlib.Path
    cache: pathlib.Path
    folder: pathlib.Path
    confined: bool
    secrets: list
    threads: int
    limits: Limits


def grade(submissions, release, results, secrets, limits, jobs, confined):
    """Grade all submissions, and write grades.csv and feedback/ anew after each.

    Whoever is not graded the first time, by a limit or a fault of the machine, is graded once more when nothing else runs.

    Args:
        submissions: as `submissions.collect` gives them.
        release: `course.Release`.
        results: `Path` of the folder to write to.
        secrets: folders that no student's code may see.
        limits: `Limits`.
        jobs: how many at a time.
        confined: whether bubblewrap is used.

    Returns:
        list: a `report.Row` per submission.
    """
    results = pathlib.Path(results)
    (results / "feedback").mkdir(parents=True, exist_ok=True)
    rows, again = {}, []
    threads = max(1, (os.cpu_count() or 1) // jobs)

    def grade_one(submission):
        return _row(submission, release, results, secrets, limits, threads, confined)

    def add(row, more=""):
        rows[row.submission.label] = row
        report.write_grades(rows.values(), release, results / "grades.csv")
        points = "–" if row.points is None else f"{row.points:g}"
        print(f"{row.submission.label:24} {points}/{row.maximum:g}  {row.status} ({row.seconds:.0f} s){more}", flush=True)

    executor = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        for future in concurrent.futures.as_completed([executor.submit(grade_one, s) for s in submissions]):
            row = future.result()
            is_late = not row.is_graded and not row.submission.problem
            add(row, "; once more later, alone" if is_late else "")
            again += [row.submission] if is_late else []
        for submission in again:
            add(grade_one(submission))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    return list(rows.values())


def _row(submission, release, results, secrets, limits, threads, confined):
    """One student's row; whatever happens, there is one."""
    row = report.Row(submission, release.maximum, repairs=list(submission.remarks))
    page = results / "feedback" / f"{submission.label}.html"
    if submission.problem:
        row.status = f"not graded: {submission.problem}, please look"
        report.write_page(row, release.name, page)
        return row
    row.confined = "bubblewrap" if confined else "none"
    place = tempfile.gettempdir()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="grading-", dir=place if len(place) < 80 else "/tmp"))  # sockets lie in it
    try:
        paths = submission.path.resolve(), submission.folder, release.path.resolve(), cache_folder().resolve(), folder
        job = Job(submission.student, *paths, confined, secrets, threads, limits)
        result = _work(job, limits.seconds_per_submission * limits.waiting + GRACE)
        row.repairs += result["repairs"]
        row.scores = {exercise.name: result["scores"].get(exercise.name) for exercise in release.exercises}
        row.status, row.seconds, row.mebibytes = result["status"], result["seconds"], result["mebibytes"]
        report.write(page, (folder / "feedback.html").read_text(encoding="utf-8"))
    except Exception as error:  # of our own making; the class goes on
        row.status = f"not graded: {' '.join(str(error).split())}, please look"
        report.write_page(row, release.name, page)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return row


def _work(job, seconds):
    """Run one worker, and end it and all that is below it."""
    process = WORKERS.Process(target=_begin, args=(job,))
    process.start()
    try:
        process.join(min(seconds, 10**6))  # the operating system waits no longer than some weeks
        if process.is_alive():
            raise TimeoutError(f"the grading process did not end within {seconds:g} s")
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
