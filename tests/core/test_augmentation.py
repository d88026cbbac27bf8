"""Transforms of what the discriminator sees: what they do, that gradients pass, and that they do not leak into samples."""

import keras
import numpy as np
import pytest

import dcgan_course as dc
from dcgan_course import augmentation

numbers = keras.ops.convert_to_numpy
ALL = "translate,colour,cutout"


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-1, 1, (6, 16, 16, 3)).astype("float32")


def apply(images, **drawn):
    return numbers(augmentation.apply(images, {name: np.asarray(x, "float32") for name, x in drawn.items()}))


def test_translate_moves_by_whole_pixels_and_fills_with_grey(images):
    moved = apply(images[:2], translate=[[2 / 16, -1 / 16], [0, 0]])
    np.testing.assert_allclose(moved[0, 2:, :-1], images[0, :-2, 1:], atol=1e-6)
    assert not moved[0, :2].any() and not moved[0, :, -1:].any()
    np.testing.assert_allclose(moved[1], images[1], atol=1e-6)


def test_colour_changes_brightness_saturation_and_contrast(images):
    one = images[:1]
    np.testing.assert_allclose(apply(one, colour=[[0.3, 1, 1]]), one + 0.3, atol=1e-6)
    grey = apply(one, colour=[[0, 0, 1]])
    np.testing.assert_allclose(grey, np.repeat(one.mean(-1, keepdims=True), 3, -1), atol=1e-6)
    flat = apply(one, colour=[[0, 1, 0.5]])
    assert flat.std() == pytest.approx(one.std() / 2, rel=1e-4) and flat.mean() == pytest.approx(one.mean(), abs=1e-5)


def test_cutout_makes_a_square_of_half_the_side_grey(images):
    cut = apply(images[:2], cutout=[[0.5, 0.5], [0.0, 0.0]])
    changed = (cut != images[:2]).any(-1)
    assert changed[0].sum() == 8 * 8 and changed[0, 4:12, 4:12].all() and not cut[0, 4:12, 4:12].any()
    assert changed[1].sum() == 4 * 4  # three quarters of it lie outside


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_each_image_is_transformed_with_the_probability(probability):
    seed = keras.random.SeedGenerator(0)
    drawn = {name: numbers(x) for name, x in augmentation.draw(ALL, 2000, seed, probability).items()}
    assert list(drawn) == ALL.split(",")
    for name, (_, _, nothing) in augmentation.TRANSFORMS.items():
        share = (drawn[name] != nothing).any(axis=1).mean()
        assert share == pytest.approx(probability, abs=0.04), name
    assert abs(drawn["translate"]).max() <= 1 / 8
    again = {name: numbers(x) for name, x in augmentation.draw(ALL, 2000, seed, probability).items()}
    assert probability == 0 or any((again[name] != drawn[name]).any() for name in drawn)  # new at every call


def test_what_changes_nothing_changes_nothing(images):
    nothing = {name: [weakest] * 6 for name, (_, _, weakest) in augmentation.TRANSFORMS.items()}
    np.testing.assert_allclose(apply(images, **nothing), images, atol=1e-6)


def test_real_and_fake_get_the_same_transform_and_gradients_pass(images):
    """A generator that makes the real images is given the logits that they get, and moves by what passes the transforms."""
    keras.utils.set_random_seed(0)
    gan = dc.GAN(dc.networks.generator((16, 16, 3), 8, width=4), dc.networks.discriminator((16, 16, 3), width=4), seed=0)
    gan.compile(dc.Strategy(augment=ALL))
    drawn = gan.draw(6).transforms
    np.testing.assert_array_equal(*(numbers(gan.seen(x, None, drawn)) for x in (images, images.copy())))
    pixels = keras.Variable(images)
    _, (slope,) = dc.value_and_gradients(lambda: keras.ops.sum(augmentation.apply(pixels.value, drawn)), [pixels])
    assert np.isfinite(numbers(slope)).all() and (numbers(slope) != 0).mean() > 0.5


