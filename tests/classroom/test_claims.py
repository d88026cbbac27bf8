"""Every verdict follows from the evidence that is kept, and every arm is what its name says."""

import dataclasses
import json
import pathlib

import numpy as np
import pytest
from keras import layers
from scipy import stats

from dcgan_course import claims, places, plots
from dcgan_course.classroom.claims import arms, catalogue, evidence, experiments
from dcgan_course.classroom.claims.provenance import provenance

IDS = [f"C{n}" for n in range(1, 13)]
DATA = pathlib.Path(__file__).parents[2] / "data" / "claims"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """As where only the package is installed, with no evidence in it; the current folder is an empty one."""
    monkeypatch.setattr(places, "checkout", lambda: None)
    monkeypatch.setattr(places, "PACKAGE", tmp_path / "site-packages" / "dcgan_course")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def test_there_are_twelve_claims():
    assert list(claims.CLAIMS) == IDS


@pytest.mark.parametrize("name", IDS)
def test_the_evidence_is_whole(name):
    record = json.loads((DATA / f"{name}.json").read_text())
    assert record["id"] == name and record["budget"] and record["date"] and record["machine"]["cpu"]
    assert {"keras", "tensorflow"} <= set(record["versions"])
    for arm, runs in record["arms"].items():
        assert len({run["seed"] for run in runs}) >= 5, arm
    assert "verdict" not in record  # computed, never kept
    assert sorted(record["arms"]) == sorted(catalogue.arms_of(claims.CLAIMS[name].questions))


@pytest.mark.parametrize("name", [name for name in IDS if name not in experiments.SPECIAL])
def test_a_claim_names_only_arms_of_the_table(name):
    assert set(catalogue.arms_of(claims.CLAIMS[name].questions)) <= set(arms.ARMS)


def test_an_arm_that_is_not_in_the_table_is_refused_and_the_known_ones_named(monkeypatch):
    with pytest.raises(ValueError, match="Unknown arm 'dense GAN, equal tmie'. Known: DCGAN; .*dense GAN, equal time"):
        arms.get("dense GAN, equal tmie")
    typo = catalogue.Claim("2.1", "A claim with a typo.", (catalogue.Question("DCGAN", "ReLU in d", "frechet"),))
    monkeypatch.setitem(catalogue.CLAIMS, "C4", typo)
    with pytest.raises(ValueError, match="Unknown arm 'ReLU in d'"):  # before anything is trained
        experiments.measure("C4", range(3))


@pytest.mark.parametrize("name", IDS)
def test_the_verdict_is_recomputed_from_the_numbers(name):
    """An independent calculation of every interval and of the rule."""
    loaded = claims.load(name)
    verdicts = []
    for question, comparison in zip(claims.CLAIMS[name].questions, loaded.comparisons, strict=True):

        def log_or_plain(arm, question=question):
            x = np.array([run[question.metric] for run in loaded.record["arms"][arm]])
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
    assert loaded.verdict == (expected or "not distinguishable")


def runs(a, b, seeds=range(9), others=None):
    """Runs of two arms, with one value of "frechet" for each seed."""
    others = seeds if others is None else others
    return {
        name: [{"seed": seed, "frechet": float(value)} for seed, value in zip(its_seeds, values)]
        for name, values, its_seeds in (("a", a, seeds), ("b", b, others))
    }


A_AGAINST_B = catalogue.Question("a", "b", "frechet")


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
    assert evidence.compare(runs(a, b), A_AGAINST_B).verdict == verdict


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_seeds_decide_nothing(n):
    with pytest.raises(ValueError, match="at least 3 seeds, all different. Received: "):
        evidence.compare(runs([1.0] * n, [3.0] * n), A_AGAINST_B)
    with pytest.raises(ValueError, match="at least 3 seeds"):
        experiments.measure("C4", range(n))


def test_runs_are_paired_by_seed_and_not_by_position():
    inverted = runs([1, 2, 3, 4], [13, 12, 11, 10], others=[3, 2, 1, 0])
    difference = dataclasses.replace(A_AGAINST_B, scale="difference")
    assert evidence.compare(inverted, difference).estimate == pytest.approx(-9)
    assert evidence.compare(inverted, difference) == evidence.compare(runs([1, 2, 3, 4], [10, 11, 12, 13]), difference)


