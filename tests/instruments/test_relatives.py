"""The DCGAN's relatives are ordinary Keras models of comparable size."""

import keras
import numpy as np
import pytest
from conftest import same, weights_of

import dcgan_course as dc
from dcgan_course import relatives


def test_the_dense_gan_has_as_many_parameters_as_the_one_it_is_like():
    gan = dc.GAN(dc.networks.generator((16, 16, 1), width=16), dc.networks.discriminator((16, 16, 1), width=16))
    dense = relatives.dense_gan((16, 16, 1), like=gan)
    for name in ("generator", "discriminator"):
        ours, theirs = getattr(dense, name).count_params(), getattr(gan, name).count_params()
        assert ours == pytest.approx(theirs, rel=0.05)
    assert not any("Conv" in type(layer).__name__ for m in (dense.generator, dense.discriminator) for layer in m.layers)


def test_the_dense_gan_trains_under_fit(digits):
    dense = relatives.dense_gan((16, 16, 1), seed=0)
    dense.compile(dc.Strategy())
    before = weights_of(dense.generator)
    assert np.isfinite(dense.fit(digits.images[:128], epochs=1, verbose=0).history["d_loss"]).all()
    assert not same(before, weights_of(dense.generator))
    assert dense.sample(3, seed=0).shape == (3, 16, 16, 1)


@pytest.fixture(scope="module")
def vae(digits):
    keras.utils.set_random_seed(0)
    model = relatives.VAE((16, 16, 1), latent_dim=4, width=4, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.history_ = model.fit(digits.images[:512], batch_size=64, epochs=8, verbose=0).history
    return model


def test_the_vae_learns_and_its_bound_tells_digits_from_noise(vae, digits):
    assert vae.history_["loss"][-1] < vae.history_["loss"][0]
    noise = np.random.default_rng(0).uniform(-1, 1, (100, 16, 16, 1)).astype("float32")
    assert vae.elbo(digits.images[-100:]).mean() > vae.elbo(noise).mean()
    assert vae(digits.images[:3]).shape == (3, 16, 16, 1)


def test_the_elbo_has_its_closed_form_when_the_latents_say_nothing(digits):
    """Zero encoder heads give q = N(0, 1): no divergence, and a Gaussian with the decoder's image as mean."""
    from scipy import stats

    model = relatives.VAE((16, 16, 1), latent_dim=4, width=4, seed=0)
    for name in ("mean", "log_variance"):
        layer = model.encoder.get_layer(name)
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    images = digits.images[:5]
    z = np.random.default_rng(0).standard_normal((5, 4)).astype("float32")
    expected = stats.norm(model.generate(z), 1.0).logpdf(images).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(model.elbo(images, seed=0), expected, rtol=1e-4)


def test_the_vae_samples_repeatably_and_survives_saving(vae, tmp_path):
    first = vae.sample(3, seed=1)
    assert np.array_equal(first, vae.sample(3, seed=1)) and not np.array_equal(first, vae.sample(3, seed=2))
    vae.save(tmp_path / "vae.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "vae.keras").sample(3, seed=1), first, atol=1e-6)


@pytest.fixture
def coupled():
    return relatives.CoupledGAN.build_for((16, 16, 1), latent_dim=8, width=4, seed=0)


def test_a_coupled_pair_shares_the_first_and_the_last_layers(coupled):
    one = dc.networks.generator((16, 16, 1), 8, 4).count_params()
    assert one < coupled.generator.count_params() < 1.1 * one  # one more last layer, and no more
    shared = [layer for layer in coupled.discriminator.layers if layer.name == "shared"]
    assert len(shared) == 1 and coupled.discriminator.output_shape == (None, 2)


def test_a_coupled_pair_trains_and_survives_saving(coupled, digits, tmp_path):
    coupled.compile(dc.Strategy(), run_eagerly=True, steps_per_execution=1)
    coupled.fit(relatives.unpaired(digits.images[:128], -digits.images[:128], 64), epochs=1, verbose=0)
    pairs = coupled.sample(3, seed=1)
    assert pairs.shape == (3, 16, 16, 2)
    coupled.save(tmp_path / "coupled.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "coupled.keras").sample(3, seed=1), pairs, atol=1e-6)


def test_batches_for_a_coupled_pair_hold_no_true_pairs(digits):
    batches = relatives.unpaired(digits.images, -digits.images, 64)
    agreement = relatives.pair_agreement(np.concatenate([batches[i] for i in range(5)]))
    assert np.mean(agreement > 0.999) < 0.02
    assert batches[0].shape == (64, 16, 16, 2)


def test_pair_agreement_is_one_for_negatives_and_a_half_for_mid_grey_against_black():
    black = -np.ones((2, 4, 4, 1))
    assert relatives.pair_agreement(np.concatenate([black, -black], axis=-1)) == pytest.approx(1.0)
    assert relatives.pair_agreement(np.concatenate([black, 0 * black], axis=-1)) == pytest.approx(0.5)


def test_edges_are_bright_where_the_image_changes_and_only_there():
    images = -np.ones((1, 8, 8, 1), "float32")
    images[:, :, 4:] = 1
    edges = relatives.edges(images)[0, :, :, 0]
    assert (edges[:, 3:5] == 1).all() and (edges[:, :2] == -1).all() and (edges[:, 6:] == -1).all()
    assert (relatives.edges(np.zeros((1, 8, 8, 1))) == -1).all()  # an image of one grey


def test_bad_input_is_named(coupled, digits):
    coupled.compile(dc.Strategy())
    with pytest.raises(ValueError, match="unpaired"):
        coupled.fit(digits.batches(64))
    with pytest.raises(ValueError, match="of one shape"):
        relatives.unpaired(digits.images, digits.images[:5], 4)
    for wrong, message in (
        ({"image_shape": (16, 16, 3)}, "grey images"),
        ({"image_shape": (20, 20, 1)}, "Received: 20"),
        ({"image_shape": (16, 16, 1), "width": 0}, "width must be"),
    ):
        for network in (relatives.coupled_generator, relatives.coupled_discriminator):
            with pytest.raises(ValueError, match=message):
                network(**wrong)
