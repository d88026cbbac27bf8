"""Run by test_devices.py in a process of its own: one global batch on two logical devices and on one, as JSON."""

import json

import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import dcgan_course as dc  # noqa: E402
from dcgan_course.backends import tensorflow as backend  # noqa: E402

SHAPE, BATCH = (16, 16, 1), 14


def new_gan():
    gan = dc.GAN(dc.networks.generator(SHAPE, 8, width=4), dc.networks.discriminator(SHAPE, width=4), seed=3)
    gan.compile(dc.Strategy(clip_norm=0.01, instance_noise=0.2, averaging=0.9))
    return gan


def distance(a, b):
    """The largest difference of two lists of arrays, relative to each array's largest number."""
    return float(max(np.abs(x - y).max() / np.abs(y).max() for x, y in zip(a, b, strict=True)))


mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with mirrored.scope():
    two = new_gan()
one = new_gan()
one.set_weights(two.get_weights())
images = np.random.default_rng(0).uniform(-1, 1, (BATCH, *SHAPE)).astype("float32")
parts = (images[: BATCH // 2 + 2], images[BATCH // 2 + 2 :])  # unequal, as a last batch may be

per_replica = mirrored.experimental_distribute_values_from_function(
    lambda context: tf.constant(parts[context.replica_id_in_sync_group])
)
split = mirrored.run(tf.function(lambda x: backend.gradients(two, x)[2:]), (per_replica,))
whole = backend.gradients(one, tf.constant(images))[2:]
first = lambda tree: [mirrored.experimental_local_results(x)[0].numpy() for x in tree]  # noqa: E731
second = lambda tree: [mirrored.experimental_local_results(x)[1].numpy() for x in tree]  # noqa: E731
result = {
    name: {
        "to_one_device": distance(first(on_two), [g.numpy() for g in on_one]),
        "between_replicas": distance(first(on_two), second(on_two)),
    }
    for name, on_two, on_one in zip(("discriminator", "generator"), split, whole)
}
print(json.dumps(result))
