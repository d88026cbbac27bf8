"""One way to refuse a number, everywhere."""

import numpy as np
import pytest

import dcgan_course as dc
from dcgan_course.validate import real_number, whole_number

SHAPE = (16, 16, 1)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_any_kind_become_pythons(value):
    assert whole_number("n", value) == 3 and type(whole_number("n", value)) is int


@pytest.mark.parametrize("value", [True, 3.0, "3", None, 0, np.bool_(True), np.array([3])])
def test_what_is_no_whole_number_is_named_with_its_argument(value):
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1. Received: steps="):
        whole_number("steps", value)


def test_bounds_are_said():
    with pytest.raises(ValueError, match="n must be a whole number from 2 to 5. Received: n=6"):
        whole_number("n", 6, least=2, most=5)
    assert real_number("x", np.float32(0.5), "be anything", lambda x: True) == 0.5
    for value in (True, "1", None, float("nan"), float("inf"), 1j):
        with pytest.raises(ValueError, match="x must be a number. Received: x="):
            real_number("x", value, "be a number", lambda x: True)


@pytest.mark.parametrize(
    "call, argument",
    [
        (lambda n: dc.start(seed=n), "seed"),
        (lambda n: dc.networks.generator(SHAPE, latent_dim=n), "latent_dim"),
        (lambda n: dc.networks.discriminator(SHAPE, width=n), "width"),
        (lambda n: dc.relatives.packed_discriminator(SHAPE, pack=n), "pack"),
        (lambda n: dc.datasets.load("shapes", 8, count=n), "count"),
        (lambda n: dc.datasets.load("stacked_digits", 8, count=n), "count"),
        (lambda n: dc.datasets.load("digits", 8).batches(n), "batch_size"),
        (lambda n: dc.Checkpoint("folder", every=n), "every"),
        (lambda n: dc.Checkpoint("folder", keep=n), "keep"),
        (lambda n: dc.LiveView(samples=n), "samples"),
        (lambda n: dc.LiveView(frames=n), "frames"),
    ],
)
def test_every_count_takes_numpys_numbers_and_refuses_true(call, argument):
    call(np.int64(2))
    for value in (True, 2.5, -1, "2"):
        with pytest.raises(ValueError, match=f"{argument} must be a whole number .* Received: {argument}="):
            call(value)
