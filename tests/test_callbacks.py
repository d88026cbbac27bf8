import time

import numpy as np
import pytest

import dcgan_course as dc
from dcgan_course.callbacks import live


@pytest.fixture
def images(digits):
    return digits.images[:64]


def test_in_a_terminal_it_prints_one_line_per_epoch(make_gan, images, capsys):
    make_gan().fit(images, epochs=3, callbacks=[dc.LiveView()])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[2].startswith("epoch 3/3") and "D(G(z))" in lines[0] and "images/s" in lines[0]


def test_snapshots_are_of_the_same_latents_from_start_to_end(make_gan, images):
    gan, view = make_gan(learning_rate=1e-2), dc.LiveView(samples=6, frames=3, seed=4)
    start = gan.generate(gan.latents(6, 4))
    gan.fit(images, epochs=4, callbacks=[view])
    assert list(view.snapshots) == [0, 2, 4]
    assert np.allclose(view.snapshots[0], start) and np.allclose(view.snapshots[4], gan.generate(gan.latents(6, 4)))
    gan.fit(images, epochs=2, callbacks=[view])  # a second run starts anew
    assert list(view.snapshots) == [0, 1, 2] and len(view.history["d_loss"]) == 2


class Screen:
    """What a notebook shows: every display, and every update of one."""

    def __init__(self, monkeypatch):
        self.displays, self.updates = [], []
        monkeypatch.setattr(live, "_in_notebook", lambda: True)
        monkeypatch.setattr("IPython.display.display", self.display)

    def display(self, thing, display_id=False):
        assert display_id is True
        self.displays.append(thing)
        return self

    def update(self, thing):
        self.updates.append(thing)


def test_in_a_notebook_it_updates_two_displays_in_place(make_gan, images, monkeypatch, capsys):
    screen = Screen(monkeypatch)
    make_gan().fit(images, epochs=6, callbacks=[dc.LiveView(budget=1e6)])
    assert [type(d).__name__ for d in screen.displays] == ["HTML", "Figure"]
    bars = [u.data for u in screen.updates if type(u).__name__ == "HTML"]
    assert 1 <= len(bars) <= 5 and 'value="6"' in bars[-1]
    assert type(screen.updates[-1]).__name__ == "Figure"  # the last word is a fresh picture
    assert capsys.readouterr().out == ""


def test_drawing_is_held_to_its_budget(make_gan, images, monkeypatch):
    """Without a budget it draws at the end alone, with plenty at every epoch."""
    Screen(monkeypatch)
    drawn = []

    def slow(history, samples):
        time.sleep(0.2)
        drawn.append(len(history["d_loss"]))

    monkeypatch.setattr(live.plots, "live", slow)
    gan = make_gan(steps_per_execution=2)
    gan.fit(images, epochs=20, callbacks=[dc.LiveView(budget=1e-6)])
    assert drawn == [20]
    drawn.clear()
    gan.fit(images, epochs=5, callbacks=[dc.LiveView(budget=1e6)])
    assert drawn == [1, 2, 3, 4, 5, 5]


def test_an_interrupted_run_keeps_what_was_seen(make_gan, images):
    class Stop(live.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    view = dc.LiveView(frames=10)
    with pytest.raises(KeyboardInterrupt):
        make_gan().fit(images, epochs=9, callbacks=[view, Stop()])
    assert list(view.snapshots) == [0, 1, 2] and dc.plots.timeline(view.snapshots)


def test_a_fit_that_never_starts_says_why_and_not_that_the_view_was_empty(make_gan, images):
    with pytest.raises(TypeError, match="no_such_option"):
        make_gan().fit(images, callbacks=[dc.LiveView()], no_such_option=1)


def test_an_interrupt_between_frames_still_shows_the_last_epoch(make_gan, images):
    class Stop(live.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 4:
                raise KeyboardInterrupt

    gan, view = make_gan(), dc.LiveView(frames=2, samples=4)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(images, epochs=20, initial_epoch=3, callbacks=[view, Stop()])
    assert list(view.snapshots) == [3, 5]  # before training it is a model of three epochs
    assert np.allclose(view.snapshots[5], gan.generate(view.latents))
