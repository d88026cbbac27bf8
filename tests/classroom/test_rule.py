"""The rule of the protocol, on made-up numbers: each answer and each verdict can come out."""

import numpy as np
import pytest
from scipy import stats

from dcgan_course.classroom.claims import protocol, rule

FRECHET, PRECISION = (protocol.read()["metric"][name] for name in ("frechet", "precision"))


def paired(ratio, deviation=0.05, pairs=12, seed=0):
    """Two arms whose ratio is known: values of the same seeds, with a spread of their own each."""
    rng = np.random.default_rng(seed)
    theirs = np.exp(rng.normal(0, 0.5, pairs))
    return theirs * ratio * np.exp(rng.normal(0, deviation, pairs)), theirs


def compared(ratio, bar=None, **options):
    return rule.compare(*(rule.on_scale(x, FRECHET) for x in paired(ratio, **options)), FRECHET, bar)


@pytest.mark.parametrize(
    ("ratio", "deviation", "answer"),
    [
        (0.6, 0.05, "supported"),
        (1.6, 0.05, "contradicted"),
        (1.0, 0.05, "equivalent"),
        (0.97, 0.01, "equivalent"),  # significant, but too small to matter
        (0.9, 0.5, "not enough runs"),
    ],
)
def test_each_answer_can_come_out(ratio, deviation, answer):
    (found,) = rule.answer_all([compared(ratio, deviation=deviation)])
    assert found.answer == answer and found.interval[0] < found.estimate < found.interval[1]


def test_shares_are_better_when_higher_and_compared_as_differences():
    rng = np.random.default_rng(0)
    low = rng.uniform(0.4, 0.6, 8)
    high = low + 0.2 + rng.normal(0, 0.01, 8)
    for ours, theirs, answer in ((high, low, "supported"), (low, high, "contradicted"), (low, low, "equivalent")):
        assert rule.answer_all([rule.compare(ours, theirs, PRECISION)])[0].answer == answer


@pytest.mark.parametrize(("ratio", "answer"), [(0.9, "supported"), (1.1, "supported"), (1.6, "contradicted")])
def test_a_bar_asks_whether_the_ratio_lies_below_it(ratio, answer):
    assert rule.answer_all([compared(ratio, bar=1.25)])[0].answer == answer


def test_interval_and_p_value_are_students():
    ours, theirs = (rule.on_scale(x, FRECHET) for x in paired(0.8, deviation=0.2))
    found, expected = rule.compare(ours, theirs, FRECHET), stats.ttest_rel(ours, theirs)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert np.log(found.interval) == pytest.approx(expected.confidence_interval(0.95))
    assert np.log(found.bootstrap) == pytest.approx(np.log(found.interval), abs=0.06)


def test_pairs_count_and_not_groups():
    ours, theirs = paired(0.8, deviation=0.02)
    again = rule.compare(np.log(ours), np.log(theirs[::-1]), FRECHET)
    assert rule.compare(np.log(ours), np.log(theirs), FRECHET).p_value < 1e-6 < again.p_value


def test_equal_values_are_equivalent_and_a_constant_difference_is_seen():
    same = np.full(5, 0.3)
    assert rule.answer_all([rule.compare(same, same, PRECISION)])[0].answer == "equivalent"
    assert rule.answer_all([rule.compare(same + 0.2, same, PRECISION)])[0].answer == "supported"


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 2.0, np.nan], [1.0, 2.0, np.inf]])
def test_too_few_pairs_and_numbers_that_are_none_are_refused(values):
    with pytest.raises(ValueError, match="at least 3 pairs of finite numbers. Received"):
        rule.compare(values, [1.0] * len(values), PRECISION)


def test_a_distance_below_the_least_counts_as_that():
    assert rule.on_scale([-0.2, 0.001, 1.0], FRECHET) == pytest.approx(np.log([0.01, 0.01, 1.0]))


def test_holm_is_holms():
    p_values = [0.001, 0.2, 0.012, 0.04, 0.013]
    assert rule.holm(p_values) == [True, False, True, False, True]  # against 0.01, 0.0125, 0.0167, 0.025
    assert rule.holm([0.02, 0.02]) == [True, True] and rule.holm([0.03, 0.03]) == [False, False] and rule.holm([]) == []


def test_correction_takes_what_one_test_alone_would_show():
    borderline = compared(0.8, deviation=0.35, pairs=16, seed=1)
    assert 0.002 < borderline.p_value < 0.05
    assert rule.answer_all([borderline])[0].answer == "supported"
    assert (
        rule.answer_all([borderline] + [compared(1.0, deviation=0.5, seed=s) for s in range(40)])[0].answer == rule.UNDECIDED
    )


def test_power_is_the_share_of_such_experiments_that_see_the_effect():
    rng, effect, deviation = np.random.default_rng(0), np.log(1.1), 0.12
    for pairs in (5, 16):
        samples = rng.normal(effect, deviation, (4000, pairs))
        seen = np.mean(stats.ttest_1samp(samples, 0, axis=1).pvalue < 0.05)
        assert rule.power(effect, deviation, pairs) == pytest.approx(seen, abs=0.03)


S, C, E, U = "supported", "contradicted", "equivalent", rule.UNDECIDED


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"digits": {0.5: [S], 1: [S]}, "fashion": {1: [S]}}, S),
        ({"digits": {1: [C]}, "fashion": {1: [U]}}, C),
        ({"digits": {1: [E]}, "fashion": {1: [E]}}, E),
        ({"digits": {0.25: [S], 1: [U], 4: [C]}}, "depends on the budget"),
        ({"digits": {1: [E], 4: [C]}}, "depends on the budget"),
        ({"digits": {1: [S, E], 4: [C, E]}}, "depends on the budget"),  # one of two comparisons turns
        ({"digits": {1: [S, C], 4: [U, C]}}, C),
        ({"digits": {1: [S]}, "fashion": {1: [C]}}, "depends on the data"),
        ({"digits": {1: [U, C]}, "fashion": {1: [S, S]}}, "depends on the data"),
        ({"digits": {1: [U]}, "fashion": {1: [U]}}, U),
        ({"digits": {0.25: [S], 1: [U]}}, U),
        ({}, U),
    ],
)
def test_each_verdict_can_come_out(answers, expected):
    assert rule.verdict(answers, usual=1) == expected


def test_a_claim_of_several_parts_needs_them_all():
    assert rule.together(["supported"] * 3) == "supported" and rule.together(["equivalent"] * 2) == "equivalent"
    assert rule.together(["supported", "supported", "contradicted"]) == "contradicted"
    assert rule.together(["supported", rule.UNDECIDED]) == rule.together([]) == rule.UNDECIDED
