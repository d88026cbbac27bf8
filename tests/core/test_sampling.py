"""What all models that make images from latents share."""

import keras
import numpy as np
import pytest
from conftest import numbers, same, weights_of
from keras import ops
from scipy import stats

import dcgan_course as dc
from dcgan_course.latent_model import AT_ONCE, LatentModel
from dcgan_course.sampling import invert, mean_latents, slerp


class Painter(LatentModel):
    """Images `(4, 4, 1)` that a linear map paints, so that what is right can be computed; the first pixel says the class."""

    latent_dim, image_shape = 5, (4, 4, 1)

    def __init__(self, classes=None):
        super().__init__()
        self.classes = classes
        self.map = keras.layers.Dense(15, "tanh", use_bias=False, kernel_initializer=keras.initializers.Orthogonal(seed=0))
        self.map.build((None, self.latent_dim))

    def decode(self, latents, labels=None):
        class_pixel = ops.cast(0 if labels is None else labels, "float32") / 10 + ops.zeros_like(latents[:, 0])
        return ops.reshape(ops.concatenate([class_pixel[:, None], self.map(latents)], axis=1), (-1, 4, 4, 1))


def with_contrast(gan):
    """The GAN, its generator and the average of other weights each: kernels so large that images are not grey."""
    for times, network in ((20, gan.generator), (25, gan.averaged_generator)):
        network.set_weights([times * w if w.ndim > 1 else w for w in network.get_weights()])
    return gan


def classes_of(images):
    return np.rint(10 * images[:, 0, 0, 0]).astype(int).tolist()


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
    path = slerp(2 * start, 3 * end, 9)  # of two lengths: the way from one to the other
    assert np.allclose(path[[0, -1]], [2 * start, 3 * end]) and np.linalg.norm(path, axis=1).min() > 1.9


def test_latents_of_a_seed_are_plain_numpys(make_gan):
    expected = np.random.default_rng(3).standard_normal((5, 8), "float32")
    assert same([make_gan().latents(5, seed=3)], [expected])  # as they always were: kept latents stay valid


def test_truncated_latents_have_the_distribution_of_those_that_are_drawn_again():
    latents = Painter().latents(2000, seed=0, truncation=0.7)
    assert latents.dtype == "float32" and np.abs(latents).max() <= 0.7
    assert stats.kstest(latents.ravel(), stats.truncnorm(-0.7, 0.7).cdf).pvalue > 0.05
    assert same([latents], [Painter().latents(2000, seed=0, truncation=0.7)])


def test_a_threshold_moves_latents_without_a_jump():
    free, far, near, nearer = (Painter().latents(50, 1, t) for t in (None, 40.0, 1.0, 0.99))
    assert np.allclose(free, far, atol=1e-5) and np.abs(near - nearer).max() < 0.011
    assert np.all(np.sign(near) == np.sign(free)) and np.all(np.abs(Painter().latents(50, 1, 1e-3)) <= 1e-3)


def test_seeds_and_thresholds_that_are_none_are_refused(make_gan):
    model = make_gan()
    for seed in (-1, 1.5, True, "0", [1, 2]):
        for ask in (model.latents, model.sample):
            with pytest.raises(ValueError, match="seed must be a whole number of at least 0. Received: seed="):
                ask(2, seed)
    for truncation in (0, -1.0, float("nan"), float("inf"), True, "0.5"):
        with pytest.raises(ValueError, match="truncation must be above 0, or None. Received: truncation="):
            model.sample(2, truncation=truncation)


def test_images_of_a_class_asked_for():
    model = Painter(classes=3)
    assert classes_of(model.sample(7)) == [0, 1, 2, 0, 1, 2, 0]
    assert classes_of(model.sample(3, label=2)) == [2, 2, 2] == classes_of(model.sample(3, label=np.int64(2)))
    assert classes_of(model.generate(model.latents(3), [2, 0, 1])) == [2, 0, 1]
    labels = np.arange(AT_ONCE + 50) % 3
    assert classes_of(model.sample(AT_ONCE + 50, label=labels[::-1])) == labels[::-1].tolist()  # in parts
    assert Painter().labels_for(4) is None and model.labels_for(4).dtype == "int32"
    assert same([model.sample(2, 5, label=1)], [model.generate(model.latents(2, 5), 1)])


