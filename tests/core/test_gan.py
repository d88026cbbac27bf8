import importlib

import keras
import numpy as np
import pytest
from conftest import numbers, only_tensorflow, same, weights_of

import dcgan_course as dc
from dcgan_course import backends, losses
from dcgan_course.guard import Callback
from dcgan_course.metrics import NAMES as METRICS


@pytest.fixture
def images(digits):
    return digits.images[:70]


def fit(gan, images, batch_size=32, epochs=1, **kwargs):
    return gan.fit(dc.datasets.Batches(images, batch_size), epochs=epochs, verbose=0, **kwargs).history


def test_fit_reports_every_metric_every_epoch(make_gan, images):
    history = fit(make_gan(clip_norm=0.01), images, epochs=3)
    assert set(history) == {*METRICS, "images_per_second"} and all(len(v) == 3 for v in history.values())
    assert np.isfinite(list(history.values())).all()
    assert 0 < history["d_fake"][0] < 1 and 0 < history["d_real"][0] < 1
    assert history["g_norm_clipped"][0] < history["g_norm"][0] and history["d_norm_clipped"] == history["d_norm"]


@pytest.mark.parametrize("loss", losses.LOSSES)
def test_every_loss_trains_both_networks(make_gan, images, loss):
    gan = make_gan(loss)
    before = [weights_of(net) for net in (gan.generator, gan.discriminator)]
    fit(gan, images)
    for net, old in zip((gan.generator, gan.discriminator), before):
        still = [w.path for w, a, b in zip(net.weights, weights_of(net), old) if np.array_equal(a, b)]
        assert still in ([], ["logit/bias"] if loss in ("hinge", "wasserstein") else [])  # it cancels out there


@only_tensorflow
def test_the_step_is_the_one_written_by_hand(make_gan, images):
    """One batch: losses, D(x), and both networks' new weights against a plain gradient tape and plain Adam."""
    import tensorflow as tf

    gan = make_gan(clip_value=0.001, label_smoothing=0.1, steps_per_execution=1)
    generator, discriminator = keras.models.clone_model(gan.generator), keras.models.clone_model(gan.discriminator)
    generator.set_weights(gan.generator.get_weights())
    discriminator.set_weights(gan.discriminator.get_weights())
    latents = keras.random.normal((32, 8), seed=keras.random.SeedGenerator(0))
    history = fit(gan, images[:32])

    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real = dc.datasets.Batches(images[:32], 32)[0]
    with tf.GradientTape(persistent=True) as tape:
        fake = generator(latents, training=True)
        real_logits, fake_logits = discriminator(real, training=True), discriminator(fake, training=True)
        d_loss = bce(tf.fill((32, 1), 0.9), real_logits) + bce(tf.zeros((32, 1)), fake_logits)
        g_loss = bce(tf.ones((32, 1)), fake_logits)
    d_gradients = tape.gradient(d_loss, discriminator.trainable_variables)
    g_gradients = tape.gradient(g_loss, generator.trainable_variables)
    for net, gradients, bound in ((discriminator, d_gradients, 1e9), (generator, g_gradients, 0.001)):
        gradients = [tf.clip_by_value(g, -bound, bound) for g in gradients]
        keras.optimizers.Adam(2e-4, beta_1=0.5).apply(gradients, net.trainable_variables)

    assert history["d_loss"][0] == pytest.approx(float(d_loss), rel=1e-4)
    assert history["g_loss"][0] == pytest.approx(float(g_loss), rel=1e-4)
    assert history["d_real"][0] == pytest.approx(float(tf.reduce_mean(tf.sigmoid(real_logits))), rel=1e-4)
    assert history["d_norm"][0] == pytest.approx(float(tf.linalg.global_norm(d_gradients)), rel=1e-3)
    for mine, theirs in ((generator, gan.generator), (discriminator, gan.discriminator)):
        for a, b in zip(mine.get_weights(), theirs.get_weights(), strict=True):
            assert np.allclose(a, b, atol=3e-5)


def test_each_epoch_has_its_own_order_and_a_second_fit_goes_on(make_gan, images):
    orders = []

    class Recorder(dc.datasets.Batches):
        def on_epoch_begin(self):
            super().on_epoch_begin()
            orders.append(self._order.tolist())

    gan, batches = make_gan(), Recorder(images, 32, seed=7)
    for epochs in (2, 1):
        gan.fit(batches, epochs=epochs, verbose=0)
    assert orders == [np.random.default_rng([7, epoch]).permutation(70).tolist() for epoch in range(3)]


