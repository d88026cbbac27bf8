"""Claim: our training step is at least 1.3 times as fast as the usual Keras way with the same networks.

The usual way is a `train_step` that runs the generator twice, once for each network's update, on networks with Keras'
own batch normalisation, one step a call. Then each lever is added in turn. All variants train by turns on the same
batches in one process; a variant's figure is the median of its rounds.

    python benchmarks/bench_step.py [--width 32] [--rounds 7]
"""

import argparse
import statistics
import time

import dcgan_course as dc
from dcgan_course import backends, networks

import keras  # isort: skip
import measure
import tensorflow as tf

BATCH, STEPS_PER_CALL = 64, 8


class UsualGAN(keras.Model):
    """A GAN as most Keras code writes it: one binary cross-entropy per network, one generator pass per update."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)
        self.d_optimizer, self.g_optimizer = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
        self.d_mean, self.g_mean = keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")

    def train_step(self, real):
        n = tf.shape(real)[0]
        ones, zeros = tf.ones((n, 1)), tf.zeros((n, 1))
        fake = self.generator(tf.random.normal((n, 100)), training=True)
        with tf.GradientTape() as tape:
            logits = self.discriminator(tf.concat([real, fake], 0), training=True)
            d_loss = self.bce(tf.concat([ones, zeros], 0), logits)
        gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(gradients, self.discriminator.trainable_weights))
        with tf.GradientTape() as tape:
            fake = self.generator(tf.random.normal((n, 100)), training=True)
            g_loss = self.bce(ones, self.discriminator(fake, training=True))
        gradients = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(gradients, self.generator.trainable_weights))
        self.d_mean.update_state(d_loss)
        self.g_mean.update_state(g_loss)
        return {"d_loss": self.d_mean.result(), "g_loss": self.g_mean.result()}


def with_keras_batch_normalization(model):
    def own(layer):
        if isinstance(layer, networks.BatchNormalization):
            return keras.layers.BatchNormalization.from_config(layer.get_config())
        return layer.__class__.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=own)


def variants(shape, width):
    def pair():
        return networks.generator(shape, width=width), networks.discriminator(shape, width=width)

    def ours(nets, steps):
        gan = dc.GAN(*nets)
        gan.compile(steps_per_execution=steps)
        return gan

    usual = UsualGAN(*map(with_keras_batch_normalization, pair()))
    usual.compile()
    return {
        "usual Keras way": usual,
        "+ one generator pass": ours(map(with_keras_batch_normalization, pair()), 1),
        "+ fused batch normalisation": ours(pair(), 1),
        f"+ {STEPS_PER_CALL} steps a call (ours)": ours(pair(), STEPS_PER_CALL),
    }


class Epoch(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    result = {}
    for width in args.width:
        models = variants(digits.image_shape, width)
        source = backends.load().batches(digits.batches(BATCH, drop_remainder=True))
        seconds = {name: [] for name in models}
        for round_ in range(args.rounds + 1):
            for name, model in models.items():
                clock = Epoch()
                keras.Model.fit(model, source, epochs=1, verbose=0, shuffle=False, callbacks=[clock])
                if round_:  # the first round compiles
                    seconds[name].append(clock.seconds)
        images = len(digits) // BATCH * BATCH
        base = seconds["usual Keras way"]
        print(f"\n32×32×1, width {width}, batch {BATCH}, {args.rounds} rounds of {images} images")
        rows = {}
        for name, took in seconds.items():
            ratio = statistics.median(b / t for b, t in zip(base, took))
            rows[name] = {"images_per_second": round(images / statistics.median(took)), "ratio": round(ratio, 2)}
            print(f"  {name:32s} {rows[name]['images_per_second']:6d} images/s   {ratio:.2f}×")
        result[f"width {width}"] = rows
    measure.keep("step", {"batch": BATCH, "rounds": args.rounds, "variants": result})


if __name__ == "__main__":
    main()
