"""The adversarial step in TensorFlow."""

import keras
import tensorflow as tf

# TensorFlow's remapper trips over a convolution with bias before a LeakyReLU, and says so on stderr at every trace.
tf.config.optimizer.set_experimental_options({"remapping": False})


def train_step(gan, data):
    """Update both networks once on a batch of real images; Keras compiles it and calls it for each batch.

    Both losses are computed at the same weights from one generator pass, then both networks move. Gradients are asked
    for by variable list, so neither network is ever frozen and neither receives the other's gradients.

    Args:
        gan: a compiled `GAN`.
        data: images `(B, H, W, C)`, alone or first in Keras' `(x, y, sample_weight)`; B may differ from batch to batch.

    Returns:
        `{metric name: running mean of this epoch}`.
    """
    real, _, _ = keras.utils.unpack_x_y_sample_weight(data)
    generator, discriminator = gan.generator, gan.discriminator
    latents = gan.draw_latents(tf.shape(real)[0])

    with tf.GradientTape(persistent=True) as tape:
        fake = generator(latents, training=True)
        real_logits = discriminator(gan.strategy.perturb(real, gan.seed_generator), training=True)
        fake_logits = discriminator(gan.strategy.perturb(fake, gan.seed_generator), training=True)
        d_loss, g_loss = gan.loss_function(real_logits, fake_logits)

    d_gradients = tape.gradient(d_loss, discriminator.trainable_variables)
    g_gradients = tape.gradient(g_loss, generator.trainable_variables)
    del tape

    d_clipped = gan.strategy.clip_gradients(d_gradients, "discriminator")
    g_clipped = gan.strategy.clip_gradients(g_gradients, "generator")
    gan.discriminator_optimizer.apply(d_clipped, discriminator.trainable_variables)
    gan.generator_optimizer.apply(g_clipped, generator.trainable_variables)
    gan.update_average()

    return gan.update_metrics(real_logits, fake_logits, (d_loss, g_loss), (d_gradients, d_clipped), (g_gradients, g_clipped))


def batches(source):
    """The course's `Batches` as a `tf.data.Dataset` without autotuning.

    Keras' own adapter leaves autotuning on, which can hold back the end of an epoch for seconds.
    """

    def one_epoch():
        source.on_epoch_begin()
        for index in range(len(source)):
            yield source[index]

    shape = (None, *source[0].shape[1:])
    dataset = tf.data.Dataset.from_generator(one_epoch, output_signature=tf.TensorSpec(shape, "float32"))
    options = tf.data.Options()
    options.autotune.enabled = False
    cardinality = tf.data.experimental.assert_cardinality(len(source))
    return dataset.apply(cardinality).prefetch(2).with_options(options)