def test_neither_network_is_frozen_or_moved_by_the_other(make_gan, images, monkeypatch):
    """With the generator's update left out, the discriminator learns, the generator stays, nothing is frozen."""
    gan = make_gan()
    monkeypatch.setattr(gan.generator_optimizer, "apply", lambda gradients, variables: None)
    g_before, d_before = ([numbers(v.value) for v in net.trainable_variables] for net in (gan.generator, gan.discriminator))
    fit(gan, images)
    assert same(g_before, [numbers(v.value) for v in gan.generator.trainable_variables])
    assert not any(np.array_equal(a, numbers(v.value)) for a, v in zip(d_before, gan.discriminator.trainable_variables))
    assert all(layer.trainable for net in (gan.generator, gan.discriminator) for layer in net.layers)


def test_the_last_partial_batch_is_trained_on_and_counts_for_its_size(make_gan, images):
    seen = []

    class Steps(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(float(self.model.means["d_loss"].count))

    gan = make_gan()
    fit(gan, images, callbacks=[Steps()])  # 32 + 32 + 6
    assert seen == [32, 64, 70] and int(gan.generator_optimizer.iterations) == 3


@only_tensorflow
def test_several_steps_in_one_call_change_nothing_but_the_speed(make_gan, images):
    one, many = make_gan(steps_per_execution=1), make_gan(steps_per_execution=8)
    many.set_weights(one.get_weights())
    first, second = fit(one, images, epochs=2), fit(many, images, epochs=2)
    assert many.steps_per_execution == 8
    for name in METRICS:
        assert second[name] == pytest.approx(first[name], rel=1e-4)


def test_jit_compile_passes_through_and_trains(make_gan, images):
    gan = make_gan()
    gan.compile(gan.strategy, jit_compile=True, steps_per_execution=1)
    history = fit(gan, images[:64])
    assert gan.jit_compile is True and gan.generator_optimizer.iterations == 2
    assert history["d_loss"][0] == pytest.approx(2 * np.log(2), rel=0.1)  # XLA draws other latents


def test_labels_in_the_data_are_left_aside(make_gan, images):
    with_labels, without = make_gan(), make_gan()
    without.set_weights(with_labels.get_weights())
    tf = pytest.importorskip("tensorflow")
    source = tf.data.Dataset.from_tensor_slices((images, np.zeros(len(images)))).batch(70)
    losses_with = with_labels.fit(source, verbose=0).history["d_loss"]
    assert losses_with == pytest.approx(without.fit(source.map(lambda x, y: x), verbose=0).history["d_loss"], rel=1e-5)


def test_same_seed_same_run_and_latents_differ_from_step_to_step(make_gan, images):
    a, b = make_gan(), make_gan()
    b.set_weights(a.get_weights())
    first, second = numbers(a.draw(4)[0]), numbers(a.draw(4)[0])
    assert not np.array_equal(first, second)
    assert np.array_equal(first, numbers(b.draw(4)[0]))
    b.draw(4)
    assert fit(a, images)["d_loss"] == pytest.approx(fit(b, images)["d_loss"], rel=1e-5)


def test_sample_is_fixed_by_its_seed_and_new_without(make_gan):
    gan = make_gan()
    images = gan.sample(5, seed=1)
    assert images.shape == (5, 16, 16, 1) and images.dtype == np.float32 and np.abs(images).max() <= 1
    assert np.array_equal(images, gan.sample(5, seed=1)) and not np.array_equal(images, gan.sample(5, seed=2))
    assert not np.array_equal(gan.sample(5), gan.sample(5))
    assert gan.sample(300, seed=1).shape[0] == 300 and np.allclose(
        gan.sample(300, seed=1)[:5], gan.generate(gan.latents(300, 1)[:5])
    )


def test_the_averaged_generator_follows_and_is_the_one_that_samples(make_gan, images):
    gan = make_gan(averaging=0.9, learning_rate=1e-2)
    fit(gan, images, epochs=3)
    averaged, current = weights_of(gan.averaged_generator), weights_of(gan.generator)
    assert not same(averaged, current)
    latents = gan.latents(3, 0)
    assert np.allclose(gan.generate(latents), numbers(gan.averaged_generator(latents, training=False)), atol=1e-6)
    plain = make_gan(learning_rate=1e-2)
    assert np.allclose(plain.generate(latents), numbers(plain.generator(latents, training=False)), atol=1e-6)


def test_the_average_is_the_exponential_one(make_gan):
    gan = make_gan(averaging=0.5)
    gan.generator_optimizer.iterations.assign(1000)  # past the start, where the memory is shorter
    start = weights_of(gan.averaged_generator)[0]
    gan.generator.set_weights([w + 1 for w in gan.generator.get_weights()])
    for expected in (0.5, 0.75, 0.875):
        gan.update_average()
        assert np.allclose(weights_of(gan.averaged_generator)[0] - start, expected, atol=1e-5)


# -- saving


def test_saved_and_loaded_it_is_the_same_and_trains_on_the_same(make_gan, images, tmp_path):
    gan = make_gan(
        "least_squares",
        averaging=0.9,
        instance_noise=0.1,
        global_clip_norm=1.0,
        clip="both",
        discriminator_learning_rate=1e-4,
    )
    fit(gan, images, epochs=2)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loaded.strategy == gan.strategy and loaded.loss is losses.least_squares
    assert np.array_equal(loaded.sample(4, seed=1), gan.sample(4, seed=1))
    assert int(loaded.generator_optimizer.iterations) == 6
    again, straight = fit(loaded, images, epochs=2), fit(gan, images, epochs=2)
    for name in METRICS:
        assert again[name] == pytest.approx(straight[name], rel=1e-4), name


def test_saved_with_numbers_of_16_bits_it_samples_the_same(make_gan, images, tmp_path):
    gan = make_gan(precision="bfloat16", averaging=0.9)
    fit(gan, images)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    policies = [{layer.compute_dtype for layer in each.averaged_generator.layers} for each in (gan, loaded)]
    assert policies == [{"bfloat16"}] * 2 and np.array_equal(loaded.sample(4, seed=1), gan.sample(4, seed=1))


def test_without_compile_it_can_be_saved_and_sampled(tmp_path):
    gan = dc.GAN(dc.networks.generator((16, 16, 1), 8, width=2), dc.networks.discriminator((16, 16, 1), width=2))
    gan.save(tmp_path / "gan.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "gan.keras").sample(2, seed=0), gan.sample(2, seed=0))


def test_the_articles_pair_trains_and_saves(tmp_path):
    gan = dc.GAN(dc.relatives.article_generator(1, 16), dc.relatives.article_discriminator((32, 32, 1)))
    gan.compile(run_eagerly=True)
    fit(gan, np.zeros((4, 32, 32, 1), "float32"), batch_size=4)
    gan.save(tmp_path / "gan.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "gan.keras").sample(2, seed=0), gan.sample(2, seed=0))


# -- bad input and accidents


def test_networks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"makes images \(16, 16, 1\), the discriminator takes \(32, 32, 1\)"):
        dc.GAN(dc.networks.generator((16, 16, 1), width=2), dc.networks.discriminator((32, 32, 1), width=2))
    flat = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Conv2D(4, 4, strides=2), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="must take latent vectors.*Reshape"):
        dc.GAN(keras.Sequential([keras.Input((1, 1, 8)), keras.layers.Conv2DTranspose(1, 16)]), flat)
    with pytest.raises(ValueError, match="one logit per image.*Is a Flatten missing"):
        dc.GAN(dc.networks.generator((16, 16, 1), width=2), flat)


def test_images_that_do_not_fit_are_refused(make_gan, images):
    gan = make_gan()
    with pytest.raises(ValueError, match=r"must lie in \[-1, 1\].*Received: values from 0 to 255, uint8"):
        gan.fit(dc.datasets.to_uint8(images))
    with pytest.raises(ValueError, match=r"built for images \(16, 16, 1\). Received: images \(32, 32, 1\)"):
        gan.fit(dc.datasets.load("digits", size=32).batches(64))
    with pytest.raises(ValueError, match="Call compile"):
        dc.GAN(gan.generator, gan.discriminator).fit(images)
    tf = pytest.importorskip("tensorflow")
    too_large = dc.datasets.to_uint8(images).astype("float32")
    for source in (keras.ops.convert_to_tensor(too_large), tf.data.Dataset.from_tensor_slices(too_large).batch(32)):
        with pytest.raises(ValueError, match=r"must lie in \[-1, 1\]"):
            gan.fit(source)
    with pytest.raises(ValueError, match=r"fit takes batches: gan.fit\(dataset.batches"):
        gan.fit(dc.datasets.ImageDataset(images))
    assert len(gan.fit(images, epochs=1, verbose=0).history["d_loss"]) == 1  # a plain array in range is fine


def test_latents_and_counts_that_do_not_fit_are_refused(make_gan):
    gan = make_gan()
    for latents in (np.zeros((2, 9)), np.zeros(8), np.zeros((2, 1, 8))):
        with pytest.raises(ValueError, match=r"Latents must be \(n, 8\).*Received: \("):
            gan.generate(latents)
    for n in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="n must be a whole number of at least 1. Received"):
            gan.sample(n)


