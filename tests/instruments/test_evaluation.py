"""The quality report and its measures, against closed forms and independent implementations."""

import keras
import numpy as np
import pytest
from scipy import linalg, stats

import dcgan_course as dc
from dcgan_course import evaluation
from dcgan_course.evaluation import distances
from dcgan_course.evaluation.classifier import StackedClassifier


@pytest.fixture(scope="module")
def classifier(digits, tmp_path_factory):
    return evaluation.classifier(digits, folder=tmp_path_factory.mktemp("classifier"))


def two_sets(n=400, d=6, shift=0.0, scale=1.0):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, d)), shift + scale * rng.standard_normal((n, d))


def test_frechet_distance_of_gaussians_has_its_closed_form():
    a, b = two_sets(200_000, 3, shift=2.0, scale=3.0)
    assert evaluation.frechet_distance(a, b) == pytest.approx(3 * (2.0**2 + (3.0 - 1.0) ** 2), rel=0.02)
    assert evaluation.frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9)


def test_frechet_distance_agrees_with_the_matrix_root():
    a, b = two_sets(shift=0.5, scale=np.arange(1, 7))
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(cov_a @ cov_b).real
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(cov_a + cov_b - 2 * root)
    assert evaluation.frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)


def test_the_interval_holds_the_distance_and_follows_the_seed():
    a, b = two_sets(shift=0.3)
    low, high = evaluation.frechet_interval(a, b, seed=1)
    assert low < evaluation.frechet_distance(a, b) < high
    assert (low, high) == evaluation.frechet_interval(a, b, seed=1) != evaluation.frechet_interval(a, b, seed=2)


def test_kernel_distance_agrees_with_a_double_loop_and_is_near_zero_for_one_distribution():
    a, b = two_sets(40, 3, shift=1.0)
    kernel = lambda x, y: (x @ y / 3 + 1) ** 3  # noqa: E731
    within = lambda x: np.mean([kernel(x[i], x[j]) for i in range(40) for j in range(40) if i != j])  # noqa: E731
    between = np.mean([kernel(x, y) for x in a for y in b])
    assert evaluation.kernel_distance(a, b) == pytest.approx(within(a) + within(b) - 2 * between, rel=1e-9)
    assert abs(evaluation.kernel_distance(*two_sets(2000, 3))) < 0.1 < evaluation.kernel_distance(a, b)


def test_neighbourhood_scores_agree_with_plain_loops():
    real, fake = two_sets(60, 2, shift=1.0, scale=0.7)
    k = distances.NEIGHBOURS

    def reach(x):
        return [np.sort(np.linalg.norm(x - p, axis=1))[k] for p in x]  # position 0 is the point itself

    real_reach, fake_reach = reach(real), reach(fake)
    balls = np.array([[np.linalg.norm(r - f) <= real_reach[i] for f in fake] for i, r in enumerate(real)])
    recall = np.mean([any(np.linalg.norm(r - f) <= fake_reach[j] for j, f in enumerate(fake)) for r in real])
    scores = evaluation.neighbourhood_scores(real, fake)
    assert scores["precision"] == pytest.approx(balls.any(axis=0).mean())
    assert scores["recall"] == pytest.approx(recall)
    assert scores["density"] == pytest.approx(balls.sum() / (k * len(fake)))
    assert scores["coverage"] == pytest.approx(balls.any(axis=1).mean())


def test_neighbourhood_scores_at_the_extremes():
    a, b = two_sets(2000, 2)
    same = evaluation.neighbourhood_scores(a, b)
    assert same["density"] == pytest.approx(1.0, abs=0.05)
    assert same["coverage"] == pytest.approx(1 - 0.5**distances.NEIGHBOURS, abs=0.03)  # its expectation, Naeem et al.
    assert evaluation.neighbourhood_scores(a, b + 100) == dict(precision=0, recall=0, density=0, coverage=0)


def test_class_scores_have_their_closed_forms():
    real = np.repeat([0, 1], 50)
    assert evaluation.class_scores(real, real, 2) == {"classes": 2, "kl": 0.0}
    one = evaluation.class_scores(real, np.zeros(10, int), 2)
    assert one["classes"] == 1 and one["kl"] == pytest.approx(np.log(2))
    mixed = evaluation.class_scores(real, np.repeat([0, 1], [30, 10]), 2)
    assert mixed["kl"] == pytest.approx(stats.entropy([0.75, 0.25], [0.5, 0.5]))


def test_copies_are_seen_and_new_images_are_not_called_copies():
    rng = np.random.default_rng(0)
    training, held_out, fresh = rng.standard_normal((3, 500, 8))
    assert evaluation.memorisation_scores(training, training[:100] + 1e-6, held_out)["near_copies"] == 1.0
    assert evaluation.memorisation_scores(training, fresh, held_out)["near_copies"] < 0.05
    scores = evaluation.memorisation_scores(training, fresh)
    assert scores["nearest"] == pytest.approx(scores["nearest_real"], rel=0.05)


# -- the classifier -------------------------------------------------------------------------------------------------


def test_the_classifier_reads_digits_it_has_not_seen(classifier, digits):
    assert classifier.accuracy >= 0.97
    assert classifier.features(digits.images[:10]).shape == (10, 64)
    assert np.mean(classifier.predict(digits.images) == digits.labels) > 0.97
    assert classifier.features(digits.images).var(axis=0).mean() == pytest.approx(1.0, rel=0.01)