def test_labels_that_do_not_fit_are_refused(make_gan):
    model = Painter(classes=3)
    for without in (Painter(), make_gan(), vae()):
        with pytest.raises(ValueError, match="knows of no classes, so it takes no label. Received: label=1"):
            without.sample(2, label=1)
    for label in ([0, 1, 2], [[0], [1]], []):
        with pytest.raises(ValueError, match=r"one class number, or one for each latent: 2 here. Received: shape \("):
            model.sample(2, label=label)
    for label in (3, -1, [0, 3], 1.0, True, "1"):
        with pytest.raises(ValueError, match="A label must be a whole number from 0 to 2. Received: label="):
            model.sample(2, label=label)


class Sign:
    """Reads whether an image's second pixel, the first that the latents paint, is bright."""

    def predict(self, images):
        return np.where(images[:, 0, 1, 0] > 0, "bright", "dark")


def test_mean_latents_are_those_of_images_read_alike():
    model = Painter()
    means = mean_latents(model, Sign(), n=3000, seed=2)
    direction = ops.convert_to_numpy(model.map.kernel)[:, 0]
    direction /= np.linalg.norm(direction)
    half = np.sqrt(2 / np.pi)  # the mean of the upper half of a normal distribution
    assert set(means) == {"bright", "dark"} and means["bright"].shape == (5,)
    assert np.allclose(means["bright"], half * direction, atol=0.08)
    assert np.allclose(means["bright"], -means["dark"], atol=0.1)
    image = model.generate([means["dark"] - means["dark"] + means["bright"]])
    assert Sign().predict(image).tolist() == ["bright"]
    only = mean_latents(Painter(classes=3), type("First", (), {"predict": lambda self, x: classes_of(x)})(), 90, label=2)
    assert list(only) == [2]


def test_inversion_finds_latents_that_were_there():
    model = Painter(classes=3)
    latents, labels = model.latents(6, seed=7), np.array([0, 1, 2, 2, 1, 0])
    found, distances = invert(model, model.generate(latents, labels), steps=150, label=labels, prior=0)
    assert np.allclose(found, latents, atol=0.02) and found.dtype == "float32" and distances.max() < 0.02
    _, wrong = invert(model, model.generate(latents, labels), steps=150, label=1, prior=0)
    assert np.all((wrong > 0.05) == (labels != 1))  # the class is not searched for: it is what was said


def test_inversion_comes_nearer_and_leaves_the_model_as_it_was(make_gan, digits):
    gan = with_contrast(make_gan())
    before = weights_of(gan)
    latents, distances = invert(gan, digits.images[:4], steps=20)
    best = np.linalg.norm((digits.images[:4, None] - gan.generate(gan.latents(AT_ONCE, 0))).reshape(4, AT_ONCE, -1), axis=2)
    assert np.all(distances < best.min(axis=1))
    assert np.allclose(distances, np.linalg.norm((gan.generate(latents) - digits.images[:4]).reshape(4, -1), axis=1))
    assert same(before, weights_of(gan)) and same([latents], [invert(gan, digits.images[:4], steps=20)[0]])
    assert all(getattr(v.value, "grad", None) is None for v in gan.variables)  # PyTorch: nothing is left behind
    assert gan.trainable_variables == [*gan.generator.trainable_variables, *gan.discriminator.trainable_variables]
    assert all(getattr(v.value, "requires_grad", True) for v in gan.trainable_variables)


def test_the_prior_keeps_latents_at_their_usual_length():
    noise = np.random.default_rng(0).choice([-1.0, 1.0], (8, 4, 4, 1))  # nothing that the model can make
    lengths = [np.mean(invert(Painter(), noise, prior=prior)[0] ** 2, axis=1) for prior in (0, 10)]
    assert lengths[0].max() > 2 and np.all(np.abs(lengths[1] - 1) < 0.2)


