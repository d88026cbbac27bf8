"""`Quality`: the report's distance during training, and the best epoch back at the end."""

import keras
import numpy as np
import pytest
from conftest import numbers

import dcgan_course as dc
from dcgan_course import evaluation
from dcgan_course.callbacks import quality as module


@pytest.fixture
def scored(monkeypatch):
    """Let the measurements be these, one after the other."""

    def let(*distances):
        values = iter(distances)
        monkeypatch.setattr(module, "frechet_distance", lambda real, fake: next(values))

    return let


def quality(digits, **options):
    return dc.Quality(digits, **{"every": 1, "n": 60, "features": "pixels", **options})


class Weights(dc.callbacks.Checkpoint.__mro__[1]):
    """Keeps all that training changes after each epoch."""

    def __init__(self):
        super().__init__()
        self.after = {}

    def on_epoch_end(self, epoch, logs=None):
        self.after[epoch + 1] = [numbers(v).copy() for v in self.model.state]


def state(gan):
    return [numbers(v) for v in gan.state]


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_the_distance_is_the_reports(make_gan, digits):
    gan, measured = make_gan(averaging=0.9), dc.Quality(digits, every=2, n=100, features="pca", keep="last")
    gan.fit(digits.batches(300), epochs=3, callbacks=[measured], verbose=0)
    assert list(measured.distances) == [2, 3]  # and the last one
    report = evaluation.report(gan, digits, n=100, features="pca")
    assert measured.distances[3] == pytest.approx(report.samples["frechet"], rel=1e-6)


def test_the_best_epoch_comes_back_whole_and_training_goes_on_from_it(make_gan, digits, scored):
    scored(3.0, 1.0, 2.0)
    gan, weights = make_gan(averaging=0.9), Weights()
    measured = quality(digits)
    gan.fit(digits.batches(300), epochs=3, callbacks=[measured, weights], verbose=0)
    assert measured.best == 2 and str(measured) == "best epoch 2: Fréchet distance 1.00"
    assert equal(state(gan), weights.after[2]) and not equal(state(gan), weights.after[3])


def test_keep_last_only_measures(make_gan, digits, scored):
    scored(1.0, 2.0)
    gan, weights = make_gan(), Weights()
    gan.fit(digits.batches(600), epochs=2, callbacks=[quality(digits, keep="last"), weights], verbose=0)
    assert equal(state(gan), weights.after[2])


def test_patience_ends_training(make_gan, digits, scored):
    scored(5, 4, 4.5, 4.2, 4.1)
    gan, measured = make_gan(), quality(digits, patience=3)
    history = gan.fit(digits.batches(900), epochs=50, callbacks=[measured], verbose=0)
    assert len(history.epoch) == 5 and measured.best == 2


def test_measuring_leaves_training_as_it_is(make_gan, digits):
    alone, beside = (keras.utils.set_random_seed(0) or make_gan() for _ in range(2))
    alone.fit(digits.batches(300), epochs=2, verbose=0)
    beside.fit(digits.batches(300), epochs=2, callbacks=[quality(digits, keep="last")], verbose=0)
    assert equal(state(alone), state(beside))


def test_checkpoints_hold_their_own_epoch_and_the_view_marks_the_best(make_gan, digits, scored, tmp_path):
    scored(1.0, 2.0)
    gan, weights = make_gan(), Weights()
    view = dc.LiveView(samples=4, frames=2)
    callbacks = [quality(digits), dc.Checkpoint(tmp_path, every=5), view, weights]
    gan.fit(digits.batches(600), epochs=2, callbacks=callbacks, verbose=0)
    assert equal(state(gan), weights.after[1]) and view.best == 1
    again = make_gan()
    assert again.resume(tmp_path) == 2 and equal(state(again), weights.after[2])
    figure = dc.plots.live(view.history, digits.images[:4], 2, best=1)
    assert any(text.get_text().strip() == "best" for text in figure.axes[1].texts)


def test_an_interrupted_run_keeps_its_best(make_gan, digits, scored):
    scored(1.0, 2.0, 3.0)
    gan, weights = make_gan(), Weights()

    class Stop(Weights):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gan.fit(digits.batches(600), epochs=9, callbacks=[quality(digits), weights, Stop()], verbose=0)
    assert equal(state(gan), weights.after[1])


@pytest.mark.parametrize("options, message", [
    ({"every": 0}, "every must be a whole number of at least 1"),
    ({"keep": "worst"}, """keep must be "best" or "last". Received: keep='worst'"""),
    ({"patience": 0}, "patience must be a whole number"),
    ({"n": 10}, "A report compares sets of n images, n from 50"),
])  # fmt: skip
def test_wrong_arguments_are_refused(make_gan, digits, options, message):
    with pytest.raises(ValueError, match=message):
        make_gan().fit(digits.batches(600), epochs=1, callbacks=[quality(digits, **options)], verbose=0)


def test_a_gan_of_classes_shows_a_row_for_each_and_reports_what_was_asked(digits):
    shape = digits.image_shape
    networks = dc.networks.generator(shape, 8, 4, classes=10), dc.networks.discriminator(shape, 4, classes=10)
    gan, view = dc.GAN(*networks, seed=0), dc.LiveView(samples=32, frames=2)
    gan.compile(dc.Strategy.recipe())
    gan.fit(digits.batches(300), epochs=1, callbacks=[view], verbose=0)
    assert view.snapshots[1].shape == (30, *shape)  # three of each class
    np.testing.assert_allclose(view.snapshots[1][9:12], gan.generate(gan.latents(3, seed=0), label=3), atol=1e-5)
    report = evaluation.report(gan, digits, n=200)
    right = np.mean(evaluation.classifier(digits).predict(gan.sample(200, seed=0)) == np.arange(200) % 10)
    assert report.samples["as_asked"] == pytest.approx(right) and report.real["as_asked"] > 0.9
    assert "read as the class asked for" in str(report)
