"""nbgrader's course folder: making it from `source/`, and reading the released assignments back from it."""

import dataclasses
import functools
import json
import os
import pathlib
import shutil
import sys

from ...places import checkout

SETTINGS = """# nbgrader's settings for the course's assignments
c = get_config()
c.CourseDirectory.course_id = "dcgan"
c.Execute.kernel_name = "python3"
"""


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
    note = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return note if isinstance(note, dict) else {}


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


def build(out, source=None):
    """Make the course folder: `source/`, `release/`, `gradebook.db` and `nbgrader_config.py`.

    A gradebook that is there already is brought up to date, not replaced: it may hold grades.

    Args:
        out: `str` or `Path` of the folder.
        source: `str` or `Path` of the folder with A1/A1.ipynb and so on; in a checkout, its own unless named.

    Returns:
        list: the assignments' names.

    Raises:
        FileNotFoundError: no assignments in `source`, or no `source`.
        ValueError: nbgrader refuses one; its own words follow.
    """
    if source is None and checkout() is None:
        raise FileNotFoundError("Name the folder of the assignments with --source: the installed package has none.")
    source = checkout() / "notebooks" / "assignments" / "source" if source is None else pathlib.Path(source)
    out = pathlib.Path(out).resolve()
    alembic = os.path.dirname(sys.executable)  # nbgrader looks for that program
    os.environ["PATH"] = os.pathsep.join([alembic, os.environ.get("PATH", os.defpath)])
    names = sorted(path.stem for path in source.glob("*/*.ipynb") if path.stem == path.parent.name)
    if not names:
        raise FileNotFoundError(f"No assignments in {source}. Expected source/A1/A1.ipynb and so on.")
    out.mkdir(parents=True, exist_ok=True)
    (out / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
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
        outcome = api.generate_assignment(name)
        if not outcome["success"]:
            words = outcome.get("log") or outcome["error"]
            raise ValueError(f"nbgrader could not make the student's version of {name}:\n{words}")
    return names
