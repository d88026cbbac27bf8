"""Where and when a measurement was made."""

import datetime
import os
import pathlib
import platform
from importlib import metadata

import keras


def provenance():
    """Date, machine and versions of a measurement that is made now: a `dict` of strings and numbers, ready for JSON."""
    packages = ("keras", keras.backend.backend(), "numpy", "scikit-learn")
    return {
        "date": datetime.date.today().isoformat(),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}},
    }


def _cpu():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):  # not Linux
        return platform.processor() or platform.machine()
