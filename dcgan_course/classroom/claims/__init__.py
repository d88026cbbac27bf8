"""The claims C1 … C12 as experiments: `load("C5")` reads the evidence; run as a module with `C5`, it makes it."""

from .catalogue import CLAIMS, Claim
from .evidence import Comparison, Evidence, benchmark, load, verdict

__all__ = ["CLAIMS", "Claim", "Comparison", "Evidence", "benchmark", "load", "verdict"]
