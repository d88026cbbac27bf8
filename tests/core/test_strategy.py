import keras
import numpy as np
import pytest
from conftest import numbers

import dcgan_course as dc
from dcgan_course import Strategy, losses
from dcgan_course.metrics import global_norm

GRADIENTS = [keras.ops.convert_to_tensor(g) for g in ([3.0, -4.0], [[0.3], [-0.1]])]  # norms 5 and 0.316


def clipped(network="generator", **fields):
    return [numbers(g) for g in Strategy(**fields).clip_gradients(GRADIENTS, network)]


def test_the_three_ways_to_clip():
    by_value = clipped(clip_value=0.2)
    assert np.allclose(by_value[0], [0.2, -0.2]) and np.allclose(by_value[1], [[0.2], [-0.1]])
    by_norm = clipped(clip_norm=1.0)
    assert np.allclose(by_norm[0], [0.6, -0.8]) and np.allclose(by_norm[1], GRADIENTS[1])
    together = clipped(global_clip_norm=1.0)
    scale = 1 / float(global_norm(GRADIENTS))
    assert all(np.allclose(c, g * scale) for c, g in zip(together, GRADIENTS))
    assert float(global_norm(together)) == pytest.approx(1.0)


@pytest.mark.parametrize("bound", ["clip_norm", "clip_value", "global_clip_norm"])
def test_clipping_never_enlarges_and_survives_zero(bound):
    strategy = Strategy(**{bound: 10.0})
    tiny = [g * 1e-8 for g in GRADIENTS] + [keras.ops.zeros(3)]
    for before, after in zip(tiny, strategy.clip_gradients(tiny, "generator")):
        assert np.array_equal(numbers(before), numbers(after))


def test_the_generator_alone_is_clipped_unless_both_is_asked():
    assert clipped("discriminator", clip_norm=1.0)[0].tolist() == [3.0, -4.0]
    assert np.allclose(clipped("discriminator", clip_norm=1.0, clip="both")[0], [0.6, -0.8])


def test_clipping_does_what_keras_optimizers_do():
    for ours, theirs in (("clip_norm", "clipnorm"), ("clip_value", "clipvalue"), ("global_clip_norm", "global_clipnorm")):
        moved = []
        for gradients, option in ((clipped(**{ours: 0.7}), {}), (GRADIENTS, {theirs: 0.7})):
            variables = [keras.Variable(np.zeros_like(g)) for g in GRADIENTS]
            keras.optimizers.SGD(1.0, **option).apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
            moved.append(np.concatenate([numbers(v.value).ravel() for v in variables]))
        assert np.allclose(*moved, atol=1e-6)


def test_one_or_two_learning_rates():
    for fields, expected in (
        ({"learning_rate": 1e-3}, [1e-3, 1e-3]),
        ({"learning_rate": 1e-3, "discriminator_learning_rate": 4e-3}, [1e-3, 4e-3]),
    ):
        pair = Strategy(beta_1=0.3, **fields).optimizers()
        assert [float(o.learning_rate) for o in pair] == pytest.approx(expected)
        assert {o.beta_1 for o in pair} == {0.3} and pair[0] is not pair[1]


def test_instance_noise_has_its_deviation_and_is_drawn_anew():
    seed = keras.random.SeedGenerator(0)
    first, second = (numbers(Strategy(instance_noise=0.2).noise((50, 16, 16, 1), seed)) for _ in range(2))
    assert first.std() == pytest.approx(0.2, rel=0.03) and not np.array_equal(first, second)
    assert Strategy().noise((50, 16, 16, 1), seed) is None


