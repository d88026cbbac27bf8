"""What bounds the discriminator's slope: the two gradient penalties, and spectral normalisation."""

import keras
import numpy as np
import pytest
from conftest import numbers

import dcgan_course as dc
from dcgan_course.layers import SpectralNormalization

SHAPE = (16, 16, 1)


def gan(loss="non_saturating", spectral=False, norm=False, **strategy):
    networks = (
        dc.networks.generator(SHAPE, 8, width=4),
        dc.networks.discriminator(SHAPE, width=4, norm=norm, spectral=spectral),
    )
    model = dc.GAN(*networks, seed=0)
    model.compile(dc.Strategy(**strategy), loss, steps_per_execution=1)
    return model


def test_the_penalties_are_their_papers():
    slopes = np.zeros((2, 2, 2, 1), "float32")
    slopes[0, :, 0, 0] = 3, 4  # a norm of 5
    assert numbers(dc.losses.r1(slopes)) == pytest.approx([12.5, 0])
    assert numbers(dc.losses.wgan_gp(slopes)) == pytest.approx([16, 1], rel=1e-5)


@pytest.mark.parametrize("kind", ["r1", "wgan-gp"])
def test_a_step_adds_the_penalty_of_measured_slopes(kind, digits):
    """The slope of a discriminator that sums the pixels' multiples is known; D's loss without penalty is, too."""
    pixels = keras.Input(SHAPE)
    logit = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(0.25))
    linear = keras.Model(pixels, logit(keras.layers.Flatten()(pixels)))  # 256 slopes of 0.25: a norm of 4
    model = dc.GAN(dc.networks.generator(SHAPE, 8, width=4), linear, seed=0)
    losses = []
    for weight in (None, 0.5):
        model.compile(dc.Strategy(gradient_penalty=weight, kind=kind), "wasserstein")
        drawn = model.draw(6)
        assert (drawn.mix is None) == (weight is None or kind == "r1")
        model.seed_generator.state.assign(keras.ops.zeros_like(model.seed_generator.state))
        both, *_ = dc.backends.gradients(model, keras.ops.convert_to_tensor(digits.images[:6]), drawn=model.draw(6))
        losses.append([float(numbers(x)) for x in both])
    assert losses[1][0] - losses[0][0] == pytest.approx(0.5 * {"r1": 8, "wgan-gp": 9}[kind], rel=1e-3)
    assert losses[1][1] == pytest.approx(losses[0][1], rel=1e-4)  # the generator's is as it was


def slope(model, images):
    x = keras.Variable(images)
    _, (by_pixel,) = dc.value_and_gradients(lambda: keras.ops.sum(model.discriminator(x.value, training=False)), [x])
    return np.sqrt((numbers(by_pixel) ** 2).sum(axis=(1, 2, 3))).mean()


def test_trained_with_a_penalty_the_slope_stays_small(digits):
    def trained(**strategy):
        keras.utils.set_random_seed(0)
        model = gan(learning_rate=2e-3, **strategy)
        model.fit(digits.batches(64), epochs=3, verbose=0)
        return slope(model, digits.images[:200])

    assert trained(gradient_penalty=10.0) < 0.5 * trained()


def test_spectral_normalisation_divides_by_the_largest_singular_value():
    layer = SpectralNormalization(keras.layers.Conv2D(5, 3, use_bias=False))
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 4)).astype("float32")
    for _ in range(60):  # the power iteration goes on from call to call
        layer(x, training=True)
    kernel = numbers(layer.layer.kernel)
    largest = np.linalg.svd(kernel.reshape(-1, 5), compute_uv=False)[0]
    np.testing.assert_allclose(numbers(layer(x)), numbers(layer.layer(x)) / largest, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(numbers(layer.layer.kernel), kernel)  # calling changes no kernel


def test_spectral_normalisation_takes_batch_normalisations_place_and_bounds_the_slope(digits):
    model = gan("hinge", spectral=True, norm=True, learning_rate=2e-3)
    kinds = [type(layer) for layer in model.discriminator.layers]
    assert kinds.count(SpectralNormalization) == 3 and keras.layers.BatchNormalization not in {
        base for kind in kinds for base in kind.__mro__
    }
    plain = dc.networks.discriminator(SHAPE, width=4, norm=False)
    assert dc.networks.multiply_adds(model.discriminator) == dc.networks.multiply_adds(plain)
    free, slopes = gan("hinge", learning_rate=2e-3), []
    for trained in (model, free):
        trained.fit(digits.batches(64), epochs=3, verbose=0)
        before = slope(trained, digits.images[:100])
        for variable in trained.discriminator.trainable_variables:
            if len(variable.shape) > 1:
                variable.assign(3 * variable)
        keras.ops.convert_to_numpy(trained.discriminator(digits.images[:100], training=False))
        slopes.append(slope(trained, digits.images[:100]) / before)
    assert slopes[0] < 2 and slopes[1] > 20  # three layers: 27 times as steep, but for biases


def test_saved_and_loaded_a_spectral_discriminator_is_the_same(tmp_path, digits):
    model = gan(spectral=True, gradient_penalty=0.1)
    model.fit(digits.images[:64], epochs=1, verbose=0)
    model.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(*(numbers(m.discriminator(digits.images[:8])) for m in (again, model)))
    assert again.strategy == model.strategy


def test_a_penalty_with_batch_normalisation_in_d_is_refused():
    with pytest.raises(ValueError, match=r"image by image.*a discriminator with down2_norm.*norm=False.*spectral=True"):
        gan(norm=True, gradient_penalty=1.0)


@pytest.mark.parametrize("loss", ["non_saturating", "hinge", "least_squares"])
def test_a_slope_of_one_for_a_loss_to_which_it_means_nothing_is_refused(loss):
    with pytest.raises(ValueError, match=rf"asks for a slope of 1.*'{loss}'.*kind=\"r1\".*loss=\"wasserstein\""):
        gan(loss, gradient_penalty=10.0, kind="wgan-gp")


def test_wrong_penalties_are_refused():
    with pytest.raises(ValueError, match="kind of penalty must be one of r1, wgan-gp. Received: kind='R1'"):
        dc.Strategy(gradient_penalty=1.0, kind="R1")
    with pytest.raises(ValueError, match="gradient_penalty must be a number above 0 or None"):
        dc.Strategy(gradient_penalty=-1)