def test_the_classifier_is_kept_and_a_damaged_one_is_trained_again(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *a, **k: None)  # untrained will do
    first = evaluation.classifier(digits, folder=tmp_path)
    again = evaluation.classifier(digits, folder=tmp_path)
    np.testing.assert_array_equal(first.features(digits.images[:5]), again.features(digits.images[:5]))
    assert again.accuracy == first.accuracy
    (kept,) = tmp_path.iterdir()
    sound = kept.read_bytes()
    middle = len(sound) // 2
    for damaged in (sound[:-100], sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :], b"", b"{"):
        kept.write_bytes(damaged)
        with pytest.warns(UserWarning, match="damaged"):
            mended = evaluation.classifier(digits, folder=tmp_path)
        np.testing.assert_array_equal(first.features(digits.images[:5]), mended.features(digits.images[:5]))
        assert mended.accuracy == first.accuracy


def test_building_a_classifier_draws_on_nobody_elses_randomness(digits):
    keras.utils.set_random_seed(3)
    expected = keras.random.normal((4,)), np.random.rand(4)
    keras.utils.set_random_seed(3)
    evaluation.classifier_network(digits.image_shape, 10)
    drawn = keras.random.normal((4,)), np.random.rand(4)
    for a, b in zip(expected, drawn):
        np.testing.assert_array_equal(a, b)


def test_stacked_digits_are_read_channel_by_channel(classifier, digits):
    stacked = StackedClassifier(classifier)
    images = np.concatenate([digits.images[[i]] for i in (3, 7, 1)], axis=-1)
    assert stacked.predict(images) == classifier.predict(digits.images[[3, 7, 1]]) @ (100, 10, 1)
    assert stacked.features(images).shape == (1, 192)


def test_what_a_data_set_is_decides_and_not_its_name(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *a, **k: None)  # untrained will do
    namesake = dc.datasets.ImageDataset(digits.images, digits.labels, digits.class_names, name="stacked_digits")
    assert isinstance(evaluation.classifier(namesake, folder=tmp_path), evaluation.Classifier)
    stacked = dc.datasets.load("stacked_digits", size=16, count=200)
    stacked.card = namesake.card
    assert isinstance(evaluation.classifier(stacked, folder=tmp_path), StackedClassifier)


def test_a_classifier_needs_labels_and_images(digits):
    with pytest.raises(ValueError, match='has no labels.*features="pca"'):
        evaluation.classifier(dc.datasets.ImageDataset(digits.images))
    few = dc.datasets.ImageDataset(digits.images[:50], digits.labels[:50], digits.class_names)
    with pytest.raises(ValueError, match="at least 100 images"):
        evaluation.classifier(few)


# -- the report ------------------------------------------------------------------------------------------------------


def test_real_images_score_like_real_ones_and_noise_does_not(classifier, digits):
    order = np.random.default_rng(5).permutation(len(digits))
    real = evaluation.report(digits.images[order], digits, n=600, features=classifier)
    noise = np.random.default_rng(0).uniform(-1, 1, (600, *digits.image_shape)).astype("float32")
    bad = evaluation.report(noise, digits, n=600, features=classifier)
    assert real.samples["frechet"] < 1.5 * real.real["frechet"] and real.samples["near_copies"] > 0.5  # they are copies
    assert bad.samples["frechet"] > 10 * bad.real["frechet"] and bad.samples["coverage"] < 0.2
    assert real.samples["classes"] == real.classes_there == 10
    low, high = bad.frechet_interval
    assert low < bad.samples["frechet"] < high


def test_the_report_prints_and_shows_every_measure(classifier, digits):
    quality = evaluation.report(digits.images[:200], digits, n=100, features=classifier)
    for text in (str(quality), quality._repr_html_()):
        for word in (
            "Fréchet",
            "kernel",
            "precision",
            "recall",
            "density",
            "coverage",
            "classes covered of 10",
            "near copies",
        ):
            assert word in text


def test_a_model_is_sampled_and_data_without_labels_is_measured_in_pixels(make_gan, digits):
    plain = dc.datasets.ImageDataset(digits.images)
    quality = evaluation.report(make_gan(), plain, n=60)
    assert "principal components" in quality.features and quality.classes_there is None
    assert "classes" not in quality.samples
    assert evaluation.report(make_gan(), digits, n=60, features="pixels").n == 60


def test_held_out_images_give_the_reference(classifier, digits):
    few, rest = (dc.datasets.ImageDataset(digits.images[part]) for part in (slice(100), slice(100, None)))
    quality = evaluation.report(digits.images[:100], few, n=100, features=classifier, held_out=rest)
    assert quality.samples["nearest"] < 1e-3 < quality.real["nearest"]  # the samples are the training images


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        (lambda x: x[:20], {}, "Received: n=20"),
        (lambda x: x, {"n": 10}, "n from 50"),
        (lambda x: x, {"n": 60.0}, "n must be a whole number"),
        (lambda x: x, {"n": 1000}, "half of the 1797 real images"),
        (lambda x: np.where(np.arange(len(x))[:, None, None, None] == 3, np.nan, x), {"n": 60}, "1 of 60 samples hold NaN"),
        (lambda x: x[:, :8, :8], {"n": 60}, "must be images"),
        (lambda x: 3 * x, {"n": 60}, r"must lie in \[-1, 1\]"),
        (lambda x: x, {"n": 60, "features": "inception"}, "Received: 'inception'"),
    ],
)
def test_bad_input_is_named(digits, samples, options, message):
    with pytest.raises(ValueError, match=message):
        evaluation.report(samples(digits.images), digits, **{"features": "pca", **options})
