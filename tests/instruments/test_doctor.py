"""A planted failure for every diagnosis, each in a real training; healthy runs on three data sets with none."""

import keras
import numpy as np
import pytest
from conftest import same, weights_of
from keras import layers, ops

import dcgan_course as dc
from dcgan_course.callbacks import Diagnosis
from dcgan_course.callbacks.doctor import ADVICE, _spacing, _turns

RECIPE = dc.Strategy.recipe().get_config()
SHAPE = (16, 16, 1)


class UntilDiagnosed(keras.callbacks.Callback):
    """Ends the run when the doctor has named the failure: the rest would only take time."""

    def __init__(self, doctor, name):
        super().__init__()
        self.doctor, self.name = doctor, name

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.name in names(self.doctor)


def names(doctor):
    return [d.name for d in doctor.diagnoses]


def train(dataset, epochs, generator=None, discriminator=None, loss="non_saturating", until=None, real=True, **strategy):
    """The doctor after a run on batches of 64 at width 8."""
    generator = generator or dc.networks.generator(dataset.image_shape, 16, width=8)
    discriminator = discriminator or dc.networks.discriminator(dataset.image_shape, width=8)
    gan, doctor = dc.GAN(generator, discriminator, seed=0), dc.Doctor(dataset if real else None)
    gan.compile(dc.Strategy(**strategy), loss, jit_compile=False)
    gan.fit(dataset.batches(64), epochs=epochs, verbose=0, callbacks=[doctor, UntilDiagnosed(doctor, until)])
    return doctor


# -- healthy runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, epochs, options", [("digits", 26, {}), ("shapes", 11, {"count": 3000}), ("stacked_digits", 11, {"count": 3000})]
)
def test_a_healthy_run_triggers_nothing_and_everything_was_checked(name, epochs, options, capsys):
    doctor = train(dc.datasets.load(name, size=16, **options), epochs, **RECIPE)
    assert doctor.diagnoses == [] and capsys.readouterr().out == ""
    assert doctor.report().startswith(f"No failure seen in {epochs} epochs. Checked: ")
    assert "mode collapse" in doctor.report().split("Not checked")[0]
    assert ("Not checked" in doctor.report()) == (epochs == 11)  # oscillation needs 15 epochs


def test_radfords_settings_trigger_nothing_on_the_digits(digits):
    assert train(digits, 8).diagnoses == []


# -- planted failures ----------------------------------------------------------------------------------------------


def scaled_up(real_logits, fake_logits):
    return tuple(1e4 * loss for loss in dc.losses.non_saturating(real_logits, fake_logits))


@keras.saving.register_keras_serializable("tests")
class ThreeSigns(layers.Layer):
    def call(self, latents):
        return ops.sign(latents[:, :3])


def eight_images():
    """A generator that hears only three signs of its latent, so it has eight images: a partial collapse."""
    latents = keras.Input((16,))
    return keras.Model(latents, dc.networks.generator(SHAPE, 3, width=8)(ThreeSigns()(latents)))


def linear_output():
    generator = dc.networks.generator(SHAPE, 16, width=8)
    generator.get_layer("to_image").activation = keras.activations.linear
    return generator