@pytest.mark.parametrize("others", [[7, 8, 9], [0, 1], [0, 1, 2, 3], [0, 1, 1]])
def test_runs_that_do_not_pair_are_refused(others):
    numbers = [3.0, 3.1, 2.9, 3.0]
    with pytest.raises(ValueError, match="in pairs of one seed.*'a' with the seeds .0, 1, 2. and 'b' with the seeds"):
        evidence.compare(runs(numbers[:3], numbers, range(3), others), A_AGAINST_B)


def test_a_seed_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match="all different"):
        evidence.compare(runs([1, 1.1, 1, 0.9], [3, 3, 3.1, 3], [0, 1, 1, 2]), A_AGAINST_B)
    with pytest.raises(ValueError, match="all different"):
        experiments.measure("C4", [0, 1, 1, 2])


@pytest.mark.parametrize(("scale", "bad"), [("ratio", 0.0), ("ratio", float("nan")), ("difference", float("inf"))])
def test_numbers_that_cannot_be_compared_are_refused(scale, bad):
    with pytest.raises(ValueError, match="frechet of 'b' must be finite numbers.*Received: .1.0, 2.0, "):
        evidence.compare(runs([1, 2, 3], [1, 2, bad]), dataclasses.replace(A_AGAINST_B, scale=scale))


def test_an_arm_without_runs_is_named():
    with pytest.raises(ValueError, match="'a' with the seeds .0, 1, 2. and 'c' with the seeds ..\\."):
        evidence.compare(runs([1, 2, 3], [1, 2, 3]), catalogue.Question("a", ("b", "c"), "frechet"))


def test_a_claim_needs_all_its_parts():
    assert claims.verdict(["supported", "supported"]) == "supported"
    assert claims.verdict(["supported", "not distinguishable"]) == "not distinguishable"
    assert claims.verdict(["supported", "contradicted"]) == "contradicted"
    with pytest.raises(ValueError, match="at least one comparison"):
        claims.verdict([])


# -- the arms ---------------------------------------------------------------------------------------------------------------


def kinds(network):
    """The names of a network's layers' classes, in order."""
    return [type(layer).__name__ for layer in network.layers]


@pytest.mark.parametrize("name", [name for name, arm in arms.ARMS.items() if arm.model is arms.dcgan])
def test_an_arm_differs_from_the_recipe_only_in_what_its_row_says(name):
    arm = arms.get(name)
    recipe, model = arms.new_model(arms.get("DCGAN"), 0), arms.new_model(arm, 0)
    assert (kinds(model.generator) == kinds(recipe.generator)) == (arm.generator in (None, arms.with_widening_filters))
    assert (kinds(model.discriminator) == kinds(recipe.discriminator)) == (arm.discriminator is None)
    assert (model.generator.count_params() == recipe.generator.count_params()) == (
        arm.generator is None and arm.latent_dim == recipe.latent_dim
    )
    assert model.latent_dim == arm.latent_dim and model.strategy == recipe.strategy
    assert (model.loss == recipe.loss) == (arm.loss == "non_saturating")


def test_what_the_changed_networks_are_made_of():
    recipe = arms.new_model(arms.get("DCGAN"), 0)
    plain = arms.new_model(arms.get("no normalisation"), 0)
    for network in (plain.generator, plain.discriminator):
        assert not any(isinstance(layer, layers.BatchNormalization) for layer in network.layers)
        assert all(layer.use_bias for layer in network.layers if hasattr(layer, "use_bias"))
    only_g = arms.new_model(arms.get("no normalisation in G"), 0)
    assert kinds(only_g.generator) == kinds(plain.generator) and kinds(only_g.discriminator) == kinds(recipe.discriminator)
    assert "LeakyReLU" not in kinds(arms.new_model(arms.get("ReLU in D"), 0).discriminator)
    assert kinds(arms.new_model(arms.get("normalised output"), 0).generator)[-2:] == ["BatchNormalization", "Activation"]


def test_the_rivals_are_as_large_as_the_dcgan_and_learn_at_their_own_rates():
    dcgan, dense = (arms.new_model(arms.get(name), 0) for name in ("DCGAN", "dense GAN"))
    for network in ("generator", "discriminator"):
        numbers = [getattr(model, network).count_params() for model in (dcgan, dense)]
        assert numbers[1] == pytest.approx(numbers[0], rel=0.05) and "Conv2D" not in "".join(kinds(getattr(dense, network)))
    path = pathlib.Path(__file__).parents[2] / "benchmarks" / "results" / "rivals.json"
    best = json.loads(path.read_text())["best"]
    assert best == {name: arms.get(name).learning_rate for name in ("dense GAN", "VAE")}
    for name, arm in arms.ARMS.items():
        assert arm.learning_rate == best.get(name.split(",")[0], 2e-3)


