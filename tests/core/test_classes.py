"""Pictures of a class: the label reaches both networks, and comes back as what was asked for."""

import keras
import numpy as np
import pytest
from conftest import numbers

import dcgan_course as dc

SHAPE = (16, 16, 1)


def gan(classes=10, **strategy):
    networks = dc.networks.generator(SHAPE, 16, 8, classes=classes), dc.networks.discriminator(SHAPE, 8, classes=classes)
    model = dc.GAN(*networks, classes=classes, seed=0)
    model.compile(dc.Strategy.recipe(**strategy))
    return model


@pytest.fixture(scope="module")
def trained(digits):
    keras.utils.set_random_seed(0)
    model = gan()
    model.fit(digits.batches(64), epochs=25, verbose=0)
    return model


def test_the_images_are_of_the_classes_asked_for(trained, digits):
    reader = dc.evaluation.classifier(digits)
    for label in (0, 6):
        assert np.mean(reader.predict(trained.sample(100, seed=1, label=label)) == label) > 0.8
    by_turns = reader.predict(trained.sample(300, seed=2)) == np.arange(300) % 10
    assert by_turns.mean() > 0.8


def test_the_images_of_a_class_differ(trained, digits):
    """Embedded labels as long as the latents drown them: a tenth of the variety was left."""
    samples = trained.sample(500, seed=4)
    ours, real = (
        np.mean([images[labels == n].std(axis=0).mean() for n in range(10)])
        for images, labels in ((samples, np.arange(500) % 10), (digits.images, digits.labels))
    )
    assert ours > 0.5 * real


def test_the_label_alone_changes_the_image_and_the_logit(trained, digits):
    latents = np.repeat(trained.latents(1, seed=0), 2, axis=0)
    images = trained.generate(latents, label=[3, 8])
    assert abs(images[0] - images[1]).max() > 0.5
    ones = digits.images[digits.labels == 1][:50]
    as_one, as_zero = (numbers(trained.discriminator([ones, np.full(50, n, "int32")])) for n in (1, 0))
    assert as_one.mean() > as_zero.mean() + 1


def test_the_discriminator_is_the_projection_of_the_paper(digits):
    model = gan(4)
    d = model.discriminator
    features = keras.Model(d.inputs[0], d.get_layer("flatten").output)(digits.images[:4])
    vectors = numbers(d.get_layer("label_embedding").embeddings)
    labels = np.array([0, 1, 2, 3], "int32")
    expected = numbers(d.get_layer("logit")(features))[:, 0] + (numbers(features) * vectors[labels]).sum(axis=1)
    np.testing.assert_allclose(numbers(d([digits.images[:4], labels]))[:, 0], expected, rtol=1e-4, atol=1e-5)


def test_saved_loaded_and_resumed_it_goes_on(trained, digits, tmp_path):
    trained.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.classes == 10
    np.testing.assert_array_equal(*(m.sample(20, seed=3, label=7) for m in (again, trained)))
    again.fit(digits.batches(300), epochs=1, verbose=0, callbacks=[dc.Checkpoint(tmp_path / "run")])
    other = gan()
    assert other.resume(tmp_path / "run") == 1
    np.testing.assert_array_equal(*(m.sample(5, seed=3, label=7) for m in (again, other)))


def test_pairs_from_any_source_of_keras_train_it_too(digits):
    model = gan()
    pairs = [(digits.images[:32], digits.labels[:32].astype("int32"))] * 2

    class Source(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return pairs[index]

    history = model.fit(Source(), epochs=1, verbose=0)
    assert np.isfinite(history.history["d_loss"]).all()


def test_a_gan_without_classes_leaves_the_same_batches_labels_aside(digits, make_gan):
    batches = digits.batches(300)
    gan().fit(batches, epochs=1, verbose=0)
    assert len(batches[0]) == 2
    make_gan().fit(batches, epochs=1, verbose=0)
    assert batches[0].shape == (300, *SHAPE)


def test_labels_that_are_missing_or_of_other_classes_are_refused(digits):
    model = gan()
    with pytest.raises(ValueError, match=r"images of 10 classes, with labels\. Received: images without labels"):
        model.fit(digits.images[:64])
    two = dc.datasets.ImageDataset(digits.images[:64], digits.labels[:64] % 2, ["even", "odd"])
    with pytest.raises(ValueError, match=r"images of 10 classes, with labels\. Received: images of 2 classes"):
        model.fit(two.batches(32))
    for pair, received in (((digits.images[:8],), "none"), ((digits.images[:8], np.full(8, 10)), "10 to 10")):
        with pytest.raises(ValueError, match=rf"class numbers below 10.*Received: labels {received}"):
            model.fit([pair])


@pytest.mark.parametrize("label, message", [
    (10, "whole number from 0 to 9. Received: label=10"),
    (-1, "from 0 to 9"),
    (1.5, "from 0 to 9"),
    ([1, 2], r"one for each latent: 4 here. Received: shape \(2,\)"),
])  # fmt: skip
def test_a_label_that_no_class_has_is_refused(trained, label, message):
    with pytest.raises(ValueError, match=message):
        trained.sample(4, label=label)


def test_a_label_without_classes_is_refused(make_gan):
    with pytest.raises(ValueError, match="knows of no classes"):
        make_gan().sample(4, label=1)


def test_networks_for_other_numbers_of_classes_are_refused():
    for of_g, of_d, asked in ((10, 4, None), (10, None, None), (None, None, 10), (10, 10, 4)):
        networks = dc.networks.generator(SHAPE, classes=of_g), dc.networks.discriminator(SHAPE, classes=of_d)
        with pytest.raises(
            ValueError, match=rf"for as many classes.*generator {of_g}, discriminator {of_d}, classes={asked}"
        ):
            dc.GAN(*networks, classes=asked)
    with pytest.raises(ValueError, match="classes must be a whole number of at least 2. Received: classes=1"):
        dc.networks.generator(SHAPE, classes=1)