def test_the_adaptive_probability_rises_while_d_is_too_sure_and_falls_again():
    gan = dc.GAN(dc.networks.generator((16, 16, 1), 8, width=4), dc.networks.discriminator((16, 16, 1), width=4))
    gan.compile(dc.Strategy(augment=ALL, augment_target=0.6))
    sure, unsure = np.ones((100, 1), "float32"), np.tile([[1.0], [-1.0]], (50, 1)).astype("float32")
    moves = []
    for logits in (sure, sure, unsure, unsure, unsure):
        gan.update_augmentation(keras.ops.convert_to_tensor(logits))
        moves.append(float(numbers(gan.augment_probability)) * augmentation.IMAGES)
    assert moves == pytest.approx([100, 200, 100, 0, 0], abs=0.1)


def test_the_probability_is_kept_in_checkpoints_and_files(tmp_path, digits):
    def build():
        return dc.GAN(dc.networks.generator((16, 16, 1), 8, width=4), dc.networks.discriminator((16, 16, 1), width=4))

    gan = build()
    gan.compile(dc.Strategy(augment="translate", augment_target=-0.9))
    gan.fit(digits.images[:64], epochs=1, verbose=0, callbacks=[dc.Checkpoint(tmp_path)])
    reached = float(numbers(gan.augment_probability))
    assert reached == pytest.approx(64 / augmentation.IMAGES)
    gan.save(tmp_path / "gan.keras")
    assert float(numbers(keras.models.load_model(tmp_path / "gan.keras").augment_probability)) == pytest.approx(reached)
    other = build()
    other.compile(dc.Strategy(augment="translate", augment_target=-0.9))
    assert other.resume(tmp_path) == 1 and float(numbers(other.augment_probability)) == pytest.approx(reached)


def shifted(images):
    """Whether a whole edge is grey, as where a shift has let something in."""
    x = images[..., 0]
    edges = np.stack([x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1]], axis=1)
    return (np.abs(edges) < 0.35).all(axis=2).any(axis=1)


def cut(images):
    """Whether a square of 5×5 pixels is grey all over."""
    squares = np.lib.stride_tricks.sliding_window_view(images[..., 0], (5, 5), axis=(1, 2))
    return (np.abs(squares) < 0.2).all(axis=(3, 4)).any(axis=(1, 2))


def recoloured(images):
    """Whether the paper is no longer black."""
    return np.abs(np.quantile(images, 0.2, axis=(1, 2, 3)) + 1) > 0.15


LEAKS = {"translate": shifted, "cutout": cut, "colour": recoloured}


def test_no_transform_leaks_into_the_samples(digits):
    drawn = augmentation.draw(ALL, len(digits), keras.random.SeedGenerator(0))
    for name, sees in LEAKS.items():  # what would be seen: it is in most transformed images, and in no real one
        assert sees(digits.images).mean() < 0.01
        transformed = numbers(augmentation.apply(digits.images, {name: drawn[name]}))
        assert sees(transformed).mean() > 0.7, name
    networks = dc.networks.generator((16, 16, 1), 16, width=8), dc.networks.discriminator((16, 16, 1), width=8)
    gan = dc.GAN(*networks, seed=0)
    gan.compile(dc.Strategy.recipe(augment=ALL))
    gan.fit(digits.batches(64), epochs=20, verbose=0)
    samples = gan.sample(1000, seed=1)
    assert {name: sees(samples).mean() for name, sees in LEAKS.items() if sees(samples).mean() > 0.02} == {}
    assert samples.std() > 0.4  # digits, not an empty page


@pytest.mark.parametrize("asked", ["rotate", "", "translate,", "translate;colour", 3, "Colour"])
def test_unknown_transforms_are_refused(asked):
    with pytest.raises(ValueError, match=r"augment must be None, or name transforms.*translate, colour, cutout\. Received"):
        dc.Strategy(augment=asked)


def test_a_target_without_augmentation_or_out_of_range_is_refused():
    with pytest.raises(ValueError, match="augment_target adapts an augmentation: name it"):
        dc.Strategy(augment_target=0.6)
    with pytest.raises(ValueError, match="augment_target must lie between -1 and 1"):
        dc.Strategy(augment=ALL, augment_target=1.5)