def test_smoothing_is_refused_for_losses_without_labels():
    assert Strategy().loss(losses.hinge) is losses.hinge
    with pytest.raises(ValueError, match="the loss 'hinge' has no labels.*non_saturating"):
        Strategy(label_smoothing=0.1).loss(losses.hinge)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"learning_rate": 0}, "learning_rate must be a number above 0. Received: learning_rate=0"),
        ({"learning_rate": None}, "learning_rate must be a number above 0. Received: learning_rate=None"),
        ({"learning_rate": "1e-3"}, "learning_rate must be a number above 0. Received: learning_rate='1e-3'"),
        ({"learning_rate": float("inf")}, "learning_rate must be a number above 0"),
        ({"discriminator_learning_rate": -1.0}, "discriminator_learning_rate must be a number above 0 or None"),
        ({"label_smoothing": None}, r"label_smoothing must lie in \[0, 0.5\]"),
        ({"clip_norm": 1.0, "clip_value": 0.1}, "One way of clipping at a time.*clip_norm and clip_value"),
        ({"clip_norm": 0.0}, "clip_norm must be a number above 0"),
        ({"clip_norm": 1.0, "clip": "discriminator"}, 'clip must be "generator" or "both"'),
        ({"clip": "both"}, "needs a bound"),
        ({"beta_1": 1.0}, r"beta_1 must lie in \[0, 1\)"),
        ({"label_smoothing": 1.1}, r"label_smoothing must lie in \[0, 0.5\]"),
        ({"instance_noise": -0.1}, "standard deviation"),
        ({"instance_noise": float("nan")}, "standard deviation"),
        ({"averaging": 1.0}, "averaging must be a decay"),
    ],
)
def test_wrong_fields_are_refused_with_a_reason(fields, message):
    with pytest.raises(ValueError, match=message):
        Strategy(**fields)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_precision_is_one_switch(precision):
    shape = (16, 16, 1)
    gan = dc.GAN(dc.networks.generator(shape, 8, width=4), dc.networks.discriminator(shape, width=4), seed=0)
    fields = {"averaging": 0.9, "instance_noise": 0.1, "label_smoothing": 0.1, "clip_norm": 1.0, "clip": "both"}
    gan.compile(Strategy(precision=precision, **fields), jit_compile=False)
    images = np.random.default_rng(0).uniform(-1, 1, (32, *shape)).astype("float32")
    history = gan.fit(images, epochs=2, verbose=0).history
    assert gan.discriminator.layers[1].compute_dtype == precision
    assert {v.dtype for v in (*gan.generator.variables, *gan.optimizer.variables)} <= {"float32", "int32", "int64"}
    assert np.isfinite(history["d_loss"]).all() and gan.sample(2).dtype == np.float32
    gan.compile(Strategy())
    assert gan.discriminator.layers[1].compute_dtype == precision  # left as it is
    gan.compile(Strategy(precision="float32"))
    assert gan.discriminator.layers[1].compute_dtype == "float32"
    with pytest.raises(ValueError, match="precision must be one of float32, bfloat16, or None. Received: precision='half'"):
        Strategy(precision="half")


def test_a_callback_that_sets_the_learning_rate_sets_both_in_proportion():
    shape = (16, 16, 1)
    gan = dc.GAN(dc.networks.generator(shape, 8, width=4), dc.networks.discriminator(shape, width=4), seed=0)
    gan.compile(Strategy(learning_rate=1e-3, discriminator_learning_rate=4e-3), run_eagerly=True, steps_per_execution=1)
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    gan.fit(np.zeros((8, *shape), "float32"), epochs=2, verbose=0, callbacks=[halve])
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(2.5e-4)
    assert float(gan.discriminator_optimizer.learning_rate) == pytest.approx(1e-3)


def test_the_recipe_is_the_courses_own_and_can_be_changed():
    recipe = Strategy.recipe()
    assert (recipe.learning_rate, recipe.beta_1, recipe.clip_norm, recipe.averaging) == (2e-3, 0.0, 1.0, 0.995)
    assert Strategy.recipe(averaging=None, clip_norm=0.5) == Strategy(2e-3, beta_1=0.0, clip_norm=0.5, instance_noise=0.2)
    assert Strategy(learning_rate=np.float32(0.5)).get_config()["learning_rate"] == 0.5  # which JSON can write
    with pytest.raises(TypeError, match="momentum"):
        Strategy.recipe(momentum=0.9)


def test_a_schedule_that_starts_at_zero_keeps_the_ratio_of_the_two_rates(make_gan, digits):
    gan = make_gan(learning_rate=1e-3, discriminator_learning_rate=4e-3)
    warm_up = keras.callbacks.LearningRateScheduler(lambda epoch, rate: min(epoch / 2, 1) * 2e-3)
    rates = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            both = self.model.generator_optimizer, self.model.discriminator_optimizer
            rates.append([float(numbers(optimizer.learning_rate)) for optimizer in both])

    gan.fit(digits.images[:32], epochs=3, verbose=0, callbacks=[warm_up, Look()])
    assert np.allclose(rates, [[0, 0], [1e-3, 4e-3], [2e-3, 8e-3]])


def test_precision_reaches_networks_inside_networks():
    pair = dc.relatives.CoupledGAN.build_for((16, 16, 1), latent_dim=4, width=4)
    pair.compile(Strategy(precision="bfloat16"))

    def layers(network):
        for layer in network.layers:
            yield from layers(layer) if isinstance(layer, keras.Model) else [layer]

    inside = [layer for network in (pair.generator, pair.discriminator) for layer in layers(network)]
    assert len(inside) > 20 and {layer.compute_dtype for layer in inside} == {"bfloat16"}
    assert pair.sample(2).dtype == np.float32