def test_images_that_cannot_be_searched_for_are_refused(make_gan, digits):
    gan, small = make_gan(), digits.images[:2]
    with pytest.raises(ValueError, match=r"size that the model makes, \(16, 16, 1\). Received: \(8, 8, 1\). Resize"):
        invert(gan, small[:, ::2, ::2])
    with pytest.raises(ValueError, match=r"Images to find must lie in \[-1, 1\]"):
        invert(gan, small * 255)
    with pytest.raises(ValueError, match="images of a class: say which the given ones are of"):
        invert(Painter(classes=3), small[:, :4, :4])
    with pytest.raises(ValueError, match="takes no label"):
        invert(gan, small, label=0)
    for name, value in {"steps": 0, "rate": 0, "prior": -1, "seed": -1}.items():
        with pytest.raises(ValueError, match=f"{name} must .* Received: {name}={value}"):
            invert(gan, small, **{name: value})


def exported(model, path, latents, **inputs):
    """The images that ONNX Runtime makes from an exported model."""
    onnxruntime = pytest.importorskip("onnxruntime")
    if keras.backend.backend() == "jax":
        pytest.importorskip("jax2onnx")
    pytest.importorskip("tf2onnx" if keras.backend.backend() == "tensorflow" else "onnx")
    model.export(path, format="onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == ["latents", *inputs]
    assert list(path.parent.iterdir()) == [path]
    return session.run(None, {"latents": latents, **inputs})[0]


@pytest.mark.parametrize("averaging", [None, 0.9])
def test_an_exported_generator_makes_the_same_images(make_gan, tmp_path, averaging, recwarn):
    gan = with_contrast(make_gan(averaging=averaging))
    latents = gan.latents(7, seed=1)
    images = exported(gan, tmp_path / "generator.onnx", latents)
    assert np.abs(images - gan.generate(latents)).max() < 1e-4
    assert averaging is None or np.abs(images - numbers(gan.generator(latents, training=False))).max() > 1e-2
    assert not [warning for warning in recwarn if "onnx" in str(warning.filename)]


def test_a_generator_in_bfloat16_is_exported_in_float32(make_gan, tmp_path):
    gan = with_contrast(make_gan(precision="bfloat16"))
    latents, before = gan.latents(5, seed=1), [layer.compute_dtype for layer in gan.generator.layers]
    images = exported(gan, tmp_path / "generator.onnx", latents)
    assert "bfloat16" in before and before == [layer.compute_dtype for layer in gan.generator.layers]
    exact = make_gan(precision="float32")
    exact.generator.set_weights(gan.generator.get_weights())
    assert np.abs(images - exact.generate(latents)).max() < 1e-4 < np.abs(images - gan.generate(latents)).max()


def test_a_gan_of_classes_is_searched_and_exported_by_class(tmp_path):
    options = {"width": 4, "classes": 3}
    gan = dc.GAN(dc.networks.generator((16, 16, 1), 8, **options), dc.networks.discriminator((16, 16, 1), **options))
    gan.compile(dc.Strategy(), run_eagerly=True)
    with_contrast(gan)
    latents, labels = gan.latents(4, seed=1), np.array([2, 0, 1, 1], "int32")
    images = gan.generate(latents, labels)
    _, distances = invert(gan, images, steps=30, label=labels)
    assert distances.max() < 0.5 * np.linalg.norm((images - gan.sample(4, 9, labels)).reshape(4, -1), axis=1).min()
    assert np.abs(exported(gan, tmp_path / "gan.onnx", latents, labels=labels) - images).max() < 1e-4


def test_other_models_are_exported_too(tmp_path):
    model = vae()
    latents = model.latents(3, seed=1)
    assert np.abs(exported(model, tmp_path / "vae.onnx", latents) - model.generate(latents)).max() < 1e-4


def test_an_exported_model_of_classes_takes_labels(tmp_path):
    model, labels = Painter(classes=3), np.array([2, 0, 1, 1], "int32")
    latents = model.latents(4, seed=1)
    images = exported(model, tmp_path / "painter.onnx", latents, labels=labels)
    assert np.abs(images - model.generate(latents, labels)).max() < 1e-4


def test_an_export_that_fails_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    def half(model, path, *args, **kwargs):
        open(path, "w").write("half")
        raise OSError("disk full")

    (tmp_path / "old.onnx").write_text("old")
    monkeypatch.setattr(keras.Model, "export", half)
    with pytest.raises(OSError, match="disk full"):
        vae().export(tmp_path / "old.onnx", format="onnx")
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("old.onnx", "old")]
