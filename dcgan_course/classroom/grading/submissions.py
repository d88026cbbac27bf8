"""Which file is whose: names of downloaded notebooks, and reading them without trusting them."""

import collections
import csv
import dataclasses
import json
import pathlib
import re

from . import course

LARGEST = 32 * 2**20  # bytes of a notebook; pictures included, the course's own have less than two million

MOODLE = re.compile(r"(?P<name>.+?)_\d+_assignsubmission_.*", re.S)
CANVAS = re.compile(r"(?P<name>[^_]+?)(?:_LATE)?_\d+_\d+_.+", re.S)
COPY = re.compile(r"(?:\s*\(\d+\)|-Copy\d+|[ _-]copy(?: \d+)?)$", re.I)


class Unreadable(ValueError):
    """A file is no notebook; the message is for the student."""


@dataclasses.dataclass
class Submission:
    """One student's file; `problem` says why it cannot be graded, `remarks` what else the teacher should know."""

    student: str
    path: pathlib.Path | None
    problem: str = ""
    remarks: list = dataclasses.field(default_factory=list)


def safe(name):
    """A student's name that is also a file's name, of at most 80 characters; "" where nothing is left of it."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._-")[:80]


def student_of(name, assignments):
    """The student whose file, or folder, has this name without ending: `A1_ada`, `ada-Copy1`, Moodle's and Canvas' names.

    Example:
        >>> student_of("Ada Lovelace_12345_assignsubmission_file_A1", ["A1"])
        'Ada_Lovelace'
    """
    for pattern in (MOODLE, CANVAS):
        if found := pattern.fullmatch(name):
            return safe(found["name"]) or "student"
    rest = name
    while (shorter := COPY.sub("", rest)) != rest:
        rest = shorter
    known = "|".join(map(re.escape, assignments)) or "(?!)"
    rest = re.sub(rf"^(?:{known})(?=$|[\W_])|(?:(?<=[\W_])|^)(?:{known})$", "", rest, flags=re.I)
    return safe(rest) or safe(name) or "student"  # "A1 (1)" names nobody, but is not the same as "A1 (2)"


def read(path):
    """The notebook in a file, as JSON says it: a dict with a list of cells, whose sources are strings.

    Raises:
        Unreadable: it is something else; the message says what.
    """
    if path.is_symlink() or not path.is_file():
        raise Unreadable("it is a link, not a file")
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"the file has {path.stat().st_size / 2**20:.0f} MiB; clear the outputs and hand it in again")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not JSON, so it is no notebook; it is not even text") from None
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from None
    if not text.strip():
        raise Unreadable("the file is empty")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file is not JSON, so it is no notebook: {error}") from None
    if not isinstance(notebook, dict) or not {"cells", "worksheets"} & set(notebook):
        raise Unreadable("the file is JSON, but no notebook: it has no cells")
    if notebook.get("nbformat") != 4:
        raise Unreadable(f"the notebook has format {str(notebook.get('nbformat'))[:9]}, not 4; save it again in JupyterLab")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise Unreadable("the file is JSON, but no valid notebook: a cell lacks its type or its text")
    if not cells:
        raise Unreadable("the notebook has no cells")
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return notebook


def _is_cell(cell):
    source = cell.get("source") if isinstance(cell, dict) else None
    text = isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))
    return text and isinstance(cell.get("cell_type"), str)


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

    Args:
        folder: notebooks, or one folder per student, or both; `students.csv` (file,student) overrides their names.
        releases: as `course.read` gives them.
        assignment: the name of the one that is graded.

    Returns:
        tuple: the assignment's name and a list of `Submission`, by student.

    Raises:
        ValueError: nothing to grade, or an unknown assignment.
    """
    folder = pathlib.Path(folder)
    found, missing = _owners(folder, list(releases))
    if not found and not missing:
        raise ValueError(f"No notebooks in {folder}. Put the downloaded *.ipynb files, or one folder per student, there.")
    kinds, problems = {}, {}
    for path in {path for _, path in found}:
        try:
            kinds[path] = assignment_of(read(path), releases)
        except Unreadable as error:
            problems[path] = str(error)
    counts = collections.Counter(kind for kind in kinds.values() if kind)
    assignment = assignment or (counts.most_common(1)[0][0] if counts else "")
    if assignment not in releases:
        wanted = f"the assignment {assignment}" if assignment else "a notebook of any assignment"
        raise ValueError(f"There is no sign of {wanted}. Name one with --assignment; there are {', '.join(releases)}.")

    files = collections.defaultdict(list)
    for student, path in found:
        files[student.casefold()].append((kinds.get(path) == assignment, _time(path), str(path), student, path))
    submissions = [Submission(name, None, f"{file} is in students.csv, but not in the folder") for name, file in missing]
    for candidates in files.values():
        *others, (_, _, _, student, path) = sorted(candidates, key=lambda c: c[:3])
        kind, problem = kinds.get(path), problems.get(path, "")
        if not problem and kind != assignment:
            problem = f"this is {kind}, {assignment} is being graded" if kind else f"none of its cells is of {assignment}"
        remarks = [
            f"also handed in and not graded: {other.relative_to(folder)} ({problems.get(other, 'older')})"
            for *_, other in others
            if kinds.get(other, assignment) == assignment
        ]
        submissions.append(Submission(student, path, problem, remarks))
    return assignment, sorted(submissions, key=lambda s: s.student.casefold())


def _owners(folder, assignments):
    """Pairs of student and file, and those of students.csv whose file is not there."""
    named, used, pairs = _named(folder), set(), []
    for name, path in _files(folder, assignments):
        inside = path.relative_to(folder).as_posix()
        key = next((k for k in (inside, path.name) if k in named), None)
        used.add(key)
        pairs.append((named[key] if key else student_of(name, assignments), path))
    have = {student.casefold() for student, _ in pairs}
    return pairs, [(s, f) for f, s in named.items() if f not in used and s.casefold() not in have]


def _files(folder, assignments):
    """Pairs of the name that tells the student, and a notebook."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "__MACOSX")):
            continue
        if entry.is_dir() and entry.name in assignments:
            yield from _files(entry, assignments)
        elif entry.is_dir():
            inside = [p for p in sorted(entry.rglob("*.ipynb")) if not _is_hidden(p.relative_to(entry))]
            yield from ((entry.name, path) for path in inside)
        elif entry.suffix == ".ipynb":
            yield entry.stem, entry


def _is_hidden(path):
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _named(folder):
    """students.csv: the file's name or its path in the folder → the student."""
    path = folder / "students.csv"
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";" if lines and ";" in lines[0] else ","))
    if not rows or not {"file", "student"} <= set(rows[0]):
        raise ValueError(f"students.csv must have the columns file,student. Received: {lines[0] if lines else 'nothing'}.")
    return {row["file"].strip(): safe(row["student"]) or "student" for row in rows if row["file"] and row["student"]}


def _time(path):
    return path.lstat().st_mtime
