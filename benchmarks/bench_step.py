"""Claim: our step is at least 1.5 times as fast as the usual Keras way, 1.2 times as a hand-written PyTorch step; an
epoch of digits, pipeline included, at least twice as fast as the usual Keras way; bfloat16 at least 1.2 times float32.

The usual way is a `train_step` that runs the generator twice, once for each network's update, on networks with Keras'
own batch normalisation, one step a call. Then each lever is added in turn. The epochs "with tf.data" get their batches
from a shuffled, batched, prefetched `tf.data.Dataset` as Keras' guides write it. PyTorch's step has the same networks, in
channels-last. "Compiled" is that step with `torch.compile` for both networks, and Adam as one kernel. It needs g++;
no claim asks us to beat it, its ratio is kept beside ours. All variants train by turns in one process; a variant's figure is
the median of its rounds, a ratio the median of the ratios within a round. A product of two large float32 matrices, by turns
with them, says how fast the machine can multiply at all, and so what share of that a step reaches.

    python benchmarks/bench_step.py [--width 32] [--rounds 9]
"""

import argparse
import statistics
import time

import dcgan_course as dc
from dcgan_course import backends, networks

import keras  # isort: skip
import measure
import tensorflow as tf
import torch
import torch_gan

BATCH, STEPS_PER_CALL = 64, 8
OURS, BFLOAT16, TORCH = f"+ {STEPS_PER_CALL} steps a call (ours)", "ours in bfloat16", "PyTorch by hand"
COMPILED = "PyTorch by hand, compiled"
MUST = {  # (numerator of the speed, denominator): at least
    (OURS, "usual Keras way"): 1.5,
    (OURS, TORCH): 1.2,
    (OURS, "usual Keras way, with tf.data"): 2.0,
    (BFLOAT16, OURS): 1.2,
}


class UsualGAN(keras.Model):
    """A GAN as most Keras code writes it: one binary cross-entropy per network, one generator pass per update."""

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(**kwargs)
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

    def ours(nets, steps, **strategy):
        gan = dc.GAN(*nets)
        gan.compile(dc.Strategy(**strategy), steps_per_execution=steps)
        return gan

    usual = UsualGAN(*map(with_keras_batch_normalization, pair()))
    usual.compile()
    by_pipeline = UsualGAN(*map(with_keras_batch_normalization, pair()), name="by_pipeline")
    by_pipeline.compile()
    return {
        "usual Keras way": usual,
        "usual Keras way, with tf.data": by_pipeline,
        "+ one generator pass": ours(map(with_keras_batch_normalization, pair()), 1),
        "+ fused batch normalisation": ours(pair(), 1),
        OURS: ours(pair(), STEPS_PER_CALL),
        BFLOAT16: ours(pair(), STEPS_PER_CALL, precision="bfloat16"),
        TORCH: torch_gan.Trainer(shape[0], shape[-1], width),
        COMPILED: torch_gan.Trainer(shape[0], shape[-1], width, compiled=True),
    }


def work(gan):
    """Multiply-adds per image of one step, `(ours, usual way)`: a pass backwards costs one pass per kind of gradient."""
    g, d = networks.multiply_adds(gan.generator), networks.multiply_adds(gan.discriminator)
    ours = 3 * g + 7 * d  # G forwards, its two gradients; D forwards and its two gradients, twice; G's loss through D
    return ours, ours + g + d  # G makes new fakes for its own update, D judges them


def matmul(n=1536, times=6):
    """Multiply-adds per second of float32 matrix products."""
    a = tf.random.normal((n, n))
    tf.matmul(a, a).numpy()
    begun = time.perf_counter()
    for _ in range(times):
        product = tf.matmul(a, a)
    product.numpy()
    return times * n**3 / (time.perf_counter() - begun)


def epoch(model, images, source, pipeline):
    """Train for one epoch; seconds."""
    begun = time.perf_counter()
    if isinstance(model, torch_gan.Trainer):
        model.epoch(images, BATCH)
    else:
        keras.Model.fit(model, pipeline if model.name == "by_pipeline" else source, epochs=1, verbose=0, shuffle=False)
    return time.perf_counter() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    as_torch = torch.from_numpy(digits.images.transpose(0, 3, 1, 2).copy())
    result, held = {}, []
    for width in args.width:
        models = variants(digits.image_shape, width)
        assert torch_gan.parameters(models[TORCH].generator) == sum(
            keras.ops.size(v) for v in models[OURS].generator.trainable_variables
        )
        source = backends.batches(digits.batches(BATCH, drop_remainder=True))
        pipeline = tf.data.Dataset.from_tensor_slices(digits.images).shuffle(len(digits))
        pipeline = pipeline.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
        seconds = {name: [] for name in models}
        limits = []
        for round_ in range(args.rounds + 1):
            limits.append(matmul())
            for name, model in models.items():
                took = epoch(model, as_torch, source, pipeline)
                if round_:  # the first round compiles
                    seconds[name].append(took)
        images = len(digits) // BATCH * BATCH
        print(f"\n32×32×1, width {width}, batch {BATCH}, {args.rounds} rounds of {images} images")
        rows = {}
        for name, took in seconds.items():
            ratio = statistics.median(b / t for b, t in zip(seconds["usual Keras way"], took))
            rows[name] = {"images_per_second": round(images / statistics.median(took)), "ratio": round(ratio, 2)}
            print(f"  {name:32s} {rows[name]['images_per_second']:6d} images/s   {ratio:.2f}×")
        limit = statistics.median(limits)
        for name, per_image in zip((OURS, "usual Keras way"), work(models[OURS])):
            rows[name]["share_of_matmul"] = share = round(rows[name]["images_per_second"] * per_image / limit, 2)
            print(f"  {name}: {per_image / 1e6:.1f} M multiply-adds an image; {share:.0%} of matmul, {limit / 1e9:.0f} G/s")
        result[f"width {width}"] = rows
        over = [y / x for x, y in zip(seconds[OURS], seconds[COMPILED])]
        rows[OURS]["over_compiled_pytorch"] = round(statistics.median(over), 2)
        print(f"  {OURS} over {COMPILED}: {rows[OURS]['over_compiled_pytorch']:.2f}")
        for (a, b), bound in MUST.items():
            ratio = round(statistics.median(y / x for x, y in zip(seconds[a], seconds[b])), 2)
            held.append({"width": width, "faster": a, "than": b, "ratio": ratio, "must": bound, "holds": ratio >= bound})
            print(f"  {a} over {b}: {ratio:.2f}, must be {bound}: {'holds' if ratio >= bound else 'FAILS'}")
    measure.keep("step", {"batch": BATCH, "rounds": args.rounds, "variants": result, "claims": held}, "torch")


if __name__ == "__main__":
    main()
