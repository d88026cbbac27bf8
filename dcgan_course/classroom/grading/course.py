"""nbgrader's course folder: making it from `source/`, and reading the released assignments back from it."""

import dataclasses
import functools
import json
import os
import pathlib
import shutil
import sys

from ...places import checkout

ASSIGNMENTS = (checkout() or pathlib.Path.cwd()) / "notebooks" / "assignments"


@dataclasses.dataclass(frozen=True)
class Exercise:
    """One cell that gives points; `manual` where a person reads the answer."""

    name: str
    points: float
    manual: bool


@dataclasses.dataclass(frozen=True)
class Release:
    """The student's version of one assignment."""

    path: pathlib.Path

    @property
    def name(self):
        return self.path.stem

    @functools.cached_property
    def notebook(self):
        notebook = json.loads(self.path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        return notebook

    @functools.cached_property
    def exercises(self):
        marks = [mark(cell) for cell in self.notebook["cells"]]
        graded = [m for m in marks if m.get("grade") or m.get("task")]
        return [Exercise(m["grade_id"], m["points"], bool(m.get("solution") or m.get("task"))) for m in graded]

    @property
    def maximum(self):
        """The points that the tests give; answers that a person reads come on top."""
        return sum(exercise.points for exercise in self.exercises if not exercise.manual)


def mark(cell):
    """What nbgrader notes in a cell; {} where it notes nothing sensible."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def name_of(cell):
    """A cell's grade id, or ""."""
    name = mark(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def is_locked(cell):
    """Whether the release's text of this cell is the only right one."""
    note = mark(cell)
    return not note.get("solution") and not note.get("task") and bool(note.get("grade") or note.get("locked"))


def read(folder):
    """The releases in a course folder, by name.

    Raises:
        FileNotFoundError: there is no course, or none with released assignments.
    """
    folder = pathlib.Path(folder)
    releases = {
        path.stem: Release(path) for path in sorted(folder.glob("release/*/*.ipynb")) if path.stem == path.parent.name
    }
    if not releases or not (folder / "gradebook.db").exists():
        raise FileNotFoundError(
            f"No course with released assignments in {folder}. Make one: make assignments, or "
            "python -m dcgan_course.classroom.grading build OUT."
        )
    return releases


def build(out, source=ASSIGNMENTS / "source", settings=ASSIGNMENTS / "nbgrader_config.py"):
    """Make the course folder: `source/`, `release/`, `gradebook.db` and `nbgrader_config.py`.

    A gradebook that is there already is brought up to date, not replaced: it may hold grades.

    Returns:
        list: the assignments' names.

    Raises:
        FileNotFoundError: no assignments in `source`.
        ValueError: nbgrader refuses one; its own words follow.
    """
    source, out = pathlib.Path(source), pathlib.Path(out).resolve()
    os.environ["PATH"] = os.pathsep.join(
        [os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)]
    )  # has alembic
    names = sorted(path.stem for path in source.glob("*/*.ipynb") if path.stem == path.parent.name)
    if not names:
        raise FileNotFoundError(f"No assignments in {source}. Expected source/A1/A1.ipynb and so on.")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(settings, out / "nbgrader_config.py")
    for name in names:
        shutil.rmtree(out / "source" / name, ignore_errors=True)
        shutil.copytree(source / name, out / "source" / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))

    from nbgrader.apps import NbGraderAPI  # takes seconds, which those who only grade need not wait
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", str(out)).load_config()
    config.CourseDirectory.root = str(out)
    config.NbGraderAPI.log_level = "ERROR"
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    for name in names:
        done = api.generate_assignment(name)
        if not done["success"]:
            raise ValueError(f"nbgrader could not make the student's version of {name}:\n{done.get('log') or done['error']}")
    return names
