"""Bounds on the time and the memory that an answer may take, where the system has them.

Time is counted in the seconds that this process computes, so a busy machine refuses no right answer. A second, generous
bound counts the clock's seconds: an answer that sleeps computes nothing.
"""

import contextlib
import signal
import sys
import threading
import time

CPU_SECONDS = 10  # of this process, all its threads together; right answers take about two at most
CLOCK_SECONDS = 100  # for an answer that waits
GIBIBYTES = 2  # that an answer may take on top of what the process has


class TooLong(BaseException):
    """Time is up. Not an Exception: an answer's `except Exception` must not swallow it."""


@contextlib.contextmanager
def limits():
    """Bounds on time and memory within the scope; what was there before is there again after it.

    Time is bounded in the main thread of a POSIX system: `TooLong` comes every second, for an answer's bare `except:`
    swallows the first. Under Linux the process's data is bounded as well: whatever asks for too much gets a MemoryError.
    """
    with contextlib.ExitStack() as bounds:
        if sys.platform.startswith("linux"):
            bounds.enter_context(_memory(GIBIBYTES * 2**30))
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            cpu, clock = f"{CPU_SECONDS} seconds of computing", f"{CLOCK_SECONDS} seconds"
            bounds.enter_context(_timer(signal.ITIMER_REAL, signal.SIGALRM, time.monotonic, CLOCK_SECONDS, clock))
            bounds.enter_context(_timer(signal.ITIMER_PROF, signal.SIGPROF, time.process_time, CPU_SECONDS, cpu))
        yield


@contextlib.contextmanager
def _timer(timer, number, now, seconds, bound):
    """Raise `TooLong(bound)` after so many `seconds` of `timer`, which sends the signal `number` and runs with `now`."""

    def stop(*_):
        raise TooLong(bound)

    handler, begun = signal.signal(number, stop), now()
    left, interval = signal.setitimer(timer, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, handler)
        if left:  # an outer bound goes on where it was; one that is overdue comes at once
            signal.setitimer(timer, max(left - (now() - begun), 1e-3), interval)


@contextlib.contextmanager
def _memory(more):
    """Let the process's data grow by `more` bytes at most."""
    import resource  # which Windows has not

    with open("/proc/self/statm") as file:
        now = int(file.read().split()[5]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    lower = now + more if soft == resource.RLIM_INFINITY else min(soft, now + more)
    resource.setrlimit(resource.RLIMIT_DATA, (lower, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
