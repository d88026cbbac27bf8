"""The claims' protocol, and the runner that makes the evidence by it."""

import concurrent.futures
import itertools
import json
import runpy
import sys

import numpy as np
import pytest

from dcgan_course import places
from dcgan_course.classroom.claims import accuracy, differences, protocol, runner, trials, yardstick

ARMS = protocol.arms()
SETTINGS = {"learning_rate": 2e-3, "noise": 0.2, "averaging": 0.995}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Runs go to an empty folder."""
    monkeypatch.setattr(places, "results", lambda name: tmp_path / name)
    return tmp_path / "claims" / "runs"


def job(**changes):
    return {"kind": "run", "data": "digits", "arm": "DCGAN", "seed": 0, **changes}


def made(frechet=1.0, **changes):
    return {**job(**changes), "settings": SETTINGS, "cpu_seconds": 30.0, "scores": {"1": {"frechet": frechet}}}


def test_every_comparison_is_of_arms_that_there_are_on_the_same_data():
    known = {name: arm.data for name, arm in ARMS.items()}
    for experiment in protocol.read()["experiment"].values():
        known |= {arm: tuple(experiment["data"]) for arm in experiment["arms"]}
    recalibrated = {f"{name}, recalibrated": arm.data for name, arm in ARMS.items() if arm.recalibrated}
    known |= recalibrated
    assert list(protocol.claims()) == [f"C{n}" for n in range(1, 13)]
    for claim in protocol.claims().values():
        assert any(question.decides for question in claim.questions)
        for question in claim.questions:
            assert question.metric in protocol.read()["metric"]
            sides = [s if isinstance(s, tuple) else (s,) for s in (question.arm, question.against)]
            assert len({known[name] for name in itertools.chain(*sides)}) == 1 or "dense GAN" in sides[1], question


def test_an_arm_that_there_is_not_is_refused_and_the_known_ones_named():
    with pytest.raises(ValueError, match="Unknown arm 'ReLU in d'. Known: DCGAN; no normalisation in G"):
        protocol.arm("ReLU in d")


@pytest.mark.parametrize("name", [name for name, arm in ARMS.items() if not (arm.case or arm.few or arm.latents)])
def test_an_arm_differs_only_in_what_it_says(name):
    for data in {ARMS[name].data[0], ARMS[name].data[-1]}:
        assert differences.differences(ARMS[name], data) == sorted(ARMS[name].differs)


@pytest.mark.parametrize("name", [name for name, arm in ARMS.items() if arm.case or arm.few or arm.latents])
def test_an_arm_of_a_sweep_differs_in_what_its_name_says(name):
    arm, other = ARMS[name], protocol.arm(ARMS[name].against)
    said = {
        "loss": arm.loss != other.loss,
        "clipping": arm.clip != other.clip,
        "tuning": arm.case == "fast",
        "images": arm.case == "spiky" or arm.few != other.few,
        "latents": arm.latents != other.latents,
        **{f"{net} {what}": arm.normalised in lacks for net, lacks in (("G", ("none", "D")), ("D", ("none", "G")))
           for what in ("normalisation", "biases")},
    }  # fmt: skip
    found = differences.differences(arm, arm.data[0])
    assert set(found) == {what for what, is_so in said.items() if is_so} and set(found) <= set(arm.differs)


@pytest.mark.parametrize("name", ["digits", "fashion", "people"])
def test_no_image_is_on_both_sides_and_real_images_come_near_the_floor(name):
    measure = yardstick.yardstick(name)
    sides = [{image.tobytes() for image in part.images} for part in (measure.training, measure.held_out)]
    assert len(sides[0] & sides[1]) <= 3  # Fashion-MNIST holds a few pictures twice
    assert len(measure.held_out) == protocol.read()["data"][name]["held_out"]
    floor = measure.floor()
    assert abs(floor["frechet"]) < 0.6 and floor["precision"] > 0.9 and floor["recall"] > 0.9
    noise = np.random.default_rng(0).uniform(-1, 1, measure.held_out.images.shape).astype("float32")
    assert measure.scores(lambda n, seed: noise[:n])["frechet"] > 20


def test_the_first_term_of_the_distances_bias_is_off():
    rng, plain, unbiased = np.random.default_rng(0), [], []
    for _ in range(10):
        a, b = rng.standard_normal((2, 400, 32))
        plain.append(yardstick.evaluation.frechet_distance(a, b))
        unbiased.append(yardstick.unbiased_frechet_distance(a, b))
    assert np.mean(plain) > 1 and abs(np.mean(unbiased)) < 0.2 * np.mean(plain)
    assert yardstick.unbiased_frechet_distance(a, b + 1) == pytest.approx(32, rel=0.15)


def test_what_is_planned_has_every_run_once_and_begins_with_tuning():
    planned = runner.planned()
    assert len({runner.key(run) for run in planned}) == len(planned)
    tuning = [run["kind"] == "tuning" for run in planned]
    assert tuning == sorted(tuning, reverse=True) and tuning.count(True) == 6 * 16 * 3
    seeds = {run["seed"] for run in planned if (run["arm"], run["data"]) == ("DCGAN", "digits") and run["kind"] == "run"}
    assert seeds == set(range(16))


def test_a_run_that_is_kept_is_found_again_with_the_place_it_was_made_at(folder):
    runner.keep(made())
    runner.keep(made(seed=1))
    found = runner.done()
    assert list(found) == [runner.key(job()), runner.key(job(seed=1))]
    kept = found[runner.key(job())]
    assert kept["protocol"] == protocol.identity() and "keras" in kept["where"] and kept["scores"] == {"1": {"frechet": 1.0}}


def test_a_run_of_another_protocol_and_a_damaged_line_are_refused(folder):
    runner.keep(made())
    file = folder / "digits.jsonl"
    whole = file.read_text()
    file.write_text(whole.replace(protocol.identity(), "0123456789ab"))
    with pytest.raises(ValueError, match=r"digits.jsonl, line 1, was made under the protocol 0123456789ab; this one is "):
        runner.done()
    file.write_text(whole + whole[:50])
    with pytest.raises(ValueError, match="digits.jsonl, line 2, is no run"):
        runner.done()


def test_tuning_chooses_the_nearest_on_average_once_all_trials_are_there(folder):
    rule = protocol.read()["tuning"]
    trial = {"kind": "tuning", "data": "digits", "arm": "VAE"}
    runs = {}
    for seed, rate, noise in itertools.product(rule["seeds"], rule["learning_rate"], rule["noise"]):
        assert runner.chosen("digits", "VAE", runs) is None
        scores = {"frechet": 2.0, "frechet_latest": 1.0 if (rate, noise) == (8e-4, 0.2) else 3.0}
        run = {**trial, "seed": seed, "learning_rate": rate, "noise": noise, "scores": {"1": scores}}
        runs[runner.key(run)] = run
    assert runner.chosen("digits", "VAE", runs) == {"learning_rate": 8e-4, "noise": 0.2, "averaging": None}


def test_runs_wait_for_their_tuning_and_none_begins_that_would_end_too_late(folder):
    jobs = [job(arm="VAE"), job(kind="tuning", arm="VAE", seed=100, learning_rate=3e-4, noise=0.0)]
    assert runner._next(jobs, {}, seconds=1000)["kind"] == "tuning"
    assert runner._next(jobs, {}, seconds=1) is None


def test_only_one_runner_writes(folder):
    with runner._alone(), pytest.raises(RuntimeError, match="Another runner is at work"), runner._alone():
        pass


def test_the_status_says_what_is_left(folder):
    runner.keep(made())
    line = next(line for line in runner.status().splitlines() if line.startswith("run digits"))
    assert " 1 of " in line and "core hours to go" in line


@pytest.fixture
def short(monkeypatch):
    """Budgets of a few steps."""
    for settings in protocol.read()["data"].values():
        monkeypatch.setitem(settings, "steps", 3)
    monkeypatch.setitem(protocol.read()["experiment"]["accuracy"], "epochs", 1)
    monkeypatch.setitem(protocol.read()["experiment"]["accuracy"], "learning_rate", [1e-3, 3e-3])


@pytest.mark.parametrize("arm", ["normalised output", "VAE", "100 images, normalised: G", "minimax, value, fast"])
def test_a_run_is_scored_at_each_share_with_what_the_arm_needs(arm, short):
    run = runner.make(job(arm=arm), SETTINGS)
    assert list(run["scores"]) == list(map(str, ARMS[arm].shares)) and run["steps"]["0.25"] > 0
    assert json.loads(json.dumps(run)) == run
    expected = {"frechet", "kernel", "precision", "recall", "density", "coverage"}
    assert expected <= set(run["scores"]["2"])
    assert ("frechet_recalibrated" in run["scores"]["2"]) == (arm == "normalised output")
    assert ("gap" in run["scores"]["2"]) == (arm.startswith("100")) and ("died" in run["scores"]["2"]) == ("fast" in arm)


def test_a_trial_of_tuning_scores_averaged_and_latest_weights_and_puts_them_back(short):
    run = runner.make(job(kind="tuning", arm="VAE", seed=100, learning_rate=1e-3, noise=0.2), {})
    assert set(run["scores"]) == {"1"} and set(run["scores"]["1"]) == {"frechet", "frechet_latest"}
    assert run["scores"]["1"]["frechet"] != run["scores"]["1"]["frechet_latest"]
    model = trials.build(ARMS["DCGAN"], "digits", trials.Settings(), 0)
    before = model.averaged_generator.get_weights()
    with trials.other_weights(model, "recalibrated"):
        assert any((a != b).any() for a, b in zip(before, model.averaged_generator.get_weights()))
    assert all((a == b).all() for a, b in zip(before, model.averaged_generator.get_weights()))


def test_recalibrated_statistics_are_those_of_the_latents():
    model = trials.build(ARMS["normalised output"], "digits", trials.Settings(), 0)
    generator = model.generator
    trials.recalibrate(generator, model.latent_dim)
    latents = np.random.default_rng(5).standard_normal((2000, 100), "float32")
    trained, sampled = (np.asarray(generator(latents, training=mode)) for mode in (True, False))
    assert np.abs(trained - sampled).mean() < 0.02


def test_the_accuracy_experiment_has_one_share_for_each_network(short):
    run = accuracy.run("digits", 0, trials.Settings())
    assert list(run["scores"]["1"]) == protocol.read()["experiment"]["accuracy"]["arms"]
    assert all(0.4 <= score["accuracy"] <= 1 for score in run["scores"]["1"].values())


def test_the_command_says_what_is_wrong(folder, monkeypatch, capsys):
    for arguments, message in ((["once", "digits", "ReLU in d", "0"], "invalid choice: 'ReLU in d'"), (["run"], "--hours")):
        monkeypatch.setattr(sys, "argv", ["claims", *arguments])
        with pytest.raises(SystemExit):
            runpy.run_module("dcgan_course.classroom.claims", run_name="__main__")
        assert message in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["claims", "once", "digits", "VAE", "0"])
    with pytest.raises(SystemExit, match="trials that tune 'VAE' on digits are not all done"):
        runpy.run_module("dcgan_course.classroom.claims", run_name="__main__")


def test_a_run_that_fails_stops_no_other_and_is_named_at_the_end(folder, monkeypatch):
    jobs = [job(kind="tuning", arm="VAE", seed=seed, learning_rate=3e-4, noise=0.0) for seed in (100, 101)]
    monkeypatch.setattr(runner, "planned", lambda: list(jobs))

    def make(planned, settings):
        if planned["seed"] == 100:
            raise ArithmeticError("no number")
        return {**planned, "cpu_seconds": 1.0, "scores": {}}

    monkeypatch.setattr(runner, "make", make)
    monkeypatch.setattr(runner, "pool", concurrent.futures.ThreadPoolExecutor)
    told = []
    with pytest.raises(RuntimeError, match=r"not kept: tuning · digits · VAE · 100 .*ArithmeticError\('no number'\)"):
        runner.run(hours=1, processes=1, report=told.append)
    assert list(runner.done()) == [runner.key(jobs[1])] and told[0].endswith("VAE · 101 · 0.0003 · 0.0")
