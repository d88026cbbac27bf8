"""The claims C1 … C12 as experiments: `load("C5")` reads the evidence, `python -m dcgan_course.claims C5` makes it."""

from .catalogue import CLAIMS, Claim
from .evidence import Comparison, Evidence, benchmark, load, verdict

__all__ = ["CLAIMS", "Claim", "Comparison", "Evidence", "benchmark", "load", "verdict"]
