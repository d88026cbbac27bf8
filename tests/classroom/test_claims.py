"""Every verdict follows from the evidence that is kept."""

import json
import pathlib

import numpy as np
import pytest
from scipy import stats

from dcgan_course import claims, plots
from dcgan_course.classroom.claims import arms as models
from dcgan_course.classroom.claims import catalogue, evidence, experiments

IDS = [f"C{n}" for n in range(1, 13)]


def test_there_are_twelve_claims():
    assert list(claims.CLAIMS) == IDS


@pytest.mark.parametrize("name", IDS)
def test_the_evidence_is_whole(name):
    record = json.loads((evidence.FOLDER / f"{name}.json").read_text())
    assert record["id"] == name and record["budget"] and record["date"] and record["machine"]["cpu"]
    assert {"keras", "tensorflow"} <= set(record["versions"])
    for arm, runs in record["arms"].items():
        assert len({run["seed"] for run in runs}) >= 5, arm
    assert "verdict" not in record  # computed, never kept


@pytest.mark.parametrize("name", IDS)
def test_the_verdict_is_recomputed_from_the_numbers(name):
    """An independent calculation of every interval and of the rule."""
    found = claims.load(name)
    verdicts = []
    for question, comparison in zip(claims.CLAIMS[name].compare, found.comparisons, strict=True):

        def log_or_plain(arm, question=question):
            x = np.array([run[question.metric] for run in found.record["arms"][arm]])
            return np.log(x) if question.scale == "ratio" else x

        sides = [
            log_or_plain(arm) if isinstance(arm, str) else log_or_plain(arm[0]) - log_or_plain(arm[1])
            for arm in (question.arm, question.against)
        ]
        d = sides[0] - sides[1]
        half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
        low, high = d.mean() - half, d.mean() + half
        if question.better == "lower":
            low, high = -high, -low
        bar = question.bar or (1.0 if question.scale == "ratio" else 0.0)
        bar = np.log(bar) if question.scale == "ratio" else bar
        bar = -bar if question.better == "lower" else bar
        verdicts.append("supported" if low > bar else "contradicted" if high < bar else "not distinguishable")
        assert comparison.verdict == verdicts[-1], comparison
    parts = set(verdicts)
    expected = "supported" if parts == {"supported"} else "contradicted" if "contradicted" in parts else None
    assert found.verdict == (expected or "not distinguishable")


def arms(a, b):
    return {name: [{"seed": i, "frechet": float(v)} for i, v in enumerate(values)] for name, values in (("a", a), ("b", b))}


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ([1, 1.1, 0.9], [3, 3.2, 2.9], "supported"),
        ([3, 3.2, 2.9], [1, 1.1, 0.9], "contradicted"),
        ([1, 3, 2], [2, 1, 3], "not distinguishable"),
        ([2, 2, 2], [2, 2, 2], "not distinguishable"),
    ],
)
def test_each_comparison_can_come_out_either_way(a, b, verdict):
    assert evidence.compare(arms(a, b), catalogue.Compare("a", "b", "frechet")).verdict == verdict


def test_a_claim_needs_all_its_parts():
    assert claims.verdict(["supported", "supported"]) == "supported"
    assert claims.verdict(["supported", "not distinguishable"]) == "not distinguishable"
    assert claims.verdict(["supported", "contradicted"]) == "contradicted"


def test_an_arm_runs_anew_at_small_scale(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "FOLDER", tmp_path)
    monkeypatch.setattr(models, "EPOCHS", 1)
    models.trained.cache_clear()
    experiments.measure("C4", range(2))
    models.trained.cache_clear()
    found = claims.load("C4")
    assert [run["steps"] for run in found.arms["ReLU in D"]] == [29, 29]
    assert all(np.isfinite(found.values(arm, "frechet")).all() for arm in found.arms)
    assert not list(tmp_path.glob("*.draft"))


def test_clipping_is_measured_on_the_same_gradient():
    result = experiments.clipping(0)
    for loss in ("minimax", "non_saturating"):
        raw = result[f"{loss}, unclipped"]["gradient"]
        assert all(result[f"{loss}, {clip}"]["gradient"] <= raw * (1 + 1e-5) for clip in catalogue.CLIPS)


def test_evidence_shows_as_text_table_and_picture():
    found = claims.load("C5")
    for text in (str(found), found._repr_html_()):
        assert found.verdict in text and "seeds an arm" in text
    assert len(plots.evidence(found, "gradient").axes[0].get_yticklabels()) == len(found.arms)
    with pytest.raises(ValueError, match="Metrics: "):
        plots.evidence(found, "beauty")


def test_bad_input_is_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="Claims: C1"):
        claims.load("C13")
    monkeypatch.setattr(evidence, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="python -m dcgan_course.classroom.claims C5"):
        claims.load("C5")


def test_rivals_run_at_the_best_rate_that_was_found():
    path = pathlib.Path(__file__).parents[2] / "benchmarks" / "results" / "rivals.json"
    assert json.loads(path.read_text())["best"] == models.RATES


def test_a_kept_benchmark_is_read_and_others_are_named():
    assert claims.benchmark("step")["machine"]["cores"] >= 1
    with pytest.raises(FileNotFoundError, match="No benchmark 'speed' is kept. Kept: .*step"):
        claims.benchmark("speed")
