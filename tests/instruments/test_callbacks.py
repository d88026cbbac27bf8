import collections
import json
import time
import types

import ipywidgets
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

    def update(self, thing):
        self.screen.updates.append((self.number, thing))


@pytest.fixture
def screen(monkeypatch):
    return Screen(monkeypatch)


def test_a_notebook_is_left_with_one_plain_bar_and_one_picture(make_gan, images, screen, monkeypatch, capsys):
    made = []
    monkeypatch.setattr(ipywidgets.Widget, "_widget_construction_callback", made.append)
    make_gan().fit(images, epochs=6, callbacks=[dc.LiveView(budget=1e6)])
    assert list(screen.displays[0]) == ["text/html", "text/plain", "application/vnd.jupyter.widget-view+json"]
    bar, picture = screen.shown()
    assert bar.data.startswith('<progress max="6" value="6') and "epoch 6/6" in bar.data and "left" not in bar.data
    assert type(picture).__name__ == "Figure" and "button" not in bar.data
    assert sum(n == 0 for n, _ in screen.updates) == 1  # while it runs the bar moves by itself
    views = [widget for widget in made if isinstance(widget, ipywidgets.DOMWidget)]
    assert len(views) == 3 and all(widget.comm is None for widget in views)  # closed, all of them
    assert capsys.readouterr().out == ""


def test_the_bar_moves_within_an_epoch_and_says_how_long(make_gan, images, screen, monkeypatch):
    seen = []
    monkeypatch.setattr(screens.Notebook, "move", lambda self, done, epochs, line: seen.append((done, line)))

    class Slow(live.keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            time.sleep(0.25)

    make_gan().fit(images, epochs=3, batch_size=8, callbacks=[Slow(), dc.LiveView()])
    done = [d for d, _ in seen]
    assert done == sorted(done) and any(0 < d < 1 for d in done) and any(2 < d < 3 for d in done)
    assert live.screens.MEASURING in screen.displays[0]["text/html"]
    early, late = ([line for d, line in seen if d < 1], [line for d, line in seen if 2 < d < 3])
    assert "about " in early[-1] and "on this machine" in early[-1] and "D(x)" not in early[-1]
    assert all(" left" in line and "D(x)" in line for line in late)


def test_the_first_estimate_is_shown_at_once(make_gan, images, screen, monkeypatch):
    seen = []
    monkeypatch.setattr(screens.Notebook, "move", lambda self, done, epochs, line: seen.append(line))
    make_gan().fit(images, epochs=2, batch_size=8, callbacks=[dc.LiveView(budget=1e-9)])  # after a look none is due again
    *before, first = seen
    assert "about " in first and "on this machine" in first
    assert len(before) <= 1 and all(live.screens.MEASURING in line for line in before)


def test_the_first_steps_are_measured_with_what_the_device_still_owes(make_gan, images):
    waited = []

    class Owed:
        def __init__(self, batch):
            self.batch = batch

        def __float__(self):
            waited.append(self.batch)
            return 1.0

    owe = live.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: logs.update(d_loss=Owed(batch)))
    make_gan().fit(images, epochs=1, batch_size=8, callbacks=[owe, dc.LiveView()])
    assert waited[:2] == [0, 1]


def test_training_is_bit_for_bit_the_same_with_it(make_gan, images):
    gans = [make_gan(averaging=0.9, instance_noise=0.1) for _ in range(2)]
    gans[1].set_weights(gans[0].get_weights())
    for gan, callbacks in zip(gans, ([], [dc.LiveView()])):
        gan.fit(dc.datasets.Batches(images, 24, seed=1), epochs=3, callbacks=callbacks, verbose=0)
    assert same(*([numbers(v) for v in gan.state] for gan in gans))


