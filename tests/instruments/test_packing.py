import keras
import numpy as np
import pytest
from conftest import numbers, same, weights_of

import dcgan_course as dc
from dcgan_course.relatives.packing import Pack, Unpack, packed_discriminator

SHAPE = (16, 16, 3)


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-1, 1, (12, *SHAPE)).astype("float32")


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize("pack", [2, 3, 4])
def test_a_stack_holds_neighbours_in_their_order(images, pack):
    stacks = numbers(Pack(pack)(images))
    assert stacks.shape == (12 // pack, 16, 16, 3 * pack)
    for group in range(12 // pack):
        for member in range(pack):
            channels = slice(3 * member, 3 * member + 3)
            np.testing.assert_array_equal(stacks[group, ..., channels], images[pack * group + member])


def test_each_image_gets_the_logit_of_its_stack():
    np.testing.assert_array_equal(numbers(Unpack(3)(np.array([[5.0], [7.0]])))[:, 0], [5, 5, 5, 7, 7, 7])


@pytest.mark.parametrize("pack", [2, 4])
def test_an_image_changes_the_logits_of_its_stack_and_no_other(images, pack):
    network = packed_discriminator(SHAPE, pack, width=4)
    before = numbers(network(images))
    changed = images.copy()
    changed[5] *= -1
    after = numbers(network(changed))
    assert before.shape == (12, 1)
    moved = before[:, 0] != after[:, 0]
    start = 5 // pack * pack
    np.testing.assert_array_equal(np.flatnonzero(moved), np.arange(start, start + pack))
    assert len(np.unique(before.round(6))) == 12 // pack


@pytest.mark.parametrize("size", [16, 32])
def test_one_image_a_stack_is_the_plain_discriminator(size):
    shape = (size, size, 1)
    packed, plain = packed_discriminator(shape, 1, width=4), dc.networks.discriminator(shape, width=4)
    assert kinds(packed) == kinds(plain) and packed.count_params() == plain.count_params()
    assert [layer.name for layer in packed.layers] == [layer.name for layer in plain.layers]
    packed.set_weights(plain.get_weights())
    x = np.random.default_rng(0).uniform(-1, 1, (5, *shape)).astype("float32")
    np.testing.assert_allclose(numbers(packed(x)), numbers(plain(x)), rtol=1e-5)


def test_packing_widens_the_first_kernel_and_nothing_else():
    packed, plain = (packed_discriminator(SHAPE, pack, width=4) for pack in (3, 1))
    assert packed.input_shape == plain.input_shape and packed.output_shape == plain.output_shape == (None, 1)
    shapes = [[w.shape for w in model.get_weights()] for model in (packed, plain)]
    assert shapes[0][0] == (4, 4, 9, 4) and shapes[1][0] == (4, 4, 3, 4) and shapes[0][1:] == shapes[1][1:]


def test_without_norm_there_is_no_batch_normalisation():
    assert "BatchNormalization" in kinds(packed_discriminator(SHAPE, 2, width=4))
    assert "BatchNormalization" not in kinds(packed_discriminator(SHAPE, 2, width=4, norm=False))


@pytest.mark.parametrize("eager", [True, False])
def test_trains_in_an_ordinary_gan_and_comes_back_from_a_file(digits, tmp_path, eager):
    gan = dc.GAN(dc.networks.generator(digits.image_shape, 8, width=4), packed_discriminator(digits.image_shape, 2, width=4))
    gan.compile(jit_compile=False, steps_per_execution=1, run_eagerly=eager)
    before = weights_of(gan.discriminator)
    history = gan.fit(digits.images[:32], batch_size=16, epochs=1, verbose=0).history
    assert np.isfinite(history["d_loss"]).all() and not same(before, weights_of(gan.discriminator))
    gan.save(tmp_path / "packed.keras")
    again = keras.models.load_model(tmp_path / "packed.keras")
    assert again.discriminator.get_layer("pack").pack == again.discriminator.get_layer("unpack").pack == 2
    assert same(weights_of(again), weights_of(gan))
    np.testing.assert_array_equal(*(numbers(g.discriminator(digits.images[:4])) for g in (again, gan)))


def test_a_batch_that_leaves_images_over_is_refused(digits):
    network = packed_discriminator(digits.image_shape, 2, width=4)
    with pytest.raises(ValueError, match="multiple of pack=2.*drop_remainder=True.*Received: 3 images"):
        network(digits.images[:3])
    gan = dc.GAN(dc.networks.generator(digits.image_shape, 8, width=4), network)
    gan.compile(jit_compile=False, steps_per_execution=1)
    with pytest.raises(Exception, match="multiple of pack=2"):
        gan.fit(digits.images[:19], batch_size=16, verbose=0)  # 16 and then 3


@pytest.mark.parametrize("bad", [{"pack": 0}, {"pack": 1.5}, {"pack": True}, {"width": 0}, {"image_shape": (16, 20, 1)}])
def test_nonsense_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        packed_discriminator(**{"image_shape": SHAPE, "width": 4, **bad})
