"""grades.csv and the feedback pages; each file appears whole or not at all.

A row of grades.csv: `student`; `file`; `status`, "graded", or in plain words what kept it from being graded whole; `points`
and `maximum`, of the tests; a column per exercise, empty where a person has to read the answer (its points are not in
`maximum`); `repairs`, what was put right before grading; `seconds`; `mebibytes`, the most memory that was seen; `confined`,
"bubblewrap" or "none".
"""

import csv
import dataclasses
import html
import io
import os

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1em/1.5 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }}</style></head>
<body><h1>{title}</h1><p>{reason}</p>{more}</body></html>
"""


@dataclasses.dataclass
class Row:
    """One student's result; `scores` has None where a person has to read the answer."""

    student: str
    file: str
    status: str
    maximum: float
    scores: dict
    repairs: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    mebibytes: int = 0
    confined: str = "none"

    @property
    def points(self):
        return sum(score or 0 for score in self.scores.values())


def nothing(release):
    """The scores of a submission that could not be graded."""
    return {exercise.name: None if exercise.manual else 0.0 for exercise in release.exercises}


def write_grades(rows, release, path):
    """Write grades.csv."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = [exercise.name for exercise in release.exercises]
    table.writerow(["student", "file", "status", "points", "maximum", *names, "repairs", "seconds", "mebibytes", "confined"])
    for row in sorted(rows, key=lambda row: row.student.casefold()):
        scores = ["" if row.scores.get(name) is None else f"{row.scores[name]:g}" for name in names]
        words = [_plain(word) for word in (row.student, row.file, row.status)]
        numbers = [f"{row.points:g}", f"{row.maximum:g}", *scores]
        table.writerow([*words, *numbers, _plain("; ".join(row.repairs)), f"{row.seconds:.1f}", row.mebibytes, row.confined])
    write(path, text.getvalue())


def write_page(row, name, path):
    """Write the feedback page of a submission that has none from nbgrader."""
    more = "".join(f"<p>{html.escape(word)}</p>" for word in row.repairs)
    write(path, PAGE.format(title=html.escape(f"{name}: {row.student}"), reason=html.escape(row.status), more=more))


def write(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _plain(text):
    """Text that a spreadsheet does not take for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