PLANTED = {  # what is wrong: the failure that must be named (others may be named too)
    "a discriminator 2,000 times as fast": (
        "discriminator saturated",
        dict(epochs=16, learning_rate=1e-6, discriminator_learning_rate=2e-3),
    ),
    "the minimax loss against a discriminator far ahead": (
        "generator gradient vanished",
        dict(epochs=16, loss="minimax", learning_rate=2e-4, discriminator_learning_rate=2e-2),
    ),
    "a Wasserstein loss without a bounded slope": (
        "gradients exploding",
        dict(epochs=12, loss="wasserstein", learning_rate=5e-2),
    ),
    "a loss 10,000 times too large": ("gradients exploding", dict(epochs=2, loss=scaled_up, learning_rate=2e-3)),
    "eight images": ("mode collapse", dict(epochs=16, generator=eight_images, **RECIPE)),
    "eight images, no real ones to compare with": (
        "mode collapse",
        dict(epochs=16, generator=eight_images, real=False, **RECIPE),
    ),
    "a generator too fast, with a long memory of past gradients": (
        "oscillation",
        dict(epochs=80, learning_rate=2e-2, discriminator_learning_rate=3e-4, beta_1=0.9),
    ),
    "no tanh": ("images out of range", dict(epochs=3, generator=linear_output, learning_rate=2e-3)),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_failure_is_named_with_its_fix(plant, digits, capsys):
    name, options = PLANTED[plant]
    options = {key: value() if key == "generator" else value for key, value in options.items()}
    doctor = train(digits, until=name, **options)
    assert name in names(doctor)
    diagnosis = next(d for d in doctor.diagnoses if d.name == name)
    assert (diagnosis.meaning, diagnosis.fix) == ADVICE[name] and 1 <= diagnosis.epoch <= options["epochs"]
    printed = capsys.readouterr().out
    assert printed.count(f"Doctor: {diagnosis}\n") == 1 and diagnosis.evidence in printed  # once, not at every epoch
    assert len(printed.splitlines()) == 2 * len(doctor.diagnoses)
    assert doctor.report() == str(doctor) and diagnosis.fix in str(doctor)


@keras.saving.register_keras_serializable("tests")
class InferenceAlways(dc.networks.BatchNormalization):
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)


def frozen(network):
    network.get_layer("up1_norm").trainable = False  # in Keras 3: runs in inference mode
    return network


