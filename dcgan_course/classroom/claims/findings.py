"""What all runs together say: every comparison of the protocol, and every claim's verdict, computed and never kept."""

import collections
import dataclasses

from . import protocol, rule, runner

RECALIBRATED = ", recalibrated"  # ends the name of an arm in its second scoring


@dataclasses.dataclass(frozen=True)
class Finding:
    """One comparison of the protocol."""

    claim: str
    question: protocol.Question
    data: str
    share: float  # of the usual budget
    comparison: rule.Comparison

    @property
    def metric(self):
        """The protocol's entry for the question's metric, a dict with its scale and the smallest effect that matters."""
        return protocol.read()["metric"][self.question.metric]


def values(runs, arm, data, share, metric):
    """One score of one arm, `{seed: value}`; empty where there is no run yet. An experiment's run holds several arms."""
    if arm.endswith(RECALIBRATED):
        arm, metric = arm.removesuffix(RECALIBRATED), f"{metric}_recalibrated"
    found = {}
    for run in runs.values():
        if run["kind"] != "tuning" and run["data"] == data:
            scores = run["scores"].get(str(share), {})
            scores = scores if run["arm"] == arm else scores.get(arm, {})
            if metric in scores:
                found[run["seed"]] = scores[metric]
    return found


def findings(runs=None):
    """Every comparison that at least three pairs of runs allow, as a list of `Finding`s with their answers.

    `runs` are as from `runner.done`; None for those. Holm's correction runs over what decides a claim, at one share on all
    data sets; what decides nothing is corrected in a family of its own.
    """
    runs = runner.done() if runs is None else runs
    families = collections.defaultdict(list)
    for name, claim in protocol.claims().items():
        for question in claim.questions:
            for data in protocol.read()["data"]:
                for share in protocol.read()["budget"]["shares"]:
                    comparison = _compared(runs, question, data, share)
                    if comparison is not None:
                        families[share, question.decides].append(Finding(name, question, data, share, comparison))
    answered = []
    for family in families.values():
        comparisons = rule.answer_all([finding.comparison for finding in family])
        answered += [dataclasses.replace(f, comparison=c) for f, c in zip(family, comparisons)]
    return answered


def _compared(runs, question, data, share):
    metric = protocol.read()["metric"][question.metric]
    pairs = [side if isinstance(side, tuple) else (side,) for side in (question.arm, question.against)]
    found = [[values(runs, arm, data, share, question.metric) for arm in pair] for pair in pairs]
    seeds = sorted(set.intersection(*(set(by_seed) for side in found for by_seed in side)))
    if len(seeds) < 3:
        return None
    sides = []
    for side in found:
        first, *second = (rule.on_scale([by_seed[seed] for seed in seeds], metric) for by_seed in side)
        sides.append(first - second[0] if second else first)
    return rule.compare(*sides, metric, question.bar)


def answers(found):
    """What decides each claim, `{claim: {data set: {share: [answer, …]}}}`; only where all comparisons are there."""
    grouped = collections.defaultdict(list)
    for finding in found:
        if finding.question.decides:
            grouped[finding.claim, finding.data, finding.share].append(finding.comparison.answer)
    told = {name: collections.defaultdict(dict) for name in protocol.claims()}
    for (claim, data, share), those in grouped.items():
        if len(those) == _asked_on(claim, data):
            told[claim][data][share] = those
    return told


def _asked_on(claim, data):
    """How many comparisons decide a claim on a data set: those all of whose arms are run on it."""

    def on(side):
        return all(data in _data_of(arm) for arm in (side if isinstance(side, tuple) else (side,)))

    questions = protocol.claims()[claim].questions
    return sum(q.decides and on(q.arm) and on(q.against) for q in questions)


def _data_of(arm):
    for experiment in protocol.read()["experiment"].values():
        if arm in experiment["arms"]:
            return experiment["data"]
    return protocol.arm(arm.removesuffix(RECALIBRATED)).data


def verdicts(found):
    """Each claim's verdict, `{claim: str}`."""
    usual = protocol.read()["budget"]["usual"]
    return {claim: rule.verdict(by_data, usual) for claim, by_data in answers(found).items()}
