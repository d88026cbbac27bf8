"""The rule of data/claims/protocol.md: from paired numbers to a comparison's answer, a claim's answer, a verdict."""

import dataclasses

import numpy as np
from scipy import stats

LEVEL = 0.95  # of the intervals; 1 - LEVEL is the level of the tests
RESAMPLES = 5000
DECIDED = ("supported", "contradicted", "equivalent")
UNDECIDED = "not enough runs"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What paired runs say about one question, at one share of the budget on one data set.

    Numbers are ratios on the scale "ratio", else differences; `answer` is set by `answer_all`.
    """

    pairs: int
    estimate: float  # the mean over the pairs; of a ratio the geometric one
    interval: tuple  # Student's, 95 %
    bootstrap: tuple  # percentiles, 95 %
    p_value: float  # of no difference, or of a ratio or difference as large as the bar: two-sided
    equivalent: bool  # the 90 % interval lies within the smallest effect that matters
    better: bool  # the estimate lies on the side that the claim asks for
    power: float  # to see the smallest effect that matters, at 5 % before correction, with this spread and so many pairs
    answer: str = UNDECIDED


def compare(ours, theirs, metric, bar=None):
    """Compare paired values of two arms: a `Comparison` without its answer.

    Args:
        ours, theirs: numbers `(pairs,)` on the metric's scale: `on_scale` made them.
        metric: the protocol's entry, `{"better": …, "scale": …, "margin": …}`.
        bar: asked is whether ours are better than so much, as a ratio or a difference; None: than theirs.

    Raises:
        ValueError: fewer than three pairs, or numbers that are not finite.
    """
    differences = np.asarray(ours, "float64") - np.asarray(theirs, "float64")
    if len(differences) < 3 or not np.isfinite(differences).all():
        raise ValueError(f"A comparison needs at least 3 pairs of finite numbers. Received: {differences.tolist()}.")
    ratio = metric["scale"] == "ratio"
    margin, line = (np.log(x) if ratio else x for x in (metric["margin"], bar or (1.0 if ratio else 0.0)))
    mean, error = differences.mean(), stats.sem(differences)
    freedom = len(differences) - 1

    def interval(level):
        reach = stats.t.ppf((1 + level) / 2, freedom) * error
        return mean - reach, mean + reach

    narrow = interval(2 * LEVEL - 1)
    if error > 0:
        p_value = 2 * stats.t.sf(abs(mean - line) / error, freedom)
    else:  # all pairs say the same
        p_value = 1.0 if np.isclose(mean, line) else 0.0
    shown = np.exp if ratio else lambda x: x
    rng = np.random.default_rng(0)
    means = rng.choice(differences, (RESAMPLES, len(differences))).mean(axis=1)
    return Comparison(
        len(differences),
        float(shown(mean)),
        tuple(float(shown(x)) for x in interval(LEVEL)),
        tuple(float(shown(x)) for x in np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])),
        float(p_value),
        bar is None and -margin < narrow[0] and narrow[1] < margin,
        bool(mean < line if metric["better"] == "lower" else mean > line),
        power(margin, differences.std(ddof=1), len(differences)),
    )


def on_scale(values, metric):
    """Values as they are compared: logarithms on the scale "ratio", of at least the metric's least."""
    values = np.asarray(values, "float64")
    if metric["scale"] != "ratio":
        return values
    return np.log(np.maximum(values, metric.get("least", 0.0)))


def power(effect, deviation, pairs, level=1 - LEVEL):
    """How likely a two-sided t-test at `level` is to see an effect, with that deviation of the paired differences."""
    if deviation == 0:
        return 1.0
    limit, shift = stats.t.ppf(1 - level / 2, pairs - 1), effect / (deviation / np.sqrt(pairs))
    return float(stats.nct.sf(limit, pairs - 1, shift) + stats.nct.cdf(-limit, pairs - 1, shift))


def holm(p_values, level=1 - LEVEL):
    """Which of several hypotheses are rejected at a level for all together (Holm 1979): booleans in the given order.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [True, False, False]
    """
    rejected, order = [False] * len(p_values), np.argsort(p_values)
    for rank, i in enumerate(order):
        if p_values[i] > level / (len(p_values) - rank):
            break
        rejected[i] = True
    return rejected


def answer_all(comparisons):
    """The comparisons of one family, with their answers: equivalent, supported, contradicted or not enough runs."""
    return [
        dataclasses.replace(comparison, answer=_answer(comparison, rejected))
        for comparison, rejected in zip(comparisons, holm([c.p_value for c in comparisons]))
    ]


def _answer(comparison, rejected):
    if comparison.equivalent:
        return "equivalent"
    if not rejected:
        return UNDECIDED
    return "supported" if comparison.better else "contradicted"


def together(answers):
    """A claim's answer on one data set at one budget, from those of all comparisons that decide it.

    Example:
        >>> together(["supported", "contradicted"]), together(["supported", "equivalent"])
        ('contradicted', 'not enough runs')
    """
    if "contradicted" in answers:
        return "contradicted"
    return answers[0] if answers and len(set(answers)) == 1 else UNDECIDED


def verdict(answers, usual):
    """A claim's verdict.

    Args:
        answers: `{data set: {share of the budget: [answer, …]}}`, an answer for each comparison that decides the claim
            there, in one order everywhere.
        usual: the share that verdicts speak of.

    Example:
        >>> verdict({"digits": {1: ["supported"], 4: ["contradicted"]}}, usual=1)
        'depends on the budget'
    """
    if any(_differ(by_share.values()) for by_share in answers.values()):
        return "depends on the budget"
    at_usual = [by_share[usual] for by_share in answers.values() if usual in by_share]
    told = {together(those) for those in at_usual} & set(DECIDED)
    if len(told) > 1 or _differ(at_usual):
        return "depends on the data"
    return next(iter(told), UNDECIDED)


def _differ(rows):
    """Whether some comparison has two answers in different rows that are decided, and not the same."""
    return any(len(set(column) & set(DECIDED)) > 1 for column in zip(*rows))
