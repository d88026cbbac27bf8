"""What the benchmark scripts share: the two scores of quality, and how results are kept."""

import json
import pathlib
from importlib import metadata

import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from dcgan_course import evaluation
from dcgan_course.classroom.claims.provenance import provenance

RESULTS = pathlib.Path(__file__).parent / "results"


def to_8x8(images):
    """Area-downsample images `(n, H, H, 1)` to `(n, 64)`, still in [-1, 1]."""
    n, size = images.shape[:2]
    step = size // 8
    return images.reshape(n, 8, step, 8, step).mean(axis=(2, 4)).reshape(n, 64).astype("float64")


def frechet_distance(a, b):
    """Fréchet distance between Gaussian fits of two sets of 8×8 images (Dowson & Landau 1982), 64 pixels each."""
    return evaluation.frechet_distance(to_8x8(a), to_8x8(b))


def digit_shares(images):
    """The share of each of the ten digits among images, by an SVM fitted on scikit-learn's real digits."""
    real = load_digits()
    classifier = SVC(gamma=0.001).fit(real.data, real.target)
    classes = classifier.predict((to_8x8(images) + 1) * 8)  # back to the 0 … 16 that the real digits have
    return (np.bincount(classes, minlength=10) / len(images)).tolist()


def keep(name, result, *packages):
    """Write a result, with what it was measured on, to results/name.json.

    Args:
        name: the file's, without its ending.
        result: a dictionary, ready for JSON.
        packages: names of further packages whose versions matter to the result.
    """
    measured_on = provenance()
    measured_on["versions"] |= {package: metadata.version(package) for package in packages}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({**measured_on, **result}, indent=1) + "\n")
