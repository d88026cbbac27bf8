"""What was measured about a claim, and the verdict that follows from it."""

import dataclasses
import html
import json

import numpy as np
from scipy import stats

from ... import places
from .catalogue import CLAIMS, arms_of

LEVEL = 0.95  # of the intervals
LEAST_SEEDS = 3  # runs of an arm, below which an interval says nothing


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The answer to one `Question`."""

    name: str  # the two sides
    metric: str
    estimate: float  # the mean over the seeds: a ratio or a difference, as the question asks
    low: float  # its 95 % interval
    high: float
    verdict: str  # "supported", "contradicted" or "not distinguishable"

    def __str__(self):
        return f"{self.name}: {self.metric} {self.estimate:.2f} ({self.low:.2f} … {self.high:.2f}), {self.verdict}"


class Evidence:
    """The measured runs of one claim, from the `dict` that `data/claims/<id>.json` holds; ValueError as for `compare`.

    Attributes:
        id, claim: which claim, `str` and `Claim`.
        arms: `{arm: [run, …]}`, a run being `{"seed": …, metric: value, …}`.
        comparisons, verdict: list of `Comparison` and `str`, computed from the arms.
    """

    def __init__(self, record):
        self.record, self.id, self.arms = record, record["id"], record["arms"]
        self.claim = CLAIMS[self.id]
        self.comparisons = [compare(self.arms, question) for question in self.claim.questions]
        self.verdict = verdict([c.verdict for c in self.comparisons])

    def values(self, arm, metric):
        """One metric of one arm, float64 `(runs,)`."""
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
        head = "<tr><th>comparison</th><th>metric</th><th>estimate</th><th>95 % interval</th><th>verdict</th></tr>"
        title = f"{self.id} (section {self.claim.section}): {self.claim.says} <b>{self.verdict}</b>"
        return f"<p>{title}</p><table>{head}{rows}</table><p><small>{e(self._origin)}</small></p>"


def load(name):
    """The `Evidence` of a claim, "C1" … "C12": what was measured here, else what ships; FileNotFoundError if neither is."""
    check_claim(name)
    for folder in (places.results("claims"), places.shipped("claims")):
        path = folder / f"{name}.json"
        if path.exists():
            return Evidence(json.loads(path.read_text(encoding="utf-8")))
    raise FileNotFoundError(f"No evidence for {name} in data/claims. It ships with the course: take the folder from there.")


def benchmark(name):
    """What `benchmarks/bench_<name>.py` measured and kept, a `dict` with machine and date; FileNotFoundError if nothing."""
    paths = {path.stem: path for path in sorted(places.shipped("benchmarks").glob("*.json"))}
    if name not in paths:
        raise FileNotFoundError(f"No benchmark {name!r} is kept. Kept: {', '.join(paths)}.")
    return json.loads(paths[name].read_text(encoding="utf-8"))


def compare(arms, question):
    """Answer a `Question` about arms, `Evidence.arms`: a `Comparison` with Student's interval over the seeds.

    Runs of one seed share their data order and their latents, so they are compared in pairs. ValueError where an arm was
    not run once for each seed of the others, for fewer than three seeds, and for numbers that the scale does not allow.
    """
    ratio = question.scale == "ratio"
    seeds = _paired_seeds(arms, question)

    def values(arm):
        if isinstance(arm, tuple):  # the lead of the first over the second
            return values(arm[0]) - values(arm[1])
        by_seed = {run["seed"]: run[question.metric] for run in arms[arm]}
        numbers = np.array([by_seed[seed] for seed in seeds], "float64")
        if not np.isfinite(numbers).all() or (ratio and numbers.min() <= 0):
            above = " above 0" if ratio else ""
            raise ValueError(f"{question.metric} of {arm!r} must be finite numbers{above}. Received: {numbers.tolist()}.")
        return np.log(numbers) if ratio else numbers

    differences = values(question.arm) - values(question.against)
    estimate = differences.mean()
    reach = stats.t.ppf((1 + LEVEL) / 2, len(seeds) - 1) * stats.sem(differences)
    low, high = estimate - reach, estimate + reach
    bar = np.log(question.bar or 1.0) if ratio else question.bar or 0.0
    above, below = ("supported", "contradicted") if question.better == "higher" else ("contradicted", "supported")
    answer = above if low > bar else below if high < bar else "not distinguishable"
    sides = (f"({arm[0]} ÷ {arm[1]})" if isinstance(arm, tuple) else arm for arm in (question.arm, question.against))
    shown = (float(np.exp(x) if ratio else x) for x in (estimate, low, high))
    return Comparison((" ÷ " if ratio else " − ").join(sides), question.metric, *shown, answer)


def _paired_seeds(arms, question):
    """The seeds that every arm of the question was run with, each once."""
    first, *others = ((name, sorted(run["seed"] for run in arms.get(name, ()))) for name in arms_of([question]))
    for other in others:
        if other[1] != first[1]:
            both = " and ".join(f"{name!r} with the seeds {seeds}" for name, seeds in (first, other))
            raise ValueError(f"Runs are compared in pairs of one seed: measure both arms with the same. Received: {both}.")
    return check_seeds(first[1])


def check_seeds(seeds):
    """`seeds` as a list; ValueError unless they are at least three, all different."""
    seeds = list(seeds)
    if len(set(seeds)) < max(LEAST_SEEDS, len(seeds)):
        raise ValueError(f"A comparison needs at least {LEAST_SEEDS} seeds, all different. Received: {seeds}.")
    return seeds


def check_claim(name):
    """ValueError unless there is a claim of that name."""
    if name not in CLAIMS:
        raise ValueError(f"No claim {name!r}. Claims: {', '.join(CLAIMS)}.")


def verdict(parts):
    """The verdict on a claim: supported if all its parts' verdicts are, contradicted if any is, else not distinguishable."""
    if not parts:
        raise ValueError("A verdict needs at least one comparison. Received: none.")
    if all(part == "supported" for part in parts):
        return "supported"
    return "contradicted" if "contradicted" in parts else "not distinguishable"
