"""How a check runs and what it says.

A check is a generator function over a learner's answer: it yields a sentence for every property that holds, and raises
`Wrong` at the first that does not. `check` turns it into a function that returns a `Result`, whatever the answer does.
"""

import contextlib
import dataclasses
import functools
import html
import io
import re
import signal
import sys
import threading
import warnings

SECONDS = 10  # an answer that needs longer is cut off; right ones take less than two
GIBIBYTES = 2  # that an answer may take on top of what the process has
NOISE = re.compile(r"\x1b\[\d*m|\{\{.*?\}\} ?")  # Keras prints its errors in bold, TensorFlow names its operation


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
                wrong = error if isinstance(error, Wrong) else _explain(error)
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


def _explain(error):
    """`Wrong` for an error of any kind that came out of an answer."""
    lines = [line.strip() for line in NOISE.sub("", str(error)).splitlines() if line.strip()]
    said = next((line for line in lines if not line.startswith("Exception encountered when calling")), "")[:300]
    kind = type(error).__name__
    if isinstance(error, TooLong) or "TooLong" in str(error):  # TensorFlow may wrap it
        return Wrong(
            f"It did not end within {SECONDS} seconds. Is there a loop whose condition never becomes false, or a size "
            "far too large?"
        )
    if isinstance(error, SystemExit):
        return Wrong("It ends the whole program (exit or quit). An answer hands its result back with return.")
    if "`call()` method" in str(error):
        return Wrong("The class has no method `call`: what should happen when it is called on a batch?")
    if "is not connected to" in said:
        return Wrong(
            "The output does not depend on the input. Was another Input made on the way, or a variable overwritten?"
        )
    if isinstance(error, NotImplementedError):
        return Wrong("It is not written yet: put your own lines in place of `raise NotImplementedError()`.")
    if isinstance(error, MemoryError) or "OOM" in str(error) or "ResourceExhausted" in kind:
        return Wrong("It asks for more memory than there is. Does something grow at every call, or is a size far too large?")
    if isinstance(error, RecursionError):
        return Wrong("It calls itself without end.")
    if "KerasTensor" in str(error) and "TensorFlow function" in str(error):
        return Wrong(
            "TensorFlow's functions cannot work on the placeholder that a Keras model is built from. Use a layer "
            "(keras.layers) or a function from keras.ops at that place."
        )
    if "symbolic KerasTensor" in said or "KerasTensor is symbolic" in said:
        return Wrong(
            "A number was needed where there is only the placeholder that a Keras model is built from. NumPy and `if` need "
            "numbers; so do a layer's options, as in ReLU(x): a layer is made first, ReLU(), then called on x."
        )
    if "Only input tensors may be passed" in said:
        return Wrong("A layer was called on something that is no tensor, such as a layer that was itself never called.")
    if "must be fully-defined" in said:
        return Wrong(
            f"A layer cannot know how many weights it needs: {said.split('Received: ')[-1]}. None is the batch, whose "
            "size is open. Was its axis flattened or reshaped together with the others?"
        )
    if "incompatible with the layer" in said and "ndim" in said:
        return Wrong(
            f"A layer met the wrong number of axes: {said.split('layer: ')[-1]}. Convolutions work on maps (batch, height, "
            "width, channels), dense layers on rows (batch, features). Which layer makes one of the other?"
        )
    if "incompatible with the layer" in said:
        return Wrong(
            f"A layer that was built for one shape met another: {said.split('layer: ')[-1]}. Is a size written in, or was "
            "the layer made outside the function, so that all calls share it?"
        )
    if "unknown variable" in str(error).lower() or ("optimizer" in str(error) and "variable" in str(error)):
        return Wrong(
            "The optimizer was given variables that it does not know. It keeps moments for the variables of one network: "
            "are these the right network's, and has each network an optimizer of its own?",
            "chapter 04.3, Build the step, line by line",
        )
    if "No gradients provided" in str(error):
        return Wrong(
            "No gradient reached the variables. Is everything from the images to the loss computed where gradients are "
            "recorded (inside the tape, or inside the function given to dc.value_and_gradients), without NumPy or float() "
            "on the way?",
            "chapter 04.3, Build the step, line by line",
        )
    if "Cannot update variable with shape" in str(error):
        return Wrong(
            "A gradient was applied to a variable of another shape: ask for gradients by the very list of variables that "
            "the optimizer then gets, in the same order.",
            "chapter 04.3, Build the step, line by line",
        )
    return Wrong(f"It stopped with {kind}: {said}" + ("" if said.endswith((".", "!", "?")) else "."))


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
