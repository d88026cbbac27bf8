"""The latent explorer and the generator that ships with the package."""

import numpy as np
import pytest

import dcgan_course as dc
from dcgan_course import evaluation
from dcgan_course.classroom.widgets import LatentExplorer


@pytest.fixture
def explorer():
    return LatentExplorer()


def test_the_generator_that_ships_makes_digits(digits):
    generator = dc.load_generator("digits")
    samples = generator.sample(600, seed=5)
    assert samples.shape == (600, 32, 32, 1) and np.abs(samples).max() <= 1
    fake = samples.reshape(600, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(600, 64)
    real = digits.images.reshape(-1, 8, 2, 8, 2).mean(axis=(2, 4)).reshape(-1, 64)
    exchanged = np.random.default_rng(0).permuted(real, axis=0)  # each pixel right by itself
    assert evaluation.frechet_distance(real, fake) < 0.2 * evaluation.frechet_distance(real, exchanged)
    assert generator.directions.shape == (4, 100) and generator.means.shape == (10, 100)


@pytest.mark.parametrize("name, shape, classes", [("fashion", (32, 32, 1), 10), ("people", (64, 64, 3), None)])
def test_the_generators_of_clothes_and_people(name, shape, classes):
    generator = dc.load_generator(name)
    dataset = dc.datasets.load(name, size=shape[0])
    assert generator.classes == classes and generator.class_names == dataset.class_names
    reader = evaluation.classifier(dataset)
    if classes:
        right = np.mean(reader.predict(generator.sample(500, seed=1)) == np.arange(500) % 10)
        assert right >= 0.9 and reader.accuracy >= 0.86
    features = [reader.features(images) for images in (dataset.images[:500], generator.sample(500, seed=1))]
    noise = np.random.default_rng(0).permuted(dataset.images[:500].reshape(500, -1), axis=0).reshape(-1, *shape)
    assert evaluation.frechet_distance(*features) < 0.2 * evaluation.frechet_distance(features[0], reader.features(noise))


def test_a_generator_that_does_not_ship_is_refused():
    with pytest.raises(ValueError, match="trained generators of digits, fashion, people. Received: 'cats'"):
        dc.load_generator("cats")


@pytest.mark.parametrize("model", ["fashion", "people"])
def test_the_menu_takes_another_model_with_its_classes_and_neighbours(explorer, model):
    explorer.digit.value = 3
    explorer.menu.value = model
    assert explorer.model.image_shape == explorer.real.shape[1:] and len(explorer.real) in (930, 6000)
    before = explorer.picture.value
    explorer.digit.value, explorer.share.value = 2, 0.8
    changed = explorer.picture.value
    explorer.truncation.value = 0.5
    assert len({before, changed, explorer.picture.value}) == 3
    if model == "fashion":
        assert explorer.share.disabled and explorer.digit.description == "class"
        expected = explorer.model.generate(explorer.latent()[None], label=2)
        np.testing.assert_allclose(explorer.images(explorer.latent()[None]), expected, atol=1e-6)
    explorer.menu.value = "digits"
    assert explorer.real.shape == (1797, 32, 32, 1) and explorer.digit.value == -1


@pytest.mark.parametrize("name", ["walk", "share", "digit", "moves"])
def test_every_control_changes_latent_and_picture(explorer, name):
    before, picture = explorer.latent(), explorer.picture.value
    if name == "moves":
        explorer.moves[2].value += 1.5
        assert explorer.latent() - before == pytest.approx(1.5 * explorer.directions[2], abs=1e-4)
    elif name == "digit":
        explorer.share.value = 0.5
        assert np.array_equal(explorer.latent(), before)  # no digit, no way towards it
        explorer.digit.value = 7
    else:
        explorer.digit.value = 3
        picture = explorer.picture.value
        getattr(explorer, name).value = 0.34
    assert explorer.picture.value != picture and bytes(explorer.picture.value).startswith(b"\x89PNG")


def test_going_all_the_way_towards_a_digit_makes_it():
    explorer = LatentExplorer(seed=3)
    explorer.digit.value, explorer.share.value = 6, 1.0
    mean = explorer.means[6]
    assert explorer.latent() @ mean == pytest.approx(np.linalg.norm(explorer.latent()) * np.linalg.norm(mean), rel=1e-4)


def test_another_one_is_another_one():
    explorer = LatentExplorer()
    before, picture = explorer.latent(), explorer.picture.value
    explorer.another.click()
    assert not np.allclose(explorer.latent(), before) and explorer.picture.value != picture


def test_the_nearest_image_is_found_by_the_plain_rule(explorer):
    image = explorer.real[17] + 0.01
    neighbour, distance = explorer.nearest(image)
    assert np.array_equal(neighbour, explorer.real[17]) and distance == pytest.approx(0.01 * 32, rel=1e-2)
    every = np.sqrt(np.square(explorer.real - explorer.real[3:4] * 0.5).sum(axis=(1, 2, 3)))
    assert explorer.nearest(explorer.real[3] * 0.5)[1] == pytest.approx(every.min(), rel=1e-4)


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0. Received: seed=True"):
        LatentExplorer(seed=True)
