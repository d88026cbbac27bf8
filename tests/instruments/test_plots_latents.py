"""Figures of latents: what they ask of a model, and what they say."""

import numpy as np
import pytest
from test_plots import drawn

from dcgan_course import plots, sampling


class Model:
    """Images 4×4 whose grey says which latent they are of; it keeps what it was asked for."""

    latent_dim, classes = 5, None

    def __init__(self, classes=None):
        self.asked, self.classes = [], classes

    def latents(self, n, seed=None, truncation=None):
        return np.clip(np.random.default_rng(seed).normal(size=(n, 5)), -(truncation or 9), truncation or 9)

    def generate(self, latents, label=None):
        self.asked.append((latents, label))
        return np.tile(np.tanh(latents[:, :1, None, None]), (1, 4, 4, 1)).astype("float32")

    def sample(self, n, seed=None, label=None, truncation=None):
        return self.generate(self.latents(n, seed, truncation), label)


def labels(figure):
    return [ax.get_ylabel() for ax in figure.axes]


def pixels(axes):
    return axes.images[0].get_array()


def test_latent_walk_asks_for_images_along_the_path():
    model = Model()
    plots.latent_walk(model, rows=2, steps=6, seed=1)
    ((asked, label),) = model.asked
    assert asked.shape == (12, 5) and np.allclose(asked[[0, 5, 6, 11]], Model().latents(4, 1)) and label is None


def test_a_walk_stays_in_its_class():
    model = Model(classes=3)
    plots.latent_walk(model, rows=4, steps=2)
    assert model.asked[0][1].tolist() == [0, 0, 1, 1, 2, 2, 0, 0]
    plots.interpolation(model, *model.latents(2, 0), steps=5)
    plots.interpolation(model, *model.latents(2, 0), steps=5, label=2)
    assert [label for _, label in model.asked[1:]] == [0, 2]


def test_interpolation_is_a_row_from_one_latent_to_the_other():
    model = Model()
    start, end = model.latents(2, 3)
    figure = plots.interpolation(model, start, end, steps=7)
    assert np.allclose(model.asked[0][0], sampling.slerp(start, end, 7)) and pixels(figure.axes[0]).shape == (6, 7 * 6)


def test_truncation_says_what_variety_is_left():
    figure = plots.truncation(Model(), thresholds=(0.1, 1.0, None), columns=6, seed=2)
    names = [label.split("\n")[0] for label in labels(figure)]
    variety = [int(label.split("variety ")[1].rstrip("%")) for label in labels(figure)]
    assert names == ["ψ = 0.1", "ψ = 1", "no truncation"] and variety[0] < variety[1] < variety[2] == 100
    assert 5 < variety[0] < 30 and pixels(figure.axes[0]).shape == (6, 6 * 6) and drawn(figure).std() > 0
    assert len(plots.truncation(Model(), (0.5,), columns=70).axes) == 1  # more than variety is measured on


def test_arithmetic_shows_latents_at_their_usual_length():
    model = Model()
    a, b, c = 0.1 * model.latents(3, 0)
    figure = plots.arithmetic(model, a, b, c, names=("8", "3", "1", "d"))
    (asked, _), expected = model.asked[0], np.stack([a, b, c, a - b + c])
    assert np.allclose(np.linalg.norm(asked, axis=1), np.sqrt(5))
    assert np.allclose(asked / np.linalg.norm(asked, axis=1)[:, None], expected / np.linalg.norm(expected, axis=1)[:, None])
    assert [ax.get_title() for ax in figure.axes] == ["8", "3", "1", "d"]
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["", "−", "+", "="] and drawn(figure).std() > 0
    plots.arithmetic(model, a, a, 0 * a)  # nothing is left: no direction, and no NaN
    assert np.all(np.isfinite(model.asked[1][0]))


def test_inversion_names_each_distance_below_its_image():
    model = Model()
    latents = model.latents(3, 0)
    given = model.generate(latents) + np.array([0.0, 0.25, 0.5]).reshape(3, 1, 1, 1)
    figure = plots.inversion(model, given, latents)
    assert labels(figure) == ["given", "found"]
    below = figure.axes[-1].xaxis
    assert [text.get_text() for text in below.get_ticklabels()] == ["0.0", "1.0", "2.0"]
    assert below.get_ticklocs().tolist() == [2.5, 8.5, 14.5] and drawn(figure).std() > 0
    with pytest.raises(ValueError, match=r"an image of \(4, 4, 1\) for each latent. Received: \(2, 4, 4, 1\)"):
        plots.inversion(model, given[:2], latents)
