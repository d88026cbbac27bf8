import numpy as np
import pytest

import dcgan_course as dc
from dcgan_course.classroom.widgets import RealOrFake
from dcgan_course.places import shipped

FOLDER = shipped("models")
STAGES = ["early", "middle", "late"]


@pytest.fixture(scope="module")
def kept():
    with np.load(FOLDER / "stages.npz", allow_pickle=False) as file:
        return dict(file)


def test_the_file_holds_what_its_card_says(kept):
    assert (FOLDER / "stages.npz").stat().st_size < 150_000
    assert kept["images"].shape == (120, 32, 32) and kept["images"].dtype == np.uint8
    assert kept["names"].tolist() == STAGES and (np.diff(kept["epochs"].astype(int)) > 0).all()
    for stage in range(3):
        assert [(kept["real"][kept["stage"] == stage] == real).sum() for real in (True, False)] == [20, 20]
    assert ((kept["score"] > 0) & (kept["score"] < 1)).all()


def test_its_real_digits_are_real_and_its_fakes_are_not(kept):
    digits = dc.datasets.to_uint8(dc.datasets.load("digits", size=32).images)[..., 0]
    known = {image.tobytes() for image in digits}
    np.testing.assert_array_equal([image.tobytes() in known for image in kept["images"]], kept["real"])


def test_the_discriminator_tells_early_fakes_better_than_by_chance(kept):
    early = kept["stage"] == 0
    fake, real = (kept["score"][early & (kept["real"] == r)] for r in (False, True))
    assert (fake[:, None] < real).mean() > 0.9


def test_a_learner_who_knows_is_always_right_and_one_who_does_not_never(kept, monkeypatch):
    monkeypatch.setattr(RealOrFake, "refresh", lambda self: None)  # the numbers only
    for knows in (True, False):
        game = RealOrFake(rounds=120)
        for i in game.order:
            (game.real if kept["real"][i] == knows else game.fake).click()
        scores = game.scores()
        assert list(scores) == STAGES
        assert [s[:2] for s in scores.values()] == [(40, 40 * knows)] * 3
        d_right = (kept["score"] >= 0.5) == kept["real"]
        assert [s[2] for s in scores.values()] == [d_right[kept["stage"] == i].sum() for i in range(3)]


def test_the_score_runs_along_and_the_picture_with_it(kept):
    game = RealOrFake(rounds=5, seed=3)
    seen = [game.picture.value]
    for n in range(1, 6):
        game.guess(True)
        seen.append(game.picture.value)
        done = game.order[:n]
        total = np.sum(list(game.scores().values()), axis=0)
        assert total[0] == n and total[1] == kept["real"][done].sum()
    assert len(set(seen)) == 6 and game.real.disabled and game.fake.disabled
    game.guess(False)
    assert len(game.guesses) == 5 and game.picture.value == seen[-1]


def test_a_seed_is_an_order_and_a_new_game_another(kept):
    game, same, other = RealOrFake(seed=1), RealOrFake(seed=1), RealOrFake(seed=2)
    np.testing.assert_array_equal(game.order, same.order)
    assert (game.order != other.order).any() and game.picture.value == same.picture.value
    assert np.bincount(kept["stage"][game.order]).tolist() == [10, 10, 10] and len(set(game.order)) == 30
    game.guess(True)
    game.again.click()
    np.testing.assert_array_equal(game.order, other.order)
    assert game.guesses == [] and game.picture.value == other.picture.value


def test_says_right_or_wrong_and_what_d_said(kept):
    game = RealOrFake()
    first = game.order[0]
    game.guess(not kept["real"][first])
    _, before, _ = game.draw().axes
    assert before.get_title().startswith("wrong") and f"({kept['score'][first]:.2f})" in before.get_xlabel()


@pytest.mark.parametrize("rounds", [0, 121, True])
def test_a_game_of_no_length_is_refused(rounds):
    with pytest.raises(ValueError, match=f"1 to 120.*rounds={rounds}"):
        RealOrFake(rounds=rounds)


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0. Received: seed=-1"):
        RealOrFake(seed=-1)
