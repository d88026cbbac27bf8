"""The training desk: a step changes what it says, a run goes on and can be ended, and the picture follows."""

import asyncio
import io
import random

import keras
import numpy as np
import pytest
from conftest import numbers, same, weights_of
from matplotlib.collections import PathCollection
from PIL import Image

from dcgan_course.classroom.widgets.desk import TrainingDesk
from dcgan_course.classroom.widgets.desk.density import densest
from dcgan_course.classroom.widgets.desk.problems import PROBLEMS, ring
from dcgan_course.classroom.widgets.desk.trainer import Trainer


@pytest.fixture(scope="module", params=PROBLEMS)
def desk(request):
    return TrainingDesk(request.param)


@pytest.fixture
def fresh(desk):
    """The desk as at the beginning: making a new one for each test would take longer than the test."""
    desk.pause()
    desk.train.value, desk.learning_rate.value, desk.steps_each.value = "both", 2e-3, 1
    desk.start_again()
    return desk


@pytest.fixture
def toy():
    return TrainingDesk("ring")


def weights(desk):
    """All numbers of D and of G, batch statistics included."""
    return weights_of(desk.trainer.gan.discriminator), weights_of(desk.trainer.gan.generator)


@pytest.mark.parametrize(("train", "moves"), [("D", (True, False)), ("G", (False, True)), ("both", (True, True))])
def test_a_step_changes_what_train_says_and_nothing_else(fresh, train, moves):
    before, picture = weights(fresh), fresh.picture.value
    fresh.train.value = train
    fresh.one_step.click()
    assert tuple(not same(then, now) for then, now in zip(before, weights(fresh))) == moves
    assert fresh.picture.value != picture
    assert fresh.trainer.steps == 1 and fresh.trainer.norms[-1][2] == train and min(fresh.trainer.norms[-1][:2]) > 0


def test_looking_changes_nothing(fresh):
    before = [numbers(v) for v in fresh.trainer.gan.state]
    picture = fresh.picture.value
    fresh.refresh()
    assert same(before, [numbers(v) for v in fresh.trainer.gan.state]) and fresh.picture.value == picture


def test_start_again_gives_the_same_weights_and_then_the_same_steps(fresh):
    first, picture = weights(fresh), fresh.picture.value
    fresh.step(3)
    third, norms = weights(fresh), list(fresh.trainer.norms)
    fresh.again.click()
    assert all(map(same, first, weights(fresh))) and fresh.picture.value == picture and not fresh.trainer.norms
    fresh.step(3)
    assert all(map(np.allclose, third[0], weights(fresh)[0])) and np.allclose(
        [n[:2] for n in norms], [n[:2] for n in fresh.trainer.norms], rtol=1e-4
    )


def test_the_learning_rate_is_the_sliders(fresh):
    def moved(rate):
        fresh.start_again()
        trained = fresh.trainer.gan.discriminator.trainable_variables
        before = [numbers(v) for v in trained]
        fresh.learning_rate.value = rate
        fresh.step()
        return max(abs(numbers(v) - then).max() for v, then in zip(trained, before))

    assert moved(1e-2) > 50 * moved(1e-4)


def test_d_alone_learns_to_tell_and_g_alone_to_be_taken_for_real(toy):
    def gap():
        real, fake = toy.logits
        return real.mean() - fake.mean()

    toy.learning_rate.value = 1e-2
    toy.train.value = "D"
    begin = gap()
    toy.step(40)
    told = gap()
    toy.train.value = "G"
    toy.step(40)
    assert told > begin + 0.5 and gap() < told - 0.5


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="500 steps are enough for these first weights, not for all"
)
def test_both_spread_the_points_around_the_ring(toy):
    def sides():
        return len(set(np.round(np.arctan2(*toy.trainer.forward()[0].T) / (2 * np.pi / 8)).astype(int) % 8))

    begin = sides()
    toy.learning_rate.value = 5e-3
    toy.step(500)
    assert begin < 6 <= sides()


def share_inside(paths, points):
    """The share of points `(n, 2)` that lie in paths without holes."""
    return np.any([path.contains_points(points) for path in paths], axis=0).mean()


def test_the_density_follows_the_generators_points(toy):
    layer, looks = toy.trainer.problem.density.artist, []
    for train in ("D", "G"):
        looks.append([path.vertices for path in layer.get_paths()])
        toy.train.value = train
        toy.step(3)
    assert same(*looks)  # D's steps move no point
    assert not same(looks[1], [path.vertices for path in layer.get_paths()])
    points, opacity = toy.trainer.forward()[0], layer.get_facecolor()[:, 3]
    dark = [path for path, alpha in zip(layer.get_paths(), opacity) if alpha > 0.5]
    assert share_inside(layer.get_paths(), points) == pytest.approx(0.95, abs=0.05)
    assert share_inside(dark, points) == pytest.approx(0.75, abs=0.05)


