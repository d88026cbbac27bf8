import numpy as np
import pytest

from dcgan_course.classroom.widgets import Clipping
from dcgan_course.classroom.widgets.clipping import GRADIENTS, angle, length

WAYS = ["clip_value", "clip_norm", "global_clip_norm"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bound", [0.05, 1.0, 8.0])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_keeps_the_bound_and_lengthens_nothing(way, bound, scale, monkeypatch):
    monkeypatch.setattr(Clipping, "refresh", lambda self: None)  # the numbers only
    widget = Clipping(way, bound, scale)
    before, after = length(widget.before()), length(widget.after())
    assert (after <= before * (1 + 1e-6)).all()
    bounded = {"clip_value": np.abs(widget.after()).max(), "clip_norm": after.max(), "global_clip_norm": length(after)}[way]
    assert bounded <= bound * (1 + 1e-6)
    if length(before) <= bound:
        np.testing.assert_array_equal(widget.after(), widget.before())


def test_what_each_way_turns():
    turns = {way: Clipping(way, 0.5).turns() for way in WAYS}
    assert turns["clip_value"][0].max() > 10 and turns["clip_value"][1] > 10
    assert turns["clip_norm"][0].max() < 1e-3 and turns["clip_norm"][1] > 10
    assert turns["global_clip_norm"][0].max() < 1e-3 and turns["global_clip_norm"][1] < 1e-3


def test_clips_by_hand():
    after = Clipping("clip_norm", 1.0).after()
    np.testing.assert_allclose(after[0], GRADIENTS[0] / np.hypot(*GRADIENTS[0]), rtol=1e-5)
    np.testing.assert_array_equal(after[2:], GRADIENTS[2:].astype("float32"))
    np.testing.assert_allclose(Clipping("clip_value", 1.0).after()[:2], [[1, 1], [-0.9, 1]], rtol=1e-6)
    whole = Clipping("global_clip_norm", 1.0).after()
    np.testing.assert_allclose(whole, GRADIENTS / np.linalg.norm(GRADIENTS), rtol=1e-5)


def test_the_picture_follows_every_control():
    widget = Clipping()
    seen = [widget.picture.value]
    for control, value in ((widget.way, "clip_value"), (widget.bound, 0.3), (widget.scale, 20.0)):
        control.value = value
        seen.append(widget.picture.value)
    assert len(set(seen)) == 4 and all(bytes(picture).startswith(b"\x89PNG") for picture in seen)


def test_the_title_says_what_happened():
    title = Clipping("clip_value", 1.0).draw().get_suptitle()
    assert "clip_value=1: 2 of 4 gradients shortened, 0 lengthened" in title and "0.01 → 0.01" in title
    assert f"{angle(GRADIENTS[0], np.array([1.0, 1.0])):.1f}°" in title  # b turns less
    assert "0 of 4 gradients shortened" in Clipping("global_clip_norm", 10.0).draw().get_suptitle()


def test_angle_is_right_where_the_cosine_fails():
    a = np.array([1.0, 0.0])
    assert angle(a, a) == 0 and angle(a, -a) == pytest.approx(180)
    for degrees in (1e-7, 0.1, 45, 90):
        t = np.radians(degrees)
        assert angle(3 * a, np.array([np.cos(t), np.sin(t)])) == pytest.approx(degrees, rel=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"way": "norm"}, "clip_value, clip_norm, global_clip_norm.*way='norm'"),
        ({"bound": 11}, "bound must lie in 0.01 to 10. Received: bound=11"),
        ({"scale": True}, "scale must lie in 0.01 to 100. Received: scale=True"),
    ],
)
def test_what_no_control_can_show_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Clipping(**wrong)
