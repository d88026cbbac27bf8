"""How a check runs and what it says.

A check is a generator function over a learner's answer: it yields a sentence for every property that holds, and raises
`Wrong` at the first that does not. `check` turns it into a function that returns a `Result`, whatever the answer does.
"""

import contextlib
import dataclasses
import functools
import html
import io
import warnings

from .errors import meaning, warned
from .limits import TooLong, limits


class Wrong(Exception):
    """A property does not hold: `hint` names the likely misconception, `read` where the course explains it."""

    def __init__(self, hint, read=None):
        super().__init__(hint)
        self.hint, self.read = hint, read


@dataclasses.dataclass(frozen=True)
class Result:
    """What a check has to say. It is true where everything holds, and prints as a list."""

    exercise: str  # the check's name
    right: tuple  # a sentence, `str`, for every property that holds
    hint: str | None = None  # on the first property that does not hold; None where all do
    read: str | None = None  # where the course explains it; None where all hold

    @property
    def passed(self):
        return self.hint is None

    def __bool__(self):
        return self.passed

    def __str__(self):
        lines = [f"✔ {sentence}" for sentence in self.right]
        lines.append(f"✔ {self.exercise}: right." if self.passed else f"✘ {self.exercise}: {self.hint}")
        return "\n".join([*lines, f"  Read {self.read}."] if self.read else lines)

    __repr__ = __str__

    def _repr_html_(self):
        return f"<div style='white-space: pre-wrap'>{html.escape(str(self))}</div>"

    def require(self):
        """Nothing where everything holds, else an AssertionError with the words of the result, for a grader to count."""
        if not self.passed:
            raise AssertionError(f"\n{self}")


def check(read):
    """Decorator: a generator function over an answer becomes a function that returns a `Result`.

    `read` is the part of the course that explains the exercise, for hints that name none of their own.
    """

    def decorate(function):
        exercise = function.__name__

        @functools.wraps(function)
        def run(*args, **kwargs):
            right, printed = [], io.StringIO()
            try:
                with limits(), contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as noted:
                    warnings.simplefilter("always")
                    for sentence in function(*args, **kwargs):
                        right.append(sentence)
                mistake = warned(noted)
                return Result(exercise, tuple(right), *(mistake or ()))
            except Wrong as wrong:
                hint, where = wrong.hint, wrong.read
            except (Exception, TooLong, SystemExit) as error:
                hint, where = meaning(error)
            if "None:" in hint and printed.getvalue().strip():
                hint += " It printed something: what is printed is gone, only what is returned can be worked with."
            return Result(exercise, tuple(right), hint, where or read)

        return run

    return decorate


def expect(holds, hint, read=None):
    """Raise `Wrong(hint, read)` unless `holds`."""
    if not holds:
        raise Wrong(hint, read)
