"""The claims C1 … C12 as experiments: `load("C5")` reads the evidence; run as a module, this makes it.

Two generations are here until the runs of data/claims/protocol.md are done. `catalogue`, `evidence`, `arms` and
`experiments` are the earlier one, which `load` and the chapters show: digits, one budget. `protocol`, `yardstick`,
`changes`, `trials`, `runner`, `rule` and `findings` are the one that takes its place.
"""

from .catalogue import CLAIMS, Claim
from .evidence import Comparison, Evidence, benchmark, load, verdict

__all__ = ["CLAIMS", "Claim", "Comparison", "Evidence", "benchmark", "load", "verdict"]
