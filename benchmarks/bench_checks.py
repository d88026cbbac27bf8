"""Claim: a check answers within two seconds on two cores.

Every right answer of the bank in `tests/classroom/bank`, three times each; the first call of a process is counted too.

    python benchmarks/bench_checks.py
"""

import importlib
import pathlib
import statistics
import sys
import time

import dcgan_course as dc

import measure  # isort: skip

TESTS = pathlib.Path(__file__).parents[1] / "tests" / "classroom"
LIMIT = 2.0
TRAINED = ("mended", "project")  # their answers are trainings, which are not the check's time


def main():
    sys.path.insert(0, str(TESTS))
    dc.start(seed=0)
    measured = {}
    for file in sorted((TESTS / "bank").glob("[a-z]*.py")):
        bank = importlib.import_module(f"bank.{file.stem}")
        seconds = []
        for answer in bank.RIGHT.values():
            arguments = answer() if file.stem in TRAINED else (answer,)
            for _ in range(3):
                begun = time.perf_counter()
                result = getattr(dc.checks, file.stem)(*arguments, **getattr(bank, "ARGUMENTS", {}))
                seconds.append(time.perf_counter() - begun)
                assert result, str(result)
        measured[file.stem] = {"median": round(statistics.median(seconds), 3), "largest": round(max(seconds), 3)}
        fails = "" if max(seconds) < LIMIT else "   FAILS"
        print(f"{file.stem:22s} median {statistics.median(seconds):.2f} s, largest {max(seconds):.2f} s{fails}", flush=True)
    measure.keep("checks", {"seconds": measured, "asked": LIMIT})


if __name__ == "__main__":
    main()