def test_stop_ends_after_the_epoch_and_keeps_everything(make_gan, images, screen):
    view = dc.LiveView(samples=4)

    class Click(live.keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.history.epoch == [0, 1] and batch == 1:
                view.screen.button.widget.click()  # as a front end does it

    gan = make_gan()
    history = gan.fit(images, epochs=9, batch_size=16, callbacks=[Click(), view]).history
    assert len(history["d_loss"]) == 3 and int(gan.generator_optimizer.iterations) == 12  # the third epoch is whole
    assert list(view.snapshots)[-1] == 3 and np.allclose(view.snapshots[3], gan.generate(view.latents))
    bar, picture = screen.shown()
    assert "stopped after epoch 3/9, everything is kept" in bar.data and type(picture).__name__ == "Figure"
    gan.fit(images, epochs=2, callbacks=[view])  # the next run is not stopped by it
    assert len(view.history["d_loss"]) == 2


class Kernel:
    """ipykernel 6 in what the button looks at: messages wait on the stream, then in the queue, until the cell ends."""

    def __init__(self):
        self.stream, self.shell_stream = [], self
        self.msg_queue = types.SimpleNamespace(_queue=collections.deque([(0, "stop_aborting", ())]))

    def arrive(self, content):
        frames = [types.SimpleNamespace(bytes=part) for part in (b"<IDS|MSG>", b"{}", json.dumps(content).encode())]
        self.stream.append((1, "dispatch_shell", (frames,)))

    def flush(self, flag):
        self.msg_queue._queue.extend(self.stream)
        self.stream.clear()


def test_a_click_that_waits_in_the_kernel_is_seen_and_nothing_is_taken(monkeypatch):
    kernel, button = Kernel(), screens.StopButton(ipywidgets)
    monkeypatch.setattr(screens, "kernel", lambda: kernel)
    click = {"method": "custom", "content": {"event": "click"}}
    ours = types.SimpleNamespace(comm_id="0a1b2c", send=lambda **message: None)
    monkeypatch.setattr(type(button.widget), "comm", ours)
    kernel.arrive({"code": "print('click')"})
    kernel.arrive({"comm_id": "another", "data": click})
    kernel.arrive({"comm_id": "0a1b2c", "data": {"method": "update", "state": {"tabbable": True}}})
    button.look()
    assert not button.pressed
    kernel.arrive({"comm_id": "0a1b2c", "data": click})
    button.look()
    assert button.pressed and button.widget.disabled
    assert len(kernel.msg_queue._queue) == 5


def test_a_click_that_passes_the_comm_of_ipykernel_7_is_seen_on_its_way(monkeypatch):
    ours = types.SimpleNamespace(_reply_subshell_for=lambda data, default: "main", send=lambda **message: None, closed=0)
    monkeypatch.setattr(ipywidgets.Button, "comm", ours)
    button = screens.StopButton(ipywidgets)
    assert ours._reply_subshell_for({"method": "update", "state": {}}, None) == "main" and not button.pressed
    click = {"method": "custom", "content": {"event": "click"}}
    assert ours._reply_subshell_for(click, None) == "main" and button.pressed and button.waits


@pytest.mark.parametrize("seconds, words", [(0.2, "1 s"), (75, "75 s"), (170, "3 min"), (5400, "1 h 30 min")])
def test_durations_are_said_in_words_of_their_size(seconds, words):
    assert live.duration(seconds) == words


def test_the_clock_leaves_compiling_out_and_follows_the_last_epochs():
    clock = live.Clock(epochs=20, steps=10)
    clock.begin(10, now=0.0)
    assert clock.left() is None
    clock.step(1, now=30.0)  # the first call compiles
    clock.step(6, now=35.0)
    assert clock.done == 10.6 and clock.left() == pytest.approx(94)
    clock.step(10, now=90.0)  # the last batch is smaller and compiles again
    assert clock.left() == pytest.approx(90)
    for epoch in range(11, 18):
        clock.epoch(epoch, now=40.0 + 10 * (epoch - 11))
    assert clock.left() == pytest.approx(30)
    for epoch in range(18, 20):  # slower now
        clock.epoch(epoch, now=100.0 + 20 * (epoch - 17))
    assert clock.left() == pytest.approx(14)


def test_the_clock_measures_a_short_epoch_at_its_end():
    clock = live.Clock(epochs=3, steps=2)
    clock.begin(0, now=0.0)
    clock.step(1, now=9.0)
    assert clock.measuring and clock.left() is None
    clock.step(2, now=9.2)
    assert not clock.measuring and clock.left() == pytest.approx(0.8)


def test_a_run_of_one_call_has_nothing_left_to_measure():
    clock = live.Clock(epochs=1, steps=1)
    clock.begin(0, now=0.0)
    clock.step(1, now=9.0)
    clock.epoch(1, now=9.0)
    assert clock.left() == 0


def test_the_clock_without_a_number_of_steps_waits_for_an_epoch():
    clock = live.Clock(epochs=4, steps=None)
    clock.begin(0, now=5.0)
    clock.step(3, now=6.0)
    assert clock.left() is None and clock.done == 0 and not clock.measuring
    clock.epoch(1, now=8.0)
    assert clock.left() == pytest.approx(9)


def test_drawing_is_held_to_its_budget(make_gan, images, screen, monkeypatch):
    """Without a budget it draws at the end alone, with plenty at every epoch."""
    drawn = []

    def slow(history, samples, epoch):
        time.sleep(0.2)
        drawn.append(epoch)

    monkeypatch.setattr(live.plots, "live", slow)
    gan = make_gan(steps_per_execution=2)
    gan.fit(images, epochs=20, callbacks=[dc.LiveView(budget=1e-6)])
    assert drawn == [20]
    drawn.clear()
    gan.fit(images, epochs=5, callbacks=[dc.LiveView(budget=1e6)])
    assert drawn == [1, 2, 3, 4, 5, 5]


def test_an_interrupted_run_keeps_what_was_seen(make_gan, images, capsys):
    class Stop(live.keras.callbacks.Callback):
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


def test_an_interrupt_in_the_first_epoch_leaves_no_button(make_gan, images, screen):
    class Stop(live.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_gan().fit(images, epochs=9, callbacks=[dc.LiveView(), Stop()])
    (bar,) = screen.shown()
    assert "stopped before the end of its first epoch" in bar.data


def test_an_interrupt_within_an_epoch_leaves_the_snapshots_as_they_were(make_gan, images):
    class Stop(live.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if list(view.snapshots) == [0, 1]:
                raise KeyboardInterrupt

    gan, view = make_gan(), dc.LiveView(samples=4)
    kept = live.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: first.append(view.snapshots[1]))
    first = []
    with pytest.raises(KeyboardInterrupt):
        gan.fit(images, epochs=9, callbacks=[view, kept, Stop()])
    assert np.array_equal(view.snapshots[1], first[0]) and not np.array_equal(first[0], gan.generate(view.latents))


def test_a_run_that_is_done_already_says_so(make_gan, images, capsys):
    make_gan().fit(images, epochs=3, initial_epoch=3, callbacks=dc.LiveView())  # one callback, without a list
    assert "nothing left to train: 3 epochs are done" in capsys.readouterr().out


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
