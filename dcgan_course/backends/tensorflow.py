"""The adversarial step in TensorFlow."""

import math

import keras
import tensorflow as tf

from .. import metrics


def train_step(gan, data):
    """Update both networks once on a batch of real images; Keras compiles it and calls it for each batch.

    Both losses are computed at the same weights from one generator pass, then both networks move.

    Args:
        gan: a compiled `GAN`.
        data: images `(B, H, W, C)`, alone or first in Keras' `(x, y, sample_weight)`, where y are class numbers `(B,)` if
            the networks know of classes; B may differ from batch to batch.

    Returns:
        `{metric name: running mean of this epoch}`.
    """
    real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    losses, logits, d_gradients, g_gradients = gradients(gan, real, labels)
    d_clipped = gan.strategy.clip_gradients(d_gradients, "discriminator")
    g_clipped = gan.strategy.clip_gradients(g_gradients, "generator")
    _apply(gan.discriminator_optimizer, d_clipped, gan.discriminator)
    _apply(gan.generator_optimizer, g_clipped, gan.generator)
    gan.update_average()
    gan.update_augmentation(logits[0])
    return metrics.update(gan.means, losses, logits, (d_gradients, g_gradients), (d_clipped, g_clipped))


def gradients(gan, real, labels=None, drawn=None):
    """Both losses and each network's gradient of its own.

    Gradients are asked for by variable list, so neither network is ever frozen and neither receives the other's. With
    several replicas both are those of the whole batch, whatever the loss, and the logits those of this replica's part.

    Args:
        gan: a compiled `GAN`. Its batch statistics and random state move.
        real: images `(B, H, W, C)`.
        labels: class numbers `(B,)` of the images, which the fakes get, too; None where the networks know of no classes.
        drawn: random numbers as from `gan.draw(B)`; None draws them.

    Returns:
        `(d_loss, g_loss), (real_logits, fake_logits), d_gradients, g_gradients`.
    """
    replica = _Replica(tf.shape(real)[0])
    latents, real_noise, fake_noise, transforms, mix = drawn or replica.rows_of(gan.draw(replica.all))
    with tf.GradientTape(persistent=True) as tape:
        fake = gan.generator(gan.inputs_of(latents, labels), training=True)
        real, fake = gan.seen(real, real_noise, transforms), gan.seen(fake, fake_noise, transforms)
        real_logits = gan.discriminator(gan.inputs_of(real, labels), training=True)
        fake_logits = gan.discriminator(gan.inputs_of(fake, labels), training=True)
        logits = tf.cast(real_logits, "float32"), tf.cast(fake_logits, "float32")
        d_loss, g_loss = gan.loss_function(*(replica.gather(x) for x in logits))
        if gan.strategy.gradient_penalty:
            slopes = _slopes(gan, real if mix is None else real + mix * (fake - real), labels)
            d_loss = gan.with_penalty(d_loss, replica.gather(slopes))
        losses = d_loss, g_loss
        d_loss, g_loss = (replica.share(loss) for loss in losses)
    d_gradients = _dense(tape.gradient(d_loss, gan.discriminator.trainable_variables))
    g_gradients = _dense(tape.gradient(g_loss, gan.generator.trainable_variables))
    return losses, logits, replica.sum(d_gradients), replica.sum(g_gradients)


def _dense(gradients):
    """As plain tensors: those of embedded labels come as rows, some of them twice, whose norm is not the gradient's."""
    return [tf.convert_to_tensor(g) for g in gradients]


def _slopes(gan, images, labels):
    """The gradients of D's logits by the images, `(B, H, W, C)`."""
    with tf.GradientTape() as tape:
        images = tf.stop_gradient(images)
        tape.watch(images)
        logits = gan.discriminator(gan.inputs_of(images, labels), training=False)  # without batch normalisation the same
    return tf.cast(tape.gradient(logits, images), "float32")


def value_and_gradients(function, variables):
    """The value of a function of no arguments, and its gradient by each of a list of `keras.Variable`.

    `function` returns a scalar tensor, or a tuple of one and of whatever else is wanted. Returned are that, and a list of
    tensors, None where the function does not depend on a variable.
    """
    with tf.GradientTape() as tape:
        result = function()
    return result, tape.gradient(result[0] if isinstance(result, tuple) else result, list(variables))


def _apply(optimizer, gradients, network):
    copies = tf.distribute.get_strategy().num_replicas_in_sync
    if copies > 1:  # Keras will sum over the replicas, which all hold the same sum already
        gradients = [g / copies for g in gradients]
    optimizer.apply(gradients, network.trainable_variables)


class _Replica:
    """The `n` images of a batch that this device works on under `tf.distribute`: `all`, where there is one device."""

    def __init__(self, n):
        self.n = self.all = n
        self.context = tf.distribute.get_replica_context()
        self.alone = self.context.num_replicas_in_sync == 1
        if not self.alone:
            each = self.context.all_gather(tf.reshape(n, (1,)), axis=0)
            self.all = tf.reduce_sum(each)
            self.begin = tf.reduce_sum(each[: self.context.replica_id_in_sync_group])

    def rows_of(self, tensors):
        """This part's rows of tensors drawn for the whole batch: all replicas draw alike, as one device would."""
        if self.alone:
            return tensors
        return keras.tree.map_structure(lambda t: t if t is None else t[self.begin : self.begin + self.n], tensors)

    def gather(self, logits):
        """The whole batch's logits, so that a loss may compare any of them; on every replica the same."""
        return logits if self.alone else self.context.all_gather(logits, axis=0)

    def share(self, loss):
        """The loss divided by the replicas: the backward pass of `gather` adds up what all of them have."""
        return loss if self.alone else loss / self.context.num_replicas_in_sync

    def sum(self, gradients):
        return gradients if self.alone else self.context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)


def most_steps(gan):
    """Any number on one device; one on several, where Keras' loop inside the graph fails; several machines are refused."""
    if isinstance(gan.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
        raise RuntimeError(
            "Keras 3 cannot fit under MultiWorkerMirroredStrategy (keras-team/keras#20585). Train on several machines with "
            "JAX: KERAS_BACKEND=jax, keras.distribution.initialize and DataParallel, as chapter 07 shows; on one machine "
            "MirroredStrategy works."
        )
    return 1 if gan.distribute_strategy.num_replicas_in_sync > 1 else math.inf


def settle(gan, error):
    """Nothing to do: the variables always have their values."""
    return True


def is_first_process():
    return True


def batches(source):
    """The course's `Batches` as a `tf.data.Dataset` without autotuning.

    Keras' own adapter leaves autotuning on, which can hold back the end of an epoch for seconds.
    """

    def one_epoch():
        source.on_epoch_begin()
        for index in range(len(source)):
            yield source[index]

    def signature(part):
        return tf.TensorSpec((None, *part.shape[1:]), part.dtype)

    dataset = tf.data.Dataset.from_generator(one_epoch, output_signature=keras.tree.map_structure(signature, source[0]))
    options = tf.data.Options()
    options.autotune.enabled = False
    cardinality = tf.data.experimental.assert_cardinality(len(source))
    return dataset.apply(cardinality).prefetch(2).with_options(options)