def test_reordered_pixels_are_the_same_pixels_and_come_back():
    images, order = np.random.default_rng(0).random((3, 16, 16, 1)), np.random.default_rng(1).permutation(256)
    changed = arms.reordered(images, order)
    assert not np.array_equal(changed, images) and np.array_equal(np.sort(changed.ravel()), np.sort(images.ravel()))
    np.testing.assert_array_equal(arms.reordered(changed, np.argsort(order)), images)


def test_evidence_that_is_measured_anew_goes_to_the_current_folder_and_is_read_from_there(installed, monkeypatch):
    shipped = installed / "site-packages" / "dcgan_course" / "data" / "claims"
    shipped.mkdir(parents=True)
    for name in ("C3", "C4"):
        (shipped / f"{name}.json").write_bytes((DATA / f"{name}.json").read_bytes())
    before = claims.load("C4")
    assert before.record["date"] and len(before.arms["ReLU in D"]) >= 5
    monkeypatch.setattr(arms, "EPOCHS", 1)
    arms.trained.cache_clear()
    experiments.measure("C4", range(3))
    arms.trained.cache_clear()
    measured = claims.load("C4")
    assert [run["steps"] for run in measured.arms["ReLU in D"]] == [29, 29, 29]
    assert [run["seed"] for run in measured.arms["ReLU in D"]] == [0, 1, 2]
    assert all(np.isfinite(measured.values(arm, "frechet")).all() for arm in measured.arms)
    assert [path.name for path in (installed / "work" / "data" / "claims").iterdir()] == ["C4.json"]
    assert (shipped / "C4.json").read_bytes() == (DATA / "C4.json").read_bytes()
    assert len(claims.load("C3").arms["DCGAN"]) >= 5  # not measured here: the shipped one


def test_a_measurement_that_cannot_be_written_leaves_the_evidence_as_it_was(installed, monkeypatch):
    old = installed / "work" / "data" / "claims" / "C9.json"
    old.parent.mkdir(parents=True)
    old.write_text("as it was")
    accuracies = {arm: {"accuracy": 90.0} for arm in catalogue.arms_of(claims.CLAIMS["C9"].questions)}
    monkeypatch.setitem(experiments.SPECIAL, "C9", (lambda seed: accuracies, object()))  # which no JSON can hold
    with pytest.raises(TypeError):
        experiments.measure("C9", range(3))
    assert [path.name for path in old.parent.iterdir()] == ["C9.json"] and old.read_text() == "as it was"


def test_what_a_measurement_was_made_on():
    record = provenance()
    assert record["machine"]["cores"] >= 1 and record["machine"]["cpu"] and len(record["date"]) == 10
    assert {"python", "keras", "numpy", "scikit-learn"} <= set(record["versions"])
    json.dumps(record)


def test_clipping_is_measured_on_the_same_gradient():
    result = experiments.clipping(0)
    assert set(result) == set(catalogue.arms_of(claims.CLAIMS["C5"].questions))
    for loss in ("minimax", "non_saturating"):
        raw = result[f"{loss}, unclipped"]["gradient"]
        assert all(result[f"{loss}, {clip}"]["gradient"] <= raw * (1 + 1e-5) for clip in catalogue.CLIPS)


def test_evidence_shows_as_text_table_and_picture():
    loaded = claims.load("C5")
    for text in (str(loaded), loaded._repr_html_()):
        assert loaded.verdict in text and "seeds an arm" in text
    assert len(plots.evidence(loaded, "gradient").axes[0].get_yticklabels()) == len(loaded.arms)
    with pytest.raises(ValueError, match="Metrics: "):
        plots.evidence(loaded, "beauty")


def test_bad_input_is_named(installed):
    with pytest.raises(ValueError, match="Claims: C1"):
        claims.load("C13")
    with pytest.raises(ValueError, match="Claims: C1"):
        experiments.measure("C13", range(3))
    with pytest.raises(ValueError, match="seed must be a whole number"):
        experiments.measure("C4", [0, 1, True])
    with pytest.raises(FileNotFoundError, match="No evidence for C5 in data.claims. It ships with the course"):
        claims.load("C5")


def test_a_kept_benchmark_is_read_and_others_are_named():
    assert claims.benchmark("step")["machine"]["cores"] >= 1
    with pytest.raises(FileNotFoundError, match="No benchmark 'speed' is kept. Kept: .*step"):
        claims.benchmark("speed")
