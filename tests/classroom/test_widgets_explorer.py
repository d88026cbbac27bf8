"""What every widget is, and the transposed-convolution explorer."""

import io
import warnings

import keras
import matplotlib.style
import numpy as np
import pytest
from conftest import numbers
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from dcgan_course import widgets
from dcgan_course.classroom.widgets import TransposedConvolution
from dcgan_course.classroom.widgets.convolution import LINE, even, stamps
from dcgan_course.classroom.widgets.explorer import DPI, Explorer
from dcgan_course.start import STYLE

CLASSES = [x for x in map(widgets.__dict__.get, widgets.__all__) if isinstance(x, type) and issubclass(x, Explorer)]


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
def test_stamps_are_counted_as_keras_lays_them(kernel, stride, padding):
    for size in (1, 2, 5):
        layer = keras.layers.Conv2DTranspose(1, kernel, strides=stride, padding=padding, kernel_initializer="ones")
        counted = numbers(layer(np.ones((1, size, size, 1), "float32")))[0, ..., 0]
        one = stamps(size, kernel, stride, padding)
        assert np.array_equal(counted, np.outer(one, one))


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 6, 7])
def test_the_verdict_is_that_of_the_pixels_away_from_the_border(kernel, stride):
    inside = stamps(20, kernel, stride, "valid")[kernel + stride : -kernel - stride]
    assert even(kernel, stride) == (np.ptp(inside) == 0)


def test_a_control_changes_the_picture_and_what_it_says():
    explorer = TransposedConvolution()
    picture = explorer.picture.value
    assert bytes(picture).startswith(b"\x89PNG") and explorer.cover().shape == (8, 8)
    explorer.kernel.value = 5
    assert explorer.picture.value != picture
    explorer.padding.value = "valid"
    assert explorer.cover().shape == (11, 11)


def test_without_a_front_end_there_is_the_picture_of_the_defaults(monkeypatch):
    shown = []
    monkeypatch.setattr("dcgan_course.classroom.widgets.explorer.display", lambda data, raw: shown.append(data))
    InteractiveShell().display_formatter.format(TransposedConvolution())
    (data,) = shown
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert data["text/plain"].startswith("The output of a transposed convolution")


@pytest.mark.parametrize("widget", CLASSES, ids=lambda widget: widget.__name__)
def test_the_picture_fits_a_notebook_and_the_courses_style(widget):
    with matplotlib.style.context(STYLE), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # matplotlib's, where a layout of the style's is in the way
        picture = widget().picture.value
    assert Image.open(io.BytesIO(picture)).width <= 8.4 * DPI


def test_a_count_of_one_is_white_where_all_is_dark():
    assert np.asarray(TransposedConvolution(1, 1, 1).draw())[2 * LINE :].max() == 255


@pytest.mark.parametrize("wrong", [{"size": 9}, {"kernel": 0}, {"stride": 2.0}, {"padding": "full"}])
def test_what_no_control_can_show_is_refused(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name} must be .*Received: {name}={value!r}"):
        TransposedConvolution(**wrong)
