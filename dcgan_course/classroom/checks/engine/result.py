"""How a check runs and what it says.

A check is a generator function over a learner's answer: it yields a sentence for every property that holds, and raises
`Wrong` at the first that does not. `check` turns it into a function that returns a `Result`, whatever the answer does.
"""

import contextlib
import dataclasses
import functools
import html
import io
import signal
import sys
import threading
import warnings

from .errors import meaning

SECONDS = 10  # an answer that needs longer is cut off; right ones take less than two
GIBIBYTES = 2  # that an answer may take on top of what the process has


class Wrong(Exception):
    """A property does not hold: `hint` names the likely misconception, `read` where the course explains it."""

    def __init__(self, hint, read=None):
        super().__init__(hint)
        self.hint, self.read = hint, read


class TooLong(BaseException):
    """Time is up. Not an Exception: an answer's `except Exception` must not swallow it."""


@dataclasses.dataclass(frozen=True)
class Result:
    """What a check found: `right`, sentences on what holds; `hint` on what does not (None: everything holds); `read`."""

    exercise: str
    right: tuple
    hint: str | None = None
    read: str | None = None

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
        """Nothing where everything holds.

        Raises:
            AssertionError: with the words of the result, for a grader to count.
        """
        if not self.passed:
            raise AssertionError(f"\n{self}")


def check(read):
    """Decorator: a generator function over an answer becomes a function that returns a `Result`.

    Args:
        read: the part of the course that explains the exercise, for hints that name none of their own.
    """

    def decorate(function):
        exercise = function.__name__

        @functools.wraps(function)
        def run(*args, **kwargs):
            right, printed = [], io.StringIO()
            try:
                with limits(), contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
                    warnings.simplefilter("always")
                    for sentence in function(*args, **kwargs):
                        right.append(sentence)
                _heed(warned)
                return Result(exercise, tuple(right))
            except (Exception, TooLong, SystemExit) as error:
                wrong = error if isinstance(error, Wrong) else Wrong(*meaning(error, SECONDS))
            hint = wrong.hint
            if "None:" in hint and printed.getvalue().strip():
                hint += " It printed something: what is printed is gone, only what is returned can be worked with."
            return Result(exercise, tuple(right), hint, wrong.read or read)

        return run

    return decorate


def expect(holds, hint, read=None):
    """Raise `Wrong(hint, read)` unless `holds`."""
    if not holds:
        raise Wrong(hint, read)


def _heed(warned):
    """Raise `Wrong` for the warning that points at a mistake: Keras mends this one under TensorFlow, and only there."""
    expect(
        not any("received `from_logits=True`" in str(warning.message) for warning in warned),
        "The sigmoid is applied twice: before the loss, and again in it, for from_logits=True promises logits. Keras "
        "notices under TensorFlow and goes back to the logits; under JAX and PyTorch it would not.",
        "chapter 03.3, Which loss: minimax or non-saturating",
    )


@contextlib.contextmanager
def limits():
    """Bounds on time and memory, where the system has them: POSIX timers in the main thread, data on Linux."""
    with _memory(), _time():
        yield


@contextlib.contextmanager
def _time():
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)  # again and again: a bare `except:` in a loop swallows the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _memory():
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    with open("/proc/self/statm") as file:
        now = int(file.read().split()[5]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = now + GIBIBYTES * 2**30
    lower = bound if soft == resource.RLIM_INFINITY else min(soft, bound)
    resource.setrlimit(resource.RLIMIT_DATA, (lower, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