def test_loss_and_strategy_that_contradict_are_refused_at_compile(make_gan):
    with pytest.raises(ValueError, match="no labels"):
        make_gan("wasserstein", label_smoothing=0.1)
    with pytest.raises(ValueError, match="Unknown loss"):
        make_gan("gan")


@pytest.mark.parametrize("steps_per_execution", [1, 8])
def test_a_nan_stops_training_and_the_last_good_weights_stay(make_gan, images, steps_per_execution):
    gan = make_gan(steps_per_execution=steps_per_execution, averaging=0.9)
    kept = {}

    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                kept["weights"] = weights_of(gan)
                kept["optimizer"] = [numbers(v.value) for v in gan.generator_optimizer.variables]
                kernel = gan.discriminator.trainable_variables[0]
                kernel.assign(np.full(kernel.shape, np.nan))

    with pytest.raises(FloatingPointError, match="stopped in epoch 3: d_loss.*end of epoch 2"):
        fit(gan, images, epochs=5, callbacks=[Poison()])
    assert same(weights_of(gan), kept["weights"])
    assert same([numbers(v.value) for v in gan.generator_optimizer.variables], kept["optimizer"])
    assert len(gan.history.history["d_loss"]) == 2 and np.isfinite(gan.sample(3)).all()
    fit(gan, images)  # and it can be trained on


