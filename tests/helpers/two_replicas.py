"""Run by test_devices.py in a process of its own: one global batch on two logical devices and on one, as JSON."""

import json

import keras
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import dcgan_course as dc  # noqa: E402
from dcgan_course import metrics as step_metrics  # noqa: E402
from dcgan_course.backends import tensorflow as backend  # noqa: E402

SHAPE, BATCH = (16, 16, 1), 15
LOSSES = {"non_saturating": {}, "relativistic_average": {"label_smoothing": 0.1}}  # the second compares images with others

keras.utils.set_random_seed(0)
mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
images = np.random.default_rng(0).uniform(-1, 1, (2 * BATCH + 3, *SHAPE)).astype("float32")
parts = (images[:9], images[9:BATCH])  # unequal, as a last batch may be


def new_gan(loss, fields):
    gan = dc.GAN(dc.networks.generator(SHAPE, 8, width=4), dc.networks.discriminator(SHAPE, width=4), seed=3)
    strategy = dc.Strategy(learning_rate=2e-3, clip_norm=0.01, instance_noise=0.2, averaging=0.9, **fields)
    gan.compile(strategy, loss, jit_compile=False)  # XLA would draw other latents
    return gan


def new_pair(loss, fields):
    """A GAN on two replicas and one on one device, with the same weights."""
    with mirrored.scope():
        two = new_gan(loss, fields)
    one = new_gan(loss, fields)
    one.set_weights(two.get_weights())
    return two, one


def distance(a, b):
    """The largest difference of two lists of arrays, relative to the largest number in them."""
    return float(max(np.abs(x - y).max() for x, y in zip(a, b, strict=True)) / max(np.abs(y).max() for y in b))


def on(replica, tree):
    return [mirrored.experimental_local_results(x)[replica].numpy() for x in tree]


def compared(on_two, on_one):
    return {
        "to_one_device": distance(on(0, on_two), [x.numpy() for x in on_one]),
        "between_replicas": distance(on(0, on_two), on(1, on_two)),
    }


def gradients(two, one):
    """Of both networks, for one batch in unequal parts."""
    per_replica = mirrored.experimental_distribute_values_from_function(
        lambda context: tf.constant(parts[context.replica_id_in_sync_group])
    )
    split = mirrored.run(tf.function(lambda x: backend.gradients(two, x)[2:]), (per_replica,))
    whole = backend.gradients(one, tf.constant(images[:BATCH]))[2:]
    return {name: compared(*pair) for name, *pair in zip(("discriminator", "generator"), split, whole, strict=True)}


def training(two, one):
    """Two epochs of two batches that do not halve and of a last one: all weights, Adam's memories, every epoch's metrics.

    Adam's steps are the same for gradients twice as large; its memories are not.
    """
    histories = [gan.fit(dc.datasets.Batches(images, BATCH), epochs=2, verbose=0).history for gan in (two, one)]
    metrics = [[np.array(history[name]) for name in step_metrics.NAMES] for history in histories]
    found = {"metrics": {"to_one_device": distance(*metrics)}}
    for name in ("generator", "discriminator", "averaged_generator"):
        found[name] = compared(*([v.value for v in getattr(gan, name).variables] for gan in (two, one)))
    for name in ("generator_optimizer", "discriminator_optimizer"):
        for kind in ("momentum", "velocity"):
            variables = ([v.value for v in getattr(gan, name).variables if kind in v.path] for gan in (two, one))
            found[f"{name}'s {kind}"] = compared(*variables)
    return found


result = {f"gradients, {loss}": gradients(*new_pair(loss, fields)) for loss, fields in LOSSES.items()}
result["training"] = training(*new_pair("non_saturating", {}))
print(json.dumps(result))