def ignoring_training():
    latents = keras.Input((16,))
    x = layers.Reshape((4, 4, 8))(InferenceAlways(name="deaf_norm")(layers.Dense(128)(latents)))
    x = layers.Conv2DTranspose(8, 4, strides=2, padding="same", activation="relu")(x)
    inner = keras.Model(latents, layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh")(x))
    return keras.Model(latents, inner(latents), name="generator")  # a network inside the network


@pytest.mark.parametrize("plant, layer", [(frozen, "up1_norm"), (ignoring_training, "deaf_norm")])
def test_batch_normalisation_in_inference_mode_is_named_after_an_epoch(plant, layer, digits):
    generator = plant() if plant is ignoring_training else plant(dc.networks.generator(SHAPE, 16, width=8))
    (diagnosis,) = train(digits, epochs=2, generator=generator).diagnoses
    assert diagnosis.name == "batch normalisation in inference mode" and diagnosis.epoch == 1
    assert f"the generator's {layer}" in diagnosis.evidence and "project_norm" not in diagnosis.evidence


def test_a_run_that_ends_in_nan_is_named_before_the_error_reaches_the_reader(make_gan, digits, capsys):
    def explode(real_logits, fake_logits):
        d_loss, g_loss = dc.losses.non_saturating(real_logits, fake_logits)
        return d_loss * np.inf, g_loss

    doctor = dc.Doctor()
    with pytest.raises(FloatingPointError):
        make_gan(explode).fit(digits.images[:64], epochs=9, initial_epoch=4, verbose=0, callbacks=[doctor])
    (diagnosis,) = doctor.diagnoses
    assert (diagnosis.name, diagnosis.epoch) == ("gradients exploding", 5)
    assert "not finite" in diagnosis.evidence and "clip both" in capsys.readouterr().out


def test_the_error_that_it_is_told_of_decides():
    doctor = dc.Doctor()
    doctor.set_params({})
    doctor.on_train_interrupted(KeyboardInterrupt())
    assert doctor.diagnoses == []
    doctor.on_train_interrupted(FloatingPointError("d_loss not finite. Lower learning_rate."))
    assert doctor.diagnoses[0].evidence == "d_loss not finite"


def test_an_interrupt_by_hand_is_no_failure(make_gan, digits):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    doctor = dc.Doctor()
    with pytest.raises(KeyboardInterrupt):
        make_gan().fit(digits.images[:64], epochs=3, verbose=0, callbacks=[doctor, Stop()])
    assert doctor.diagnoses == []


# -- its manners ---------------------------------------------------------------------------------------------------


def test_the_doctor_changes_nothing_in_the_run(make_gan, digits):
    def run(callbacks):
        keras.utils.set_random_seed(0)
        gan = make_gan(averaging=0.9)
        gan.fit(digits.images[:64], epochs=3, verbose=0, callbacks=callbacks)
        return weights_of(gan)

    assert same(run([]), run([dc.Doctor(digits)]))


def test_a_short_run_says_what_it_could_not_check_and_a_second_run_starts_anew(make_gan, digits):
    gan, doctor = make_gan(), dc.Doctor(digits)
    assert "Checked: nothing" in doctor.report()
    gan.fit(digits.images[:64], epochs=2, verbose=0, callbacks=[doctor])
    assert doctor.report() == (
        "No failure seen in 2 epochs. Checked: gradients exploding, images out of range, batch normalisation in inference "
        "mode. Not checked here: discriminator saturated, generator gradient vanished, mode collapse, oscillation."
    )
    doctor.diagnoses.append(Diagnosis("a <b>", 1, "", "", ""))
    assert "a &lt;b&gt;" in doctor._repr_html_()
    gan.fit(digits.images[:64], epochs=1, verbose=0, callbacks=[doctor])
    assert doctor.diagnoses == [] and "1 epochs" in doctor.report()


def at_work(gan):
    doctor = dc.Doctor()
    doctor.set_params({})
    doctor.set_model(gan)
    doctor.on_train_begin()
    return doctor


def test_saturation_asks_for_the_d_of_x_that_label_smoothing_asks_for(make_gan):
    doctor = at_work(make_gan(label_smoothing=0.1))
    for doctor.step in (100, 200, 300):
        doctor._check_discriminator(real=0.9, fake=0.001, steps=100)
    assert names(doctor) == ["discriminator saturated"]


def test_scores_of_a_wasserstein_gan_are_not_read_as_probabilities(make_gan):
    doctor = at_work(make_gan("wasserstein"))
    norms = {"d_norm_clipped": 1.0, "g_norm_clipped": 1.0, "g_norm": 1.0}
    for epoch in range(30):
        doctor.model.generator_optimizer.iterations.assign(100 * (epoch + 1))
        doctor.on_epoch_end(epoch, {"d_loss": -20.0, "d_real": 1.0, "d_fake": 0.001 + 0.9 * (epoch % 2), **norms})
    assert not {"discriminator saturated", "oscillation"} & {*names(doctor), *doctor.checked}


def test_twins_show_where_the_mean_distance_would_not(digits):
    few = np.repeat(digits.images[:8], 8, axis=0)
    mean_distance = [np.mean([np.linalg.norm(a - b) for a in x for b in x]) for x in (few, digits.images[:64])]
    assert mean_distance[0] > 0.7 * mean_distance[1] and _spacing(few)[0] < 0.01 * _spacing(digits.images[:64])[0]
    assert _spacing(np.zeros((16, 28, 28, 3), "float32")) == (0.0, 0.0)  # any size


@pytest.mark.parametrize(
    "values, turns",
    [
        ([], 0),
        ([0.1, 0.5, 0.9], 0),
        ([0.4, 0.45, 0.39, 0.44], 0),
        ([0.1, 0.5, 0.1, 0.5], 2),
        ([0.5, 0.1, 0.3, 0.25, 0.0], 2),
    ],
)
def test_turns_count_swings_and_not_wobbles(values, turns):
    assert _turns(values, 0.1) == turns


@pytest.mark.parametrize(
    "images, message",
    [
        (np.zeros((64, 16, 16)), r"real images must have the shape .* Received: shape \(64, 16, 16\)"),
        (np.full((64, 16, 16, 1), 255.0), r"Rescale: images / 127.5 - 1"),
        (np.zeros((5, 16, 16, 1)), r"needs 16 real images or more. Received: 5"),
        ("digits", r"Received: shape \(\)"),
    ],
)
def test_what_is_not_a_set_of_images_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        dc.Doctor(images)


def test_images_of_another_shape_than_the_generators_are_refused(make_gan, digits):
    with pytest.raises(ValueError, match=r"given images \(32, 32, 1\), the generator makes \(16, 16, 1\). Give it"):
        make_gan().fit(digits.images[:64], callbacks=[dc.Doctor(dc.datasets.load("digits", size=32))])
