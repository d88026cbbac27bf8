"""What all models that make images from latents share."""

import keras
import numpy as np
import pytest
from conftest import same

import dcgan_course as dc
from dcgan_course.sampling import slerp


def vae():
    return dc.relatives.VAE((16, 16, 1), latent_dim=4, width=4)


@pytest.mark.parametrize("make", ["gan", "vae"])
def test_latents_follow_the_courses_seed_and_a_seed_of_their_own(make, make_gan):
    model = make_gan() if make == "gan" else vae()
    keras.utils.set_random_seed(3)
    first, second = model.latents(5), model.latents(5)
    keras.utils.set_random_seed(3)
    assert same([first, second], [model.latents(5), model.latents(5)])
    assert not np.array_equal(first, second) and same([model.latents(5, seed=1)], [model.latents(5, seed=1)])


@pytest.mark.parametrize("make", ["gan", "vae"])
def test_no_latents_and_latents_of_another_width_are_refused(make, make_gan):
    model = make_gan() if make == "gan" else vae()
    for latents in (np.zeros((0, model.latent_dim)), np.zeros((2, 3)), np.zeros(model.latent_dim)):
        with pytest.raises(ValueError, match=r"Latents must be \(n, \d\) for this generator, n at least 1. Received: \("):
            model.generate(latents)
    for n in (0, True, 2.0):
        with pytest.raises(ValueError, match=f"n must be a whole number of at least 1. Received: n={n}"):
            model.sample(n)
    assert model.sample(np.int64(2)).shape == (2, 16, 16, 1)


def test_a_loaded_vae_goes_on_with_its_random_numbers(digits, tmp_path):
    model = vae()
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(digits.images[:64], batch_size=32, verbose=0)
    model.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    assert same(model.get_weights(), loaded.get_weights())
    draws = [keras.ops.convert_to_numpy(keras.random.normal((3,), seed=m.seed_generator)) for m in (model, loaded, vae())]
    assert np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[0], draws[2])


def test_slerp_keeps_to_the_sphere_and_takes_shares_of_the_way():
    start, end = np.random.default_rng(0).standard_normal((2, 100))
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    path = slerp(start, end, 5)
    assert np.allclose(np.linalg.norm(path, axis=1), 1) and np.allclose(path[[0, -1]], [start, end])
    assert np.allclose(slerp(start, end, [0.25]), path[1])
    assert np.allclose(slerp(start, start, 3), start)
