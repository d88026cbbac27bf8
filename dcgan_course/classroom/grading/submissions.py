"""Whose file is it: every entry of the folder of submissions, as one `Submission` for each student."""

import collections
import csv
import dataclasses
import pathlib
import re

from ..identity import normal_id
from . import course, files

MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_.*", re.S)
CANVAS = re.compile(r"(?P<name>[^_]+?)(?:_LATE)?_(?P<id>\d+)_\d+_.+", re.S)
COPY = re.compile(r"(?:\s*\(\d+\)|-Copy\d+|[ _-]copy(?: \d+)?)$", re.I)
ENDING = re.compile(r"(?:\.ipynb|\.tar)?\.\w{1,5}$", re.I)
NAMES = "students.csv"  # in the folder of submissions: file,student


@dataclasses.dataclass
class Submission:
    """What one student handed in.

    Attributes:
        student: the name that file or platform gives.
        platform_id: the learning platform's number for the student; "" where the file's name has none.
        path: the file that counts; None where there is none.
        file: its path within the folder of submissions, for people.
        label: a name of this student's own that is also a file's name.
        folder: the student's own folder; None for a file among others.
        problem: why it cannot be graded; "" if it can.
        remarks: what else the teacher should know.
    """

    student: str
    platform_id: str
    path: pathlib.Path | None
    file: str
    label: str = ""
    folder: pathlib.Path | None = None
    problem: str = ""
    remarks: list = dataclasses.field(default_factory=list)


def safe(name):
    """A name without what file systems and spreadsheets take for more than a name; "" where nothing is left of it."""
    kept = "".join(c if c in ".-" or normal_id(c) else "_" for c in name)
    return re.sub("_+", "_", kept).strip("._-")


def owner_of(name, assignments):
    """The student whose file, or folder, has this name without ending: `A1_ada`, `ada-Copy1`, Moodle's and Canvas' names.

    Returns:
        tuple: the name, and the platform's number for the student; each may be "".

    Example:
        >>> owner_of("Ada Lovelace_12345_assignsubmission_file_A1", ["A1"])
        ('Ada_Lovelace', '12345')
    """
    for pattern in (MOODLE, CANVAS):
        if match := pattern.fullmatch(name):
            return safe(match["name"]), match["id"]
    rest = name
    while (shorter := COPY.sub("", rest)) != rest:
        rest = shorter
    known = "|".join(map(re.escape, assignments)) or "(?!)"
    rest = re.sub(rf"^(?:{known})(?=$|[\W_])|(?:(?<=[\W_])|^)(?:{known})$", "", rest, flags=re.I)
    return safe(rest) or safe(name), ""  # "A1 (1)" names nobody, but is not the same as "A1 (2)"


def assignment_of(notebook, releases):
    """The name of the release that has most of this notebook's cells, by grade ids, or else by cell ids and tests; or ""."""
    for marks in (_grade_ids, _traces):
        mine = marks(notebook)
        shared = {name: len(mine & marks(release.notebook)) for name, release in releases.items()}
        if any(shared.values()):
            return max(shared, key=shared.get)
    return ""


def _grade_ids(notebook):
    return {course.name_of(cell) for cell in notebook["cells"]} - {""}


def _traces(notebook):
    texts = {cell["source"] for cell in notebook["cells"] if len(cell["source"]) > 40}
    return texts | {str(cell["id"]) for cell in notebook["cells"] if "id" in cell}


