import types

import keras
import numpy as np
import pytest
from conftest import numbers, same

import dcgan_course as dc
from dcgan_course.callbacks import live, screens


@pytest.fixture
def images(digits):
    return digits.images[:64]


def test_in_a_terminal_it_prints_one_line_per_epoch(make_gan, images, capsys):
    make_gan().fit(images, epochs=3, callbacks=[dc.LiveView()])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[2].startswith("epoch 3/3") and "D(G(z))" in lines[0] and "images/s" in lines[0]
    assert "on this machine" in lines[0] and " left" in lines[1] and " left" not in lines[2]


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
        monkeypatch.setattr(screens, "in_notebook", lambda: True)
        monkeypatch.setattr("IPython.display.display", self.display)

    def display(self, thing, display_id=False, raw=False):
        assert display_id is True
        handle = Handle(self, len(self.displays))
        self.displays.append(thing)
        return handle

    def shown(self):
        """What is there in the end: what a saved notebook holds."""
        return [[thing, *(u for n, u in self.updates if n == number)][-1] for number, thing in enumerate(self.displays)]


class Handle:
    def __init__(self, screen, number):
        self.screen, self.number = screen, number

    def update(self, thing, raw=False):
        self.screen.updates.append((self.number, thing))


@pytest.fixture
def screen(monkeypatch):
    return Screen(monkeypatch)


class Seconds(keras.callbacks.Callback):
    """A clock of the tests' own that `LiveView` reads: so many seconds pass in each batch, and none anywhere else."""

    def __init__(self, monkeypatch, per_batch):
        super().__init__()
        self.now, self.per_batch = 100.0, per_batch
        monkeypatch.setattr(live, "time", types.SimpleNamespace(perf_counter=lambda: self.now))

    def on_train_batch_begin(self, batch, logs=None):
        self.now += self.per_batch


@pytest.fixture
def moves(screen, monkeypatch):
    """Pairs (epochs done, line), one for each time that the bar of a notebook moves."""
    moves = []
    monkeypatch.setattr(screens.Notebook, "move", lambda self, done, epochs, line: moves.append((done, line)))
    return moves


@pytest.mark.parametrize(
    "wrong", [{"samples": 0}, {"samples": True}, {"frames": 0}, {"frames": 1}, {"seed": -1}, {"every": -1}, {"every": None}]
)
def test_numbers_that_make_no_sense_are_refused_at_once(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"^{name} must be .* Received: {name}="):
        dc.LiveView(**wrong)


def test_a_notebook_is_left_with_one_plain_bar_and_one_picture(make_gan, images, screen, capsys):
    make_gan().fit(images, epochs=6, callbacks=[dc.LiveView(every=0)])
    assert screens.MEASURING in screen.displays[0]["text/html"]
    bar, picture = screen.shown()
    assert bar["text/html"].startswith('<progress max="6" value="6') and "epoch 6/6" in bar["text/plain"]
    assert bar["text/plain"] in bar["text/html"] and "left" not in bar["text/plain"]
    assert type(picture).__name__ == "Figure"
    assert capsys.readouterr().out == ""


def test_the_bar_moves_within_an_epoch_and_says_how_long(make_gan, images, moves, monkeypatch):
    make_gan().fit(images, epochs=3, batch_size=8, callbacks=[Seconds(monkeypatch, 0.3), dc.LiveView()])
    assert [done for done, _ in moves] == pytest.approx(np.arange(2, 25, 2) / 8)  # each second batch: every 0.6 s
    early, late = ([line for done, line in moves if low <= done < low + 1] for low in (0, 2))
    assert early[0] == "epoch 1/3  1 s  about 7 s on this machine"  # 24 batches
    assert all(" left" in line and "D(x)" in line for line in late)


def test_until_there_is_a_second_call_it_measures(make_gan, images, moves, monkeypatch):
    make_gan().fit(images, epochs=2, batch_size=16, callbacks=[Seconds(monkeypatch, 30.0), dc.LiveView()])
    assert moves[0] == (0.25, f"epoch 1/2  30 s  {screens.MEASURING}")
    assert moves[1] == (0.5, "epoch 1/2  60 s  about 4 min on this machine")


def test_the_first_steps_are_measured_with_what_the_device_still_owes(make_gan, images):
    waited = []

    class Owed:
        def __init__(self, batch):
            self.batch = batch

        def __float__(self):
            waited.append(self.batch)
            return 1.0

    owe = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: logs.update(d_loss=Owed(batch)))
    make_gan().fit(images, epochs=1, batch_size=8, callbacks=[owe, dc.LiveView()])
    assert waited[:2] == [0, 1]


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
def test_a_source_without_a_length_is_shown_too(make_gan, images, moves, monkeypatch):
    source = ((images[i : i + 16],) for i in range(0, 64, 16))
    make_gan().fit(source, callbacks=[Seconds(monkeypatch, 10.0), dc.LiveView()])
    assert [line.split("  ")[:3] for _, line in moves[:4]] == [
        ["epoch 1/1", f"{seconds} s", screens.MEASURING] for seconds in (10, 20, 30, 40)
    ]


