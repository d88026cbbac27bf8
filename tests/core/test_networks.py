import keras
import numpy as np
import pytest
from conftest import numbers, only_tensorflow

from dcgan_course import networks, relatives


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize("size", [16, 32, 64, 128])
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_depth_follow_from_the_image(size, channels):
    shape = (size, size, channels)
    generator, discriminator = networks.generator(shape, width=2), networks.discriminator(shape, width=2)
    assert generator.input_shape == (None, 100) and generator.output_shape == (None, *shape)
    assert discriminator.input_shape == (None, *shape) and discriminator.output_shape == (None, 1)
    depth = int(np.log2(size)) - 2
    assert kinds(generator).count("Conv2DTranspose") == kinds(discriminator).count("Conv2D") == depth
    images = generator(np.random.default_rng(0).normal(size=(3, 100)).astype("float32"))
    assert np.abs(numbers(images)).max() < 1 and discriminator(images).shape == (3, 1)


def test_the_recipe_of_radford():
    generator, discriminator = networks.generator((64, 64, 3), width=64), networks.discriminator((64, 64, 3), width=64)
    filters = [layer.filters for layer in generator.layers if isinstance(layer, keras.layers.Conv2DTranspose)]
    assert filters == [256, 128, 64, 3] and generator.get_layer("reshape").output.shape[1:] == (4, 4, 512)
    assert [layer.filters for layer in discriminator.layers if isinstance(layer, keras.layers.Conv2D)] == [64, 128, 256, 512]
    # no batch normalisation on the generator's output and the discriminator's input; no pooling, no hidden dense layer
    assert kinds(generator)[-2:] == ["ReLU", "Conv2DTranspose"] and generator.layers[-1].activation is keras.activations.tanh
    assert kinds(discriminator)[1:4] == ["Conv2D", "LeakyReLU", "Conv2D"] and kinds(discriminator)[-2:] == [
        "Flatten",
        "Dense",
    ]
    assert {layer.negative_slope for layer in discriminator.layers if type(layer).__name__ == "LeakyReLU"} == {0.2}
    kernel = numbers(discriminator.get_layer("down3_conv").kernel.value)
    assert abs(kernel.std() - 0.02) < 1e-4 and abs(kernel.mean()) < 1e-4


def test_weights_follow_the_seed_and_no_two_layers_share_them():
    def kernels(seed):
        keras.utils.set_random_seed(seed)
        pair = networks.generator((32, 32, 1), width=4), networks.discriminator((32, 32, 1), width=4)
        return [w for model in pair for w in model.get_weights() if w.ndim > 1]

    first, again, other = kernels(0), kernels(0), kernels(1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other))
    assert len({w.ravel()[0] for w in first}) == len(first)


def test_the_articles_pair_runs_on_32_by_32():
    generator, discriminator = relatives.article_generator(3), relatives.article_discriminator((32, 32, 3))
    assert generator.output_shape == (None, 32, 32, 3) and discriminator.output_shape == (None, 1)
    ups = [layer.filters for layer in generator.layers if isinstance(layer, keras.layers.Conv2DTranspose)]
    assert ups == [64, 128, 256, 512, 3] and kinds(generator).count("BatchNormalization") == 4
    assert kinds(discriminator)[1:4] == ["Conv2D", "BatchNormalization", "ReLU"]


@only_tensorflow
@pytest.mark.parametrize("shape", [(32, 32, 1), (16, 16, 3)])
def test_multiply_adds_agree_with_counting_every_product(shape):
    """TensorFlow's own profiler counts each multiplication and each addition of the graph."""
    import tensorflow as tf
    from tensorflow.python.profiler import model_analyzer, option_builder

    for model in (networks.generator(shape, width=4), networks.discriminator(shape, width=4)):
        concrete = tf.function(lambda x, m=model: m(x, training=False)).get_concrete_function(
            tf.TensorSpec((1, *model.input_shape[1:]), "float32")
        )
        options = option_builder.ProfileOptionBuilder.float_operation()
        options["output"] = "none"
        options["account_type_regexes"] = ["MatMul", "Conv2D", "Conv2DBackpropInput"]
        flops = model_analyzer.profile(concrete.graph, options=options).total_float_ops
        assert networks.multiply_adds(model) * 2 == pytest.approx(flops, rel=0.02)


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}])
def test_batch_normalisation_without_scale_or_centre_is_keras_own(options):
    x = np.random.default_rng(0).normal(size=(4, 2, 2, 3)).astype("float32")
    ours, theirs = networks.BatchNormalization(**options), keras.layers.BatchNormalization(**options)
    assert np.allclose(numbers(ours(x, training=True)), numbers(theirs(x, training=True)), atol=1e-6)


def test_batch_normalisation_is_keras_own_but_for_rounding():
    rng = np.random.default_rng(0)
    x = rng.normal(3.0, 2.0, (5, 4, 4, 6)).astype("float32")
    ours, keras_own = networks.BatchNormalization(momentum=0.9), keras.layers.BatchNormalization(momentum=0.9)
    for layer in (ours, keras_own):
        layer.build(x.shape)
        layer.gamma.assign(np.arange(1, 7))
    for _ in range(3):
        assert np.allclose(numbers(ours(x, training=True)), numbers(keras_own(x, training=True)), atol=2e-5)
    for a, b in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        assert np.allclose(a, b, atol=1e-5)
    assert np.allclose(numbers(ours(x, training=False)), numbers(keras_own(x, training=False)), atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((28, 28, 1), "16, 32, 64, 128 pixels a side. Received: 28"),
        ((8, 8, 1), "Received: 8"),
        ((256, 256, 3), "Received: 256"),
        ((100, 100, 3), "Received: 100"),
        ((32, 16, 1), r"Received: \(32, 16, 1\)"),
        ((32, 32, 2), "channels 1 or 3"),
        ((32, 32), "size, size, channels"),
        (32, "Received: 32"),
        ((32.0, 32.0, 1), "size, size, channels"),
    ],
)
def test_shapes_without_a_network_are_refused_with_those_there_are(shape, message):
    for build in (networks.generator, networks.discriminator):
        with pytest.raises(ValueError, match=message):
            build(shape)


def test_other_bad_arguments():
    for width in (0, -3, 2.5, True, "32"):
        with pytest.raises(ValueError, match="width must be a whole number"):
            networks.generator((32, 32, 1), width=width)
    with pytest.raises(ValueError, match="latent_dim must be"):
        networks.generator((32, 32, 1), latent_dim=0)
    with pytest.raises(ValueError, match="channels must be 1"):
        relatives.article_generator(None)


def test_a_head_is_one_dense_layer_before_the_logit_and_without_norm_the_first_weights_are_hes():
    plain, with_head = (networks.discriminator((32, 32, 1), 4, norm=False, head=head) for head in (None, 8))
    assert with_head.count_params() - plain.count_params() == 4 * 4 * 16 * 8 + 8 + 8 - 4 * 4 * 16
    assert with_head.get_layer("logit").kernel.shape == (8, 1) and with_head.get_layer("head_lrelu").negative_slope == 0.2
    kernel = keras.ops.convert_to_numpy(with_head.get_layer("down3_conv").kernel)
    assert kernel.std() == pytest.approx(np.sqrt(2 / np.prod(kernel.shape[:3])), rel=0.1)
    spectral = networks.discriminator((16, 16, 1), 4, spectral=True, head=8, classes=3)
    assert spectral.output_shape == (None, 1) and spectral.get_layer("head_spectral")
    with pytest.raises(ValueError, match="head must be a whole number.*Received: head=0"):
        networks.discriminator((16, 16, 1), head=0)
