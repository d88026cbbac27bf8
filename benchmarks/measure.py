"""What the benchmark scripts share: the two scores of quality, and how results are kept."""

import datetime
import json
import os
import pathlib
import platform
from importlib import metadata

import numpy as np
from scipy import linalg
from sklearn.datasets import load_digits
from sklearn.svm import SVC

RESULTS = pathlib.Path(__file__).parent / "results"


def to_8x8(images):
    """Area-downsample images `(n, H, H, 1)` to `(n, 64)`, still in [-1, 1]."""
    n, size = images.shape[:2]
    step = size // 8
    return images.reshape(n, 8, step, 8, step).mean(axis=(2, 4)).reshape(n, 64).astype("float64")


def frechet_distance(a, b):
    """Fréchet distance between Gaussian fits of two sets of 8×8 images (Dowson & Landau 1982), 64 pixels each."""
    a, b = to_8x8(a), to_8x8(b)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(cov_a @ cov_b).real
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(cov_a + cov_b - 2 * root))


def digit_shares(images):
    """The share of each of the ten digits among images, by an SVM fitted on scikit-learn's real digits."""
    real = load_digits()
    judge = SVC(gamma=0.001).fit(real.data, real.target)
    found = judge.predict((to_8x8(images) + 1) * 8)  # back to the 0 … 16 that the real digits have
    return (np.bincount(found, minlength=10) / len(images)).tolist()


def keep(name, result):
    """Write a result, with what it was measured on, to results/name.json."""
    packages = ("keras", "tensorflow", "numpy", "scikit-learn")
    record = {
        "date": datetime.date.today().isoformat(),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), **{p: metadata.version(p) for p in packages}},
        **result,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")


def _cpu():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