def test_only_the_ring_asks_for_points_enough_for_a_density(fresh):
    is_ring = fresh.trainer.problem.title == PROBLEMS["ring"].title
    assert len(fresh.trainer.forward()[0]) == (2000 if is_ring else 128) and fresh.logits[1].shape == (128,)
    assert any(isinstance(artist, PathCollection) for artist in fresh._view.moving) == is_ring


def test_the_densest_regions_are_the_rings_heaps():
    points, ask = ring(4000), {"shares": (0.75, 0.95), "sides": (-1.7, 1.7)}
    regions = densest(points, **ask)
    assert [len(paths) for paths in regions] == [8, 8]
    assert [share_inside(paths, points) for paths in regions] == pytest.approx(ask["shares"], abs=0.05)
    collapsed = densest(0.01 * points, **ask)
    assert [len(paths) for paths in collapsed] == [1, 1]
    for nowhere in (points + 9, points * np.nan):
        assert densest(nowhere, **ask) == [[], []]


def test_a_run_goes_on_beside_other_work_until_it_is_paused(fresh):
    async def learner():
        fresh.run.value = True
        assert fresh.run.description == "pause" and TrainingDesk.running is fresh
        while fresh.trainer.steps < 3:
            await asyncio.sleep(0.01)  # the learner does something else, and the controls stay alive:
        fresh.train.value = "G"
        while fresh.trainer.norms[-1][2] != "G":
            await asyncio.sleep(0.01)
        task = fresh._task
        fresh.run.value = False
        steps = fresh.trainer.steps
        await task
        assert fresh.trainer.steps == steps and fresh.run.description == "run" and TrainingDesk.running is None

    asyncio.run(asyncio.wait_for(learner(), 120))


def test_only_one_desk_runs(fresh, toy):
    async def learner():
        fresh.run.value = True
        first = fresh._task
        toy.run.value = True
        second = toy._task
        assert not fresh.run.value and TrainingDesk.running is toy
        TrainingDesk("ring")  # a cell that makes a desk ends the run as well
        assert TrainingDesk.running is None
        await asyncio.gather(first, second)

    asyncio.run(asyncio.wait_for(learner(), 120))


def test_a_run_ends_by_itself(toy, monkeypatch):
    monkeypatch.setattr("dcgan_course.classroom.widgets.desk.desk.MOST", 4)

    async def learner():
        toy.steps_each.value = 2
        toy.run.value = True
        await toy._task
        assert toy.trainer.steps == 4 and not toy.run.value and TrainingDesk.running is None

    asyncio.run(asyncio.wait_for(learner(), 120))


def test_without_an_event_loop_run_does_not_stay_pressed(fresh):
    fresh.run.value = True
    assert not fresh.run.value and fresh.run.description == "run" and fresh.trainer.steps == 0


def test_numbers_that_are_not_finite_are_said_and_end_a_run(toy):
    async def learner():
        toy.run.value = True
        toy.trainer.gan.discriminator.set_weights([w * np.nan for w in toy.trainer.gan.discriminator.get_weights()])
        await toy._task
        assert "not finite" in toy.note and not toy.run.value

    asyncio.run(asyncio.wait_for(learner(), 120))
    toy.start_again()
    assert not toy.note and np.isfinite(toy.logits).all()


def test_the_picture_is_a_png_that_a_browser_need_not_wait_for(fresh):
    image = Image.open(io.BytesIO(fresh.picture.value))
    assert image.format == "PNG" and image.size == (840, 320)
    assert len(fresh.picture.value) < 60_000


def test_same_seed_same_learner_and_no_trace_in_the_chapters_random_numbers():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    trainers = [Trainer(PROBLEMS["ring"](), seed) for seed in (1, 1, 2)]
    assert random.random() == expected
    one, same_seed, other = (weights_of(trainer.gan) for trainer in trainers)
    assert same(one, same_seed) and not same(one, other)


def test_the_ring_has_eight_heaps():
    points = ring(2000)
    assert points.shape == (2000, 2) and points.dtype == "float32"
    assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=0.3)
    turns = np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi / 8)
    assert set(np.round(turns).astype(int) % 8) == set(range(8)) and abs(turns - np.round(turns)).max() < 0.45


@pytest.mark.parametrize("wrong", [{"data": "faces"}, {"learning_rate": 1.0}, {"learning_rate": True}, {"seed": -1}])
def test_says_what_it_cannot_do(wrong):
    with pytest.raises(ValueError, match="Received: " + next(iter(wrong))):
        TrainingDesk(**wrong)
