"""Numbers that differ from student to student, and that a grader can work out again from the student's id."""

import hashlib
import os
import types

import numpy as np

from ...identity import normal_id

CHOICES = {  # assignment → number → what it is drawn from
    "A1": {"size": range(21, 40, 2), "kernel": (3, 5, 7), "stride": (2, 3), "latent_dim": range(40, 100, 3)},
    "A2": {"smoothing": (0.05, 0.1, 0.15, 0.2, 0.3), "logit": (0.5, 1.5, 2.5, 3.0)},
    "A3": {"bound": (0.3, 0.5, 0.8, 1.2), "n": range(20, 60), "latent_dim": range(40, 100)},
    "A4": {"seed": range(720)},  # one for each order of six runs
    "A5": {"digits": [f"{a}{b}{c}" for a in range(10) for b in range(a + 1, 10) for c in range(b + 1, 10)]},
}


def student(typed):
    """The student's id in `normal_id`'s form: the one in DCGAN_COURSE_STUDENT, which a grader sets, or the one typed."""
    name = normal_id(os.environ.get("DCGAN_COURSE_STUDENT") or str(typed))
    if not name:
        raise ValueError(f'Put your id between the quotes, as your teacher gave it: STUDENT = "ada". Received: {typed!r}.')
    return name


def variant(assignment, typed):
    """A student's own numbers for an assignment.

    Args:
        assignment: "A1" … "A5".
        typed: the student's id.

    Returns:
        A namespace: `variant("A2", "ada").smoothing`; the same for the same id on every machine. Capitals,
        spaces, underscores and hyphens do not matter: "Alan Turing" is "alan_turing".

    Raises:
        ValueError: no such assignment, or nothing was typed.
    """
    if assignment not in CHOICES:
        raise ValueError(f"There are the assignments {', '.join(CHOICES)}. Received: {assignment!r}.")
    digest = hashlib.sha256(f"{assignment} {student(typed)}".encode()).digest()
    rng = np.random.default_rng(list(digest))
    choices = CHOICES[assignment].items()
    return types.SimpleNamespace(**{name: options[int(rng.integers(len(options)))] for name, options in choices})
