"""What was measured about a claim, and the verdict that follows from it."""

import dataclasses
import html
import json

import numpy as np
from scipy import stats

from ...places import shipped
from .catalogue import CLAIMS

FOLDER, BENCHMARKS = shipped("claims"), shipped("benchmarks")
LEVEL = 0.95  # of the intervals


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The answer to one `Compare`: estimate with its 95 % interval over the seeds, and the verdict."""

    name: str
    metric: str
    estimate: float
    low: float
    high: float
    verdict: str

    def __str__(self):
        return f"{self.name}: {self.metric} {self.estimate:.2f} ({self.low:.2f} … {self.high:.2f}), {self.verdict}"


class Evidence:
    """The measured runs of one claim.

    Args:
        record: what `data/claims/<id>.json` holds.

    Attributes:
        id, claim: which claim.
        arms: `{arm: [run, …]}`, a run being `{"seed": …, metric: value, …}`.
        comparisons: list of `Comparison`, computed from the arms.
        verdict: "supported", "contradicted" or "not distinguishable", computed from the comparisons.
    """

    def __init__(self, record):
        self.record, self.id, self.arms = record, record["id"], record["arms"]
        self.claim = CLAIMS[self.id]
        self.comparisons = [compare(self.arms, question) for question in self.claim.compare]
        self.verdict = verdict([c.verdict for c in self.comparisons])

    def values(self, arm, metric):
        """One metric of one arm, an array with a value per seed."""
        return np.array([run[metric] for run in self.arms[arm]], "float64")

    @property
    def _origin(self):
        r = self.record
        seeds = len(next(iter(self.arms.values())))
        versions = ", ".join(f"{name} {version}" for name, version in r["versions"].items())
        return f"{seeds} seeds an arm, {r['budget']}; {r['date']}, {r['machine']['cpu']}, {versions}"

    def __str__(self):
        lines = [f"{self.id} (section {self.claim.section}): {self.claim.says}", *map(str, self.comparisons)]
        return "\n".join([*lines, f"verdict: {self.verdict}", self._origin])

    __repr__ = __str__

    def _repr_html_(self):
        e = html.escape
        rows = "".join(
            f"<tr><td style='text-align: left'>{e(c.name)}</td><td>{e(c.metric)}</td>"
            f"<td>{c.estimate:.2f}</td><td>{c.low:.2f} … {c.high:.2f}</td><td>{c.verdict}</td></tr>"
            for c in self.comparisons
        )
        names = ("comparison", "metric", "estimate", "95 % interval", "verdict")
        head = "<tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"
        title = f"{self.id} (section {self.claim.section}): {self.claim.says} <b>{self.verdict}</b>"
        return f"<p>{title}</p><table>{head}{rows}</table><p><small>{e(self._origin)}</small></p>"


def load(name):
    """The evidence of a claim, "C1" … "C12".

    Raises:
        ValueError: no such claim.
        FileNotFoundError: it has not been measured here.
    """
    if name not in CLAIMS:
        raise ValueError(f"No claim {name!r}. Claims: {', '.join(CLAIMS)}.")
    path = FOLDER / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(
            f"No evidence for {name} in data/claims. Measure it: python -m dcgan_course.classroom.claims {name}"
        )
    return Evidence(json.loads(path.read_text()))


def benchmark(name):
    """What the script `benchmarks/bench_<name>.py` measured and kept: a dict, with machine, date and versions.

    Raises:
        FileNotFoundError: nothing is kept under that name.
    """
    path = BENCHMARKS / f"{name}.json"
    if not path.exists():
        kept = ", ".join(sorted(file.stem for file in BENCHMARKS.glob("*.json")))
        raise FileNotFoundError(f"No benchmark {name!r} is kept. Kept: {kept}.")
    return json.loads(path.read_text())


def compare(arms, question):
    """One comparison over the seeds, paired: the runs of one seed share their data order and latents."""

    def values(arm):
        if isinstance(arm, tuple):  # the lead of the first over the second
            return values(arm[0]) - values(arm[1])
        found = np.array([run[question.metric] for run in arms[arm]], "float64")
        return np.log(found) if question.scale == "ratio" else found

    ratio = question.scale == "ratio"
    difference = values(question.arm) - values(question.against)
    low, high = _interval(difference)
    bar = question.bar if question.bar is not None else (1.0 if ratio else 0.0)
    bar = np.log(bar) if ratio else bar
    above, below = ("supported", "contradicted") if question.better == "higher" else ("contradicted", "supported")
    found = above if low > bar else below if high < bar else "not distinguishable"
    shown = np.exp if ratio else float
    name = " ÷ ".join(map(_named, (question.arm, question.against))) if ratio else None
    name = name or " − ".join(map(_named, (question.arm, question.against)))
    return Comparison(name, question.metric, *(float(shown(x)) for x in (difference.mean(), low, high)), found)


def _interval(x):
    if np.ptp(x) == 0:  # Student's interval is not defined where all agree
        return x[0], x[0]
    return stats.ttest_1samp(x, 0.0).confidence_interval(LEVEL)


def _named(arm):
    return f"({arm[0]} ÷ {arm[1]})" if isinstance(arm, tuple) else arm


def verdict(parts):
    """A claim is supported if every part is, contradicted if any part is, else not distinguishable."""
    if all(part == "supported" for part in parts):
        return "supported"
    return "contradicted" if "contradicted" in parts else "not distinguishable"
