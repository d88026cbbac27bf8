"""From runs to verdicts, on runs that are made up for every arm of the protocol."""

import numpy as np
import pytest

from dcgan_course.classroom.claims import findings, protocol, runner
from dcgan_course.figures.effects import effects

METRICS = [name for name in protocol.read()["metric"] if name not in ("accuracy", "images_per_second", "seconds_to_quality")]


def made_up(score=lambda arm, data, share, metric: 1.0, spread=0.01):
    """Runs of all arms: `score` names a level, around which seeds lie."""
    rng, runs = np.random.default_rng(0), {}
    for job in runner.planned():
        if job["kind"] == "run":
            arm, scores = protocol.arm(job["arm"]), {}
            for share in arm.shares:
                levels = {metric: score(arm.name, job["data"], share, metric) for metric in METRICS}
                again = {f"{metric}_recalibrated": level for metric, level in levels.items() if arm.recalibrated}
                scores[str(share)] = {m: v * np.exp(rng.normal(0, spread)) for m, v in (levels | again).items()}
            runs[runner.key(job)] = {**job, "scores": scores}
        elif job["kind"] == "accuracy":
            arms = protocol.read()["experiment"]["accuracy"]["arms"]
            runs[runner.key(job)] = {
                **job,
                "scores": {"1": {arm: {"accuracy": 0.9 - 0.1 * i} for i, arm in enumerate(arms)}},
            }
    return runs


@pytest.fixture(scope="module")
def alike():
    return findings.findings(made_up())


def test_where_all_arms_are_alike_no_claim_is_supported(alike):
    told = findings.verdicts(alike)
    assert {told[name] for name in ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C12")} == {"equivalent"}
    assert told["C11"] == "supported"  # usable: below 1.25 times
    assert told["C9"] == "supported" and told["C10"] == "not enough runs"  # as made up; not run


def test_every_comparison_is_there_with_all_its_seeds(alike):
    pairs = {(f.question.arm, f.question.against, f.data): f.comparison.pairs for f in alike}
    assert pairs["DCGAN", "ReLU in D", "digits"] == 16 and pairs["DCGAN", "VAE", "people"] == 8
    assert pairs["normalised output, recalibrated", "DCGAN, recalibrated", "fashion"] == 8
    assert pairs[("DCGAN", "dense GAN"), ("DCGAN, permuted", "dense GAN, permuted"), "digits"] == 12
    missing = {q for claim in protocol.claims().values() for q in claim.questions} - {f.question for f in alike}
    assert {q.metric for q in missing if q.decides} <= {"images_per_second", "seconds_to_quality"}


def test_a_reversal_is_told():
    def score(arm, data, share, metric):
        normalised = arm == "normalised output" and metric == "frechet"
        return (0.8 if share < 1 else 1.3) if normalised else 1.0

    told = findings.findings(made_up(score))
    assert findings.verdicts(told)["C12"] == "depends on the budget"
    at = {
        f.share: f.comparison
        for f in told
        if f.claim == "C12" and f.question.arm == "normalised output" and f.data == "digits"
    }
    assert (
        at[0.25].answer == "supported" and at[4].answer == "contradicted" and at[4].estimate == pytest.approx(1.3, rel=0.02)
    )


def test_data_sets_that_disagree_are_told():
    def score(arm, data, share, metric):
        better = 2.0 if data == "digits" else 0.5  # distances; precision says the same
        return (better if metric == "frechet" else 1 / better) if arm == "ReLU in D" else 1.0

    told = findings.findings(made_up(score))
    assert findings.answers(told)["C4"]["digits"][1] == ["supported", "supported"]
    assert findings.answers(told)["C4"]["fashion"][1] == ["contradicted", "contradicted"]
    assert findings.verdicts(told)["C4"] == "depends on the data"


def test_claims_wait_until_all_that_decides_them_is_there():
    runs = {key: run for key, run in made_up().items() if run["arm"] != "dense GAN, equal time" and run["seed"] < 5}
    told = findings.answers(findings.findings(runs))
    assert not told["C1"] and told["C2"]["digits"]
    assert findings.findings({key: run for key, run in runs.items() if run["seed"] < 2}) == []


def test_the_figure_has_a_line_for_each_data_set_and_fills_what_has_an_answer(alike):
    mine = [finding for finding in alike if finding.claim == "C12"]
    figure = effects(mine)
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles[:2] == ["normalised output ÷ DCGAN", "widening, equal multiply-adds ÷ DCGAN"]
    ax = figure.axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["digits", "fashion", "people"]
    lines = [line for line in ax.lines if len(line.get_xdata()) == 5]
    at_digits = {f.share: f.comparison.estimate for f in mine if (f.question.arm, f.data) == ("normalised output", "digits")}
    assert dict(zip(lines[0].get_xdata(), lines[0].get_ydata())) == at_digits
    points = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert len(points) == 15 and all(line.get_markerfacecolor() != "none" for line in points)  # all are equivalent
    undecided = [f for f in findings.findings(made_up(spread=0.6)) if f.claim == "C12"]
    points = [line for line in effects(undecided).axes[0].lines if len(line.get_xdata()) == 1]
    assert any(line.get_markerfacecolor() == "none" for line in points)
    with pytest.raises(ValueError, match="No comparison is about 'recall'. Metrics there are: frechet"):
        effects(mine, "recall")
