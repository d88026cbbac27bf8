"""grades.csv and the feedback pages; each file appears whole or not at all.

A row of grades.csv: `student`; `id`, the learning platform's number for the student; `file`; `status`, "graded", or in plain
words what kept it from being graded; `points` and `maximum`, of the tests; a column per exercise, empty where a person has
to read the answer (its points are not in `maximum`); `repairs`, what was put right before grading; `seconds`; `mebibytes`,
the most memory that was seen; `confined`, "bubblewrap" or "none". A row that is not graded has no points: a person decides.
"""

import csv
import dataclasses
import html
import io

from ...places import whole
from .submissions import Submission

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1em/1.5 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }}</style></head>
<body><h1>{title}</h1><p>{reason}</p>{more}</body></html>
"""


@dataclasses.dataclass
class Row:
    """One student's result; `scores` are points by exercise, None where a person has to read the answer."""

    submission: Submission
    maximum: float
    status: str = ""
    scores: dict = dataclasses.field(default_factory=dict)
    repairs: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    mebibytes: int = 0
    confined: str = "none"

    @property
    def is_graded(self):
        return self.status.startswith("graded")

    @property
    def points(self):
        """The sum of the scores, or None for a submission that is not graded."""
        return sum(score or 0 for score in self.scores.values()) if self.is_graded else None


def write_grades(rows, release, path):
    """Write grades.csv."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = [exercise.name for exercise in release.exercises]
    columns = ["student", "id", "file", "status", "points", "maximum", *names, "repairs", "seconds", "mebibytes", "confined"]
    table.writerow(columns)
    for row in sorted(rows, key=lambda row: row.submission.label.casefold()):
        scores = [row.scores.get(name) if row.is_graded else None for name in names]
        words = [row.submission.student, row.submission.platform_id, row.submission.file, row.status]
        numbers = ["" if number is None else f"{number:g}" for number in (row.points, row.maximum, *scores)]
        repairs = _plain("; ".join(row.repairs))
        table.writerow([*map(_plain, words), *numbers, repairs, f"{row.seconds:.1f}", row.mebibytes, row.confined])
    write(path, text.getvalue())


def write_page(row, name, path):
    """Write the feedback page of a submission that has none from nbgrader."""
    more = "".join(f"<p>{html.escape(word)}</p>" for word in row.repairs)
    title = html.escape(f"{name}: {row.submission.student}")
    write(path, PAGE.format(title=title, reason=html.escape(row.status), more=more))


def write(path, text):
    """Write a file whole, or leave it as it was."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def _plain(text):
    """Text that a spreadsheet does not take for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