def test_training_is_bit_for_bit_the_same_with_it(make_gan, images):
    gans = [make_gan(averaging=0.9, instance_noise=0.1) for _ in range(2)]
    gans[1].set_weights(gans[0].get_weights())
    for gan, callbacks in zip(gans, ([], [dc.LiveView()])):
        gan.fit(dc.datasets.Batches(images, 24, seed=1), epochs=3, callbacks=callbacks, verbose=0)
    assert same(*([numbers(v) for v in gan.state] for gan in gans))


def test_the_clock_leaves_compiling_out_and_follows_the_last_epochs():
    clock = live.Clock(first=10, epochs=20, now=0.0)
    assert clock.left is None
    clock.step(10.1, now=30.0)  # the first call compiles
    clock.step(10.6, now=35.0)
    assert clock.left == pytest.approx(94)
    clock.step(11.0, now=90.0)  # the last batch is smaller and compiles again
    assert clock.left == pytest.approx(90)
    for epoch in range(11, 18):
        clock.epoch(epoch, now=40.0 + 10 * (epoch - 11))
    assert clock.left == pytest.approx(30)
    for epoch in range(18, 20):  # slower now
        clock.epoch(epoch, now=100.0 + 20 * (epoch - 17))
    assert clock.left == pytest.approx(14)


def test_the_clock_measures_a_short_epoch_at_its_end():
    clock = live.Clock(first=0, epochs=3, now=0.0)
    clock.step(0.5, now=9.0)
    clock.step(1.0, now=9.2)
    assert clock.left is None
    clock.epoch(1, now=9.2)
    assert clock.left == pytest.approx(0.8)


def test_epochs_of_one_call_are_measured_from_the_second_on():
    clock = live.Clock(first=0, epochs=3, now=0.0)
    clock.step(1.0, now=9.0)
    clock.epoch(1, now=9.0)
    assert clock.left is None
    clock.epoch(2, now=10.0)
    assert clock.left == 1.0


def test_the_clock_without_steps_waits_for_an_epoch():
    clock = live.Clock(first=0, epochs=4, now=5.0)
    clock.epoch(1, now=8.0)
    assert clock.left == pytest.approx(9)


def test_there_is_at_most_one_picture_in_so_many_seconds(make_gan, images, screen, monkeypatch):
    drawn = []
    monkeypatch.setattr(live.plots, "live", lambda history, samples, epoch, *_: drawn.append(epoch))
    gan, seconds = make_gan(), Seconds(monkeypatch, 0.5)  # an epoch has two batches
    gan.fit(images, epochs=12, callbacks=[seconds, dc.LiveView(every=4)])
    assert drawn == [1, 5, 9, 12]  # after the first epoch, and at the end
    drawn.clear()
    gan.fit(images, epochs=5, callbacks=[seconds, dc.LiveView(every=0)])
    assert drawn == [1, 2, 3, 4, 5]


def test_an_interrupted_run_keeps_what_was_seen(make_gan, images, capsys):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    view = dc.LiveView(frames=10)
    with pytest.raises(KeyboardInterrupt):
        make_gan().fit(images, epochs=9, callbacks=[view, Stop()])
    assert list(view.snapshots) == [0, 1, 2] and dc.plots.timeline(view.snapshots)
    assert "stopped after epoch 2/9, everything is kept" in capsys.readouterr().out


def test_a_fit_that_never_starts_says_why_and_not_that_the_view_was_empty(make_gan, images):
    with pytest.raises(TypeError, match="no_such_option"):
        make_gan().fit(images, callbacks=[dc.LiveView()], no_such_option=1)


def test_an_interrupt_in_the_first_epoch_leaves_the_bar_alone(make_gan, images, screen):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_gan().fit(images, epochs=9, callbacks=[dc.LiveView(), Stop()])
    (bar,) = screen.shown()
    assert "stopped before the end of its first epoch" in bar["text/plain"]


def test_an_interrupt_within_an_epoch_leaves_the_snapshots_as_they_were(make_gan, images):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if list(view.snapshots) == [0, 1]:
                raise KeyboardInterrupt

    gan, view = make_gan(), dc.LiveView(samples=4)
    kept = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: first.append(view.snapshots[1]))
    first = []
    with pytest.raises(KeyboardInterrupt):
        gan.fit(images, epochs=9, callbacks=[view, kept, Stop()])
    assert np.array_equal(view.snapshots[1], first[0]) and not np.array_equal(first[0], gan.generate(view.latents))


def test_a_run_that_is_done_already_says_so(make_gan, images, capsys):
    make_gan().fit(images, epochs=3, initial_epoch=3, callbacks=dc.LiveView())  # one callback, without a list
    assert "nothing left to train: 3 epochs are done" in capsys.readouterr().out


def test_an_interrupt_between_frames_still_shows_the_last_epoch(make_gan, images):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 4:
                raise KeyboardInterrupt

    gan, view = make_gan(), dc.LiveView(frames=2, samples=4)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(images, epochs=20, initial_epoch=3, callbacks=[view, Stop()])
    assert list(view.snapshots) == [3, 5]  # before training it is a model of three epochs
    assert np.allclose(view.snapshots[5], gan.generate(view.latents))