def test_a_learning_rate_that_blows_up_is_caught(make_gan, images):
    gan = make_gan("wasserstein", learning_rate=1e30)
    with pytest.raises(FloatingPointError, match="stopped in epoch"):
        fit(gan, images, epochs=5)
    assert np.isfinite(gan.sample(3)).all()


def test_an_interrupted_fit_leaves_a_usable_model_and_history(make_gan, images):
    gan = make_gan()

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if len(getattr(gan, "history", None).epoch if getattr(gan, "history", None) else []) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(gan, images, epochs=10, callbacks=[Stop()])
    assert len(gan.history.history["d_loss"]) == 2 and np.isfinite(gan.sample(3)).all()
    assert len(fit(gan, images, epochs=2)["d_loss"]) == 2


def test_other_backends_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "openvino")
    with pytest.raises(ImportError, match="Received: KERAS_BACKEND=openvino. Set KERAS_BACKEND=tensorflow"):
        importlib.reload(backends)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="about JAX")
def test_batches_that_the_devices_cannot_share_are_refused(digits, monkeypatch):
    from dcgan_course.backends import jax as backend

    mesh = type("Mesh", (), {"devices": np.zeros(2)})
    monkeypatch.setattr(keras.distribution, "distribution", lambda: type("Two", (), {"device_mesh": mesh}))
    with pytest.raises(ValueError, match=r"must be a multiple of 2.*drop_remainder=True.*batches of 64 and 5"):
        backend.batches(dc.datasets.Batches(digits.images[:69], 64))


def test_gradients_by_hand():
    a, b = keras.Variable([1.0, 2.0]), keras.Variable(3.0)
    value, (of_a, of_b) = dc.value_and_gradients(lambda: keras.ops.sum(a * a) * b, [a, b])
    assert float(numbers(value)) == 15
    assert numbers(of_a) == pytest.approx([6, 12]) and float(numbers(of_b)) == 5
    (value, besides), (of_b,) = dc.value_and_gradients(lambda: (b * b, a + 1), [b])
    assert float(numbers(value)) == 9 and numbers(besides) == pytest.approx([2, 3]) and float(numbers(of_b)) == 6
    assert numbers(a) == pytest.approx([1, 2])  # asking changes nothing


