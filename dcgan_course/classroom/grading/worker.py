"""Grades one submission, in a process of its own.

It works in its own folder on its own copy of the gradebook, and leaves result.json and feedback.html there.
"""

import json
import os
import re
import resource
import shutil
import tempfile
import time

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from . import course, files, processes, repair, sandbox
from .execute import Budget, BudgetedExecute
from .feedback import SafeHTMLExporter

MEMORY = 4 * 2**30  # bytes of this process, which takes a tenth of that; a kernel has its own limit
PATIENCE = 600  # seconds by the clock for what takes moments unless the machine is very busy
STUDENT = "student"  # in nbgrader's gradebook: each worker has one of its own


def main(job):
    """Grade `pool.Job`; what nbgrader and Jupyter say goes to a file, and their settings come from here alone."""
    start = time.monotonic()
    os.setsid()
    os.chdir(job.folder)
    with open("log", "wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    environment = {name: os.environ[name] for name in ("PATH", "LANG", *sandbox.PASSED_ON) if name in os.environ}
    environment |= {"HOME": str(job.folder), "TMPDIR": tempfile.gettempdir()}
    environment |= {"JUPYTER_PATH": str(job.folder / "jupyter"), "JUPYTER_CONFIG_DIR": str(job.folder / "config")}
    os.environ.clear()
    os.environ.update(environment)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    processes.adopt_orphans()
    result = grade(job) | {"seconds": time.monotonic() - start}
    (job.folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def grade(job):
    """Repair, run and mark one notebook; the result as a dict."""
    release, folder = course.Release(job.release), job.folder
    words = prepare(job, release, folder)
    monitor = processes.Monitor(job.limits.gibibytes, folder)
    budget = BudgetedExecute.budget = Budget(job.limits, monitor)
    config = settings(folder)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    monitor.start()
    try:
        outcome = api.autograde(release.name, STUDENT)
    finally:
        monitor.stop()
        processes.end_below()
    require(outcome)
    require(api.generate_feedback(release.name, STUDENT))
    shutil.copy(folder / "feedback" / STUDENT / release.name / f"{release.name}.html", folder / "feedback.html")
    with Gradebook(api.coursedir.db_url) as gradebook:
        notebook = gradebook.find_submission_notebook(release.name, release.name, STUDENT)
        scores = {grade.name: grade.auto_score for grade in notebook.grades}
    return {"status": budget.status, "scores": scores, "repairs": words, "mebibytes": monitor.peak}


def require(outcome):
    """Raise nbgrader's own error if it failed, in one line."""
    if not outcome["success"]:
        lines = (outcome.get("log") or outcome["error"]).splitlines()
        telling = [line for line in lines if re.match(r"\s+[\w.]*(Error|Exception)\b", line)]
        raise RuntimeError(f"nbgrader: {(telling or lines)[-1].strip()}")


def prepare(job, release, folder):
    """Lay out the worker's course folder and the kernel's; what was repaired in the notebook, in words."""
    submitted = files.read(job.path)
    cells, words = repair.repair(submitted["cells"], release.notebook["cells"])
    if words:
        text = "**Before grading, this notebook was repaired:**\n\n" + "\n".join(f"- {word}" for word in words)
        cells.insert(0, {"cell_type": "markdown", "id": "repairs", "metadata": {}, "source": text})
    notebook = release.notebook | {"cells": cells, "nbformat": 4, "nbformat_minor": 5}
    place = folder / "submitted" / STUDENT / release.name
    place.mkdir(parents=True)
    (place / f"{release.name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    shutil.copy(release.path.parents[2] / "gradebook.db", folder / "gradebook.db")

    (folder / "run").mkdir()
    files.copy_beside(job.path, folder / "files", job.own_folder)
    released_files = shutil.ignore_patterns("*.ipynb", ".*")
    shutil.copytree(release.path.parent, folder / "files", ignore=released_files, dirs_exist_ok=True)
    trained = job.cache / "classifiers"
    if trained.is_dir():
        drafts = shutil.ignore_patterns("[0-9]*", ".*")  # another process is writing them
        shutil.copytree(trained, folder / "files/cache/classifiers", ignore=drafts, dirs_exist_ok=True)
    command = sandbox.command(folder, job.student, job.limits.gibibytes, job.threads, job.confined, job.secrets)
    kernel = {"argv": command, "display_name": "grading", "language": "python", "interrupt_mode": "message"}
    place = folder / "jupyter/kernels/grading"  # on JUPYTER_PATH
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(kernel), encoding="utf-8")
    return words


def settings(folder):
    """nbgrader's, for this one run."""
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.NbGraderAPI.log_level = "ERROR"
    steps = Autograde.autograde_preprocessors.default_args[0]
    config.Autograde.autograde_preprocessors = [BudgetedExecute if step is Execute else step for step in steps]
    config.Execute.kernel_name = "grading"
    config.Execute.shutdown_kernel = "immediate"
    config.Execute.timeout = config.Execute.startup_timeout = PATIENCE
    config.Execute.iopub_timeout = PATIENCE  # for a cell's last outputs
    config.Execute.store_widget_state = False
    config.GenerateFeedback.exporter_class = SafeHTMLExporter
    config.ConnectionFileMixin.transport = "ipc"  # Unix sockets: the sandbox has no network
    config.ConnectionFileMixin.connection_file = str(folder / "run/k.json")
    return config