def collect(folder, releases, assignment=None):
    """The submissions in a folder, one per student, and the assignment that most of them are of, unless it is given.

    A student is known by the platform's number, where the file's name has one, or else by the name in `normal_id`'s form.

    Args:
        folder: notebooks, .zip files, folders of one student each; `students.csv` (file,student) overrides their names.
        releases: as `course.read` gives them.
        assignment: the name of the one that is graded.

    Returns:
        tuple: the assignment's name and a list of `Submission`, by student. Every entry of the folder is in one of them.

    Raises:
        ValueError: nothing to grade, or an unknown assignment.
    """
    folder = pathlib.Path(folder)
    by_student, kinds = _by_student(folder, list(releases)), {}
    if not by_student:
        raise ValueError(f"No notebooks in {folder}. Put the downloaded *.ipynb files, or one folder per student, there.")
    for candidate in (c for candidates in by_student.values() for c in candidates if not c.problem):
        try:
            kinds[candidate.path] = assignment_of(files.read(candidate.path), releases)
        except files.Unreadable as error:
            candidate.problem = str(error)
    counts = collections.Counter(kind for kind in kinds.values() if kind)
    assignment = assignment or (counts.most_common(1)[0][0] if counts else "")
    if assignment not in releases:
        wanted = f"the assignment {assignment}" if assignment else "a notebook of any assignment"
        raise ValueError(f"There is no sign of {wanted}. Name one with --assignment; there are {', '.join(releases)}.")

    def rank(candidate):
        changed = candidate.path.lstat().st_mtime if candidate.path else 0
        return kinds.get(candidate.path) == assignment, changed, candidate.file

    submissions = []
    for candidates in by_student.values():
        *others, submission = sorted(candidates, key=rank)
        kind = kinds.get(submission.path)
        if not submission.problem and kind != assignment:
            which = f"this is {kind}, {assignment} is being graded" if kind else f"none of its cells is of {assignment}"
            submission.problem = which
        submission.remarks = [
            f"also handed in and not graded: {other.file} ({other.problem or 'older'})"
            for other in others
            if kinds.get(other.path, assignment) == assignment
        ]
        submissions.append(submission)
    submissions.sort(key=lambda s: (normal_id(s.student), s.platform_id))
    _label(submissions)
    return assignment, submissions


def _label(submissions):
    """Give each a label, short enough for a file's name, that no other has."""
    taken = set()
    for submission in submissions:
        label = f"{submission.student}_{submission.platform_id}".strip("_").encode()[:80].decode(errors="ignore")
        same = [label, *(f"{label}_{n}" for n in range(2, len(submissions) + 2))]
        submission.label = next(name for name in same if name.casefold() not in taken)
        taken.add(submission.label.casefold())


def _by_student(folder, assignments):
    """What each student handed in: a `Submission` for every file that may be the one to grade."""
    named, used, by_student = _named(folder), set(), collections.defaultdict(list)
    for name, path, own_folder, problem in _entries(folder, assignments):
        file = path.relative_to(folder).as_posix()
        student, platform_id = owner_of(name, assignments)
        key = f"#{platform_id}" if platform_id else normal_id(student) or file
        entry = next((k for k in (file, path.name) if k in named), None)
        if entry:
            used.add(entry)
            student = named[entry]
            key = normal_id(student)
        by_student[key].append(Submission(student or "student", platform_id, path, file, "", own_folder, problem))
    for file, student in named.items():
        if file not in used and normal_id(student) not in by_student:
            problem = f"{file} is in {NAMES}, but not in the folder"
            by_student[normal_id(student)].append(Submission(student, "", None, file, problem=problem))
    return by_student


def _entries(folder, assignments):
    """For each file that may be graded, and each entry that has none: what names the student, path, own folder, problem."""
    for entry in sorted(folder.iterdir()):
        name = ENDING.sub("", entry.name) or entry.name
        if files.is_hidden(pathlib.Path(entry.name)) or entry.name == NAMES:
            continue
        if entry.is_symlink():
            yield name, entry, None, "it is a link, not a file"
        elif entry.is_dir() and entry.name in assignments:
            yield from _entries(entry, assignments)
        elif entry.is_dir():
            inside = sorted(p for p in entry.rglob("*") if not p.is_dir() and not files.is_hidden(p.relative_to(entry)))
            readable = [path for path in inside if files.can_be_read(path)]
            yield from ((entry.name, path, entry, "") for path in readable)
            if not readable:
                names = files.listing(path.relative_to(entry) for path in inside)
                yield entry.name, entry, None, f"a folder without a notebook: {names}" if inside else "an empty folder"
        elif files.can_be_read(entry):
            yield name, entry, None, ""
        else:
            yield name, entry, None, f"{entry.name} is no notebook and no .zip with one"


def _named(folder):
    """students.csv: the file's name or its path in the folder → the student."""
    path = folder / NAMES
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";" if lines and ";" in lines[0] else ","))
    if not rows or not {"file", "student"} <= set(rows[0]):
        raise ValueError(f"students.csv must have the columns file,student. Received: {lines[0] if lines else 'nothing'}.")
    return {row["file"].strip(): safe(row["student"]) or "student" for row in rows if row["file"] and row["student"]}