def test_gradients_by_hand_are_the_steps(make_gan, digits):
    gan = make_gan(instance_noise=0.1)
    real = keras.ops.convert_to_tensor(digits.images[:8])
    drawn = gan.draw(8)
    latents, real_noise, fake_noise, *_ = drawn
    losses, _, *gradients_of_step = backends.gradients(gan, real, drawn=drawn)

    def loss(i):
        fake = gan.generator(latents, training=True)
        logits = [gan.discriminator(x, training=True) for x in (real + real_noise, fake + fake_noise)]
        return gan.loss_function(*logits)[i]

    for i, network in enumerate((gan.discriminator, gan.generator)):
        value, gradients = dc.value_and_gradients(lambda i=i: loss(i), network.trainable_variables)
        assert float(numbers(value)) == pytest.approx(float(numbers(losses[i])), rel=1e-5)
        for mine, theirs in zip(gradients, gradients_of_step[i], strict=True):
            assert numbers(mine) == pytest.approx(numbers(theirs), abs=1e-6)


def test_a_source_without_a_batch_and_a_loss_that_is_none_are_refused(make_gan):
    with pytest.raises(ValueError, match="the data source is empty"):
        make_gan().fit([])
    with pytest.raises(ValueError, match=r"Unknown loss \['hinge'\]"):
        make_gan(["hinge"])


# -- what a Keras user might ask of fit, and callbacks of ours


def test_an_array_is_shuffled_unless_that_is_not_wanted(make_gan, images, monkeypatch):
    seen = []
    batches = backends.batches
    monkeypatch.setattr(backends, "batches", lambda source: seen.append(source) or batches(source))
    make_gan().fit(images, batch_size=40, shuffle=False, verbose=0)
    make_gan().fit(images, verbose=0)
    assert np.array_equal(seen[0][0], images[:40]) and len(seen[1][0]) == 32 and not np.array_equal(seen[1][0], images[:32])
    unshuffled = dc.datasets.ImageDataset(images).batches(30, shuffle=False)
    for _ in range(2):
        unshuffled.on_epoch_begin()
        assert np.array_equal(np.concatenate(list(unshuffled)), images)


def test_a_source_of_keras_keeps_its_order_if_that_is_asked(make_gan, images):
    seen = []

    class Source(keras.utils.PyDataset):
        def __len__(self):
            return 12

        def __getitem__(self, index):
            seen.append(index)
            return images[:4]

    gan = make_gan()
    for shuffle in (False, True):
        seen.clear()
        gan.fit(Source(), shuffle=shuffle, verbose=0)
        in_order = seen[-12:] == sorted(seen[-12:])
        assert in_order != shuffle


@pytest.mark.parametrize("asked", [{"batch_size": 2}, {"shuffle": False}])
def test_a_source_that_makes_its_own_batches_is_not_told_otherwise_in_silence(make_gan, images, asked):
    with pytest.raises(ValueError, match="this source makes batches of its own.*Received: batch_size="):
        make_gan().fit(dc.datasets.Batches(images, 32), **asked)


@pytest.mark.parametrize("name", ["validation_data", "validation_split", "y", "sample_weight", "class_weight"])
def test_what_a_gan_has_no_use_for_is_refused_in_words(make_gan, images, name):
    gan = make_gan()
    before = weights_of(gan)
    with pytest.raises(ValueError, match=f"A GAN has no use for {name}: it learns from images alone.*dc.evaluation"):
        gan.fit(images, **{name: images})
    assert same(before, weights_of(gan))
    gan.fit(images, verbose=0, **{name: None})


def test_evaluate_is_refused_with_what_measures_quality(make_gan, images):
    with pytest.raises(NotImplementedError, match="no loss that says how good its images are.*dc.evaluation.report"):
        make_gan().evaluate(images)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError("why")])
def test_callbacks_are_given_the_error_that_ended_training(make_gan, images, error):
    given = []

    class Told(Callback):
        def on_train_interrupted(self, error):
            given.append(error)

    class Fails(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise error

    with pytest.raises(type(error)):
        fit(make_gan(), images, callbacks=[Told(), Fails()])
    assert given == [error]


def test_a_file_keeps_the_steps_per_execution_that_were_asked_for(make_gan, images, tmp_path, monkeypatch):
    monkeypatch.setattr(backends, "most_steps", lambda gan: 1)  # as under JAX
    gan = make_gan(steps_per_execution=5)
    assert gan.steps_per_execution == 1
    gan.save(tmp_path / "gan.keras")
    monkeypatch.setattr(backends, "most_steps", lambda gan: 100)
    assert keras.models.load_model(tmp_path / "gan.keras").steps_per_execution == 5
