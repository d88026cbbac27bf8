"""The processes of one submission: counting them, weighing them, ending them; never anybody else's."""

import contextlib
import ctypes
import os
import sys
import threading

import psutil

MEBIBYTE = 2**20
PROCESSES = 64  # of one submission; data loaders take a few
DISK = 512 * MEBIBYTE  # bytes of files in its folder
PAUSE = 0.2  # seconds between two looks


def adopt_orphans():
    """From now on a grandchild whose parent ends becomes a child of this process, so that no daemon gets away."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def below(pid=None):
    """All processes below this one, or below `pid`."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def end(processes):
    """End these processes, at once, and wait until they are gone."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()  # psutil makes sure that the number is still the same process's
    psutil.wait_procs(processes, timeout=5)


def end_below(pid=None):
    """End all processes below this one, or below `pid`, also those that are born meanwhile."""
    for _ in range(20):
        alive = [p for p in below(pid) if _weight(p) is not None]
        if not alive:
            return
        end(alive)


def cpu_seconds():
    """CPU seconds that everything below this process has used, children that ended included."""
    total = 0.0
    for process in below():
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])  # its own and its ended children's, as user and as system
    return total


class Monitor(threading.Thread):
    """Weighs everything below this process until it is stopped; ends it all when it is too much.

    Args:
        gibibytes: resident memory that all processes together may take.
        folder: the submission's own, which may not grow too large.

    Attributes:
        peak: MiB, the most that was seen.
        reason: why everything was ended, in words; "" as long as it was not.
    """

    def __init__(self, gibibytes, folder):
        super().__init__(daemon=True)
        self.gibibytes, self.folder, self.peak, self.reason = gibibytes, folder, 0, ""
        self._stopped = threading.Event()

    def run(self):
        while not self._stopped.wait(PAUSE):
            processes = below()
            weights = [w for w in map(_weight, processes) if w is not None]
            self.peak = max(self.peak, sum(weights) // MEBIBYTE)
            if len(weights) > PROCESSES:
                self.reason = f"it started more than {PROCESSES} processes"
            elif self.peak > self.gibibytes * 1024:
                self.reason = f"it used more than {self.gibibytes:g} GiB of memory"
            elif _size(self.folder) > DISK:
                self.reason = f"it wrote more than {DISK // MEBIBYTE} MiB of files"
            if self.reason:
                end_below()
                return

    def stop(self):
        self._stopped.set()
        self.join()


def _weight(process):
    """Resident bytes; None for a process that has ended."""
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.memory_info().rss
    except psutil.Error:
        return None


def _size(folder):
    """Bytes of all files in a folder, as far as they are still there."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_blocks * 512
    return size
