"""The experiments: `measure("C5", seeds)` trains every arm of a claim for every seed and writes data/claims/C5.json."""

import contextlib
import functools
import itertools
import json
import multiprocessing
import time

import keras
import numpy as np
from keras import ops

from ... import datasets, evaluation, losses, networks, places, relatives
from ...backends import value_and_gradients
from ...metrics import global_norm
from ...strategy import Strategy
from ...validate import whole_number
from . import arms, catalogue
from .arms import BATCH, SAMPLES, SIZE, WIDTH, digits, frechet, new_model
from .changes import without_norm_he
from .evidence import check_claim, check_seeds
from .provenance import provenance

LEADS = (0, 10, 30, 100, 300)  # steps of D alone before C5 looks at the generator's gradient
LEAD = 100  # the one that C5's verdict speaks of
FEW_STEPS = 1600  # of C6
GOOD = 3.0  # Fréchet distance that C10 waits for
ROUNDS = 12  # of two epochs and a look at the samples, in C10


# -- experiments that are not "train it and look at the samples": seed → {arm: {metric: value}} ----------------------


def clipping(seed):
    """C5: train D ahead of an untrained generator; at several leads (steps of D), the generator's gradient before and
    after each way to clip. A metric's name ends in its lead; without one, it is the verdict's."""
    gan = new_model(arms.get("DCGAN"), seed)
    batches = datasets.Batches(digits().images, BATCH, seed)
    latents = gan.latents(BATCH, seed)
    runs = {}
    for before, lead in itertools.pairwise((0, *LEADS)):
        _train_ahead(gan, latents, batches, range(before, lead))
        end = "" if lead == LEAD else f"_{lead}"
        for arm, numbers in _clipped(gan, latents).items():
            runs.setdefault(arm, {}).update({metric + end: value for metric, value in numbers.items()})
    return runs


def _train_ahead(gan, latents, batches, steps):
    """Train the discriminator alone against the generator's images of fixed latents."""
    d, fake = gan.discriminator, gan.generator(latents, training=True)

    def d_loss(real):
        return losses.non_saturating(d(real, training=True), d(fake, training=True))[0]

    for i in steps:
        _, gradients = value_and_gradients(functools.partial(d_loss, batches[i % len(batches)]), d.trainable_variables)
        gan.discriminator_optimizer.apply(gradients, d.trainable_variables)


def _clipped(gan, latents):
    """The generator's gradient for each loss and each way to clip: `{arm: {metric: value}}`."""
    g, d = gan.generator, gan.discriminator
    clips = {
        "unclipped": Strategy(),
        "value": Strategy(clip_value=0.01),
        "norm": Strategy(clip_norm=1.0),
        "global norm": Strategy(global_clip_norm=1.0),
    }

    def g_loss(loss):
        fake_logits = d(g(latents, training=True), training=True)
        return losses.get(loss)(fake_logits, fake_logits)[1], fake_logits

    runs = {}
    for loss in ("minimax", "non_saturating"):
        (_, fake_logits), gradients = value_and_gradients(functools.partial(g_loss, loss), g.trainable_variables)
        for clip, strategy in clips.items():
            after = strategy.clip_gradients(gradients, "generator")
            runs[f"{loss}, {clip}"] = {
                "gradient": float(global_norm(after)),
                "first_layer": float(global_norm(after[:1])),
                "last_layer": float(global_norm(after[-2:-1])),
                "d_fake": float(ops.mean(ops.sigmoid(fake_logits))),
            }
    return runs


def overfitting(seed):
    """C6: few digits, with and without normalisation in both networks; "gap" is the share of (training, held-out) pairs
    in which D finds the training digit more real: 0.5 if it cannot tell them apart."""
    from sklearn.metrics import roc_auc_score

    runs = {}
    order = np.random.default_rng(seed).permutation(len(digits()))
    unseen = digits().images[order[1000:]]
    for n in catalogue.SIZES:
        few = digits().images[order[:n]]
        for name, arm in (("normalised", "DCGAN"), ("not normalised", "no normalisation")):
            gan = new_model(arms.get(arm), seed)
            batches = datasets.Batches(few, BATCH, seed, drop_remainder=True)
            gan.fit(batches, epochs=FEW_STEPS // len(batches), verbose=0)
            logits = [ops.convert_to_numpy(gan.discriminator(x, training=False))[:, 0] for x in (few, unseen)]
            samples = gan.sample(1000, seed=1234)
            copies = evaluation.memorisation_scores(*(x.reshape(len(x), -1) for x in (few, samples, unseen)))
            gap = roc_auc_score(np.repeat([1, 0], [len(few), len(unseen)]), np.concatenate(logits))
            runs[f"{n}, {name}"] = {"gap": float(gap), **copies, "frechet": frechet(samples)}
    return runs


def accuracy(seed):
    """C9: three discriminators learn the same real and generated digits; the share of unseen ones they sort right."""
    gan = new_model(arms.get("DCGAN"), seed)
    gan.fit(datasets.Batches(digits().images, BATCH, seed), epochs=15, verbose=0)
    fake = gan.sample(len(digits()), seed=seed)
    order = np.random.default_rng(seed).permutation(len(digits()))
    x, unseen = (np.concatenate([digits().images[rows], fake[rows]]) for rows in (order[:1200], order[1200:]))
    y, is_real = (np.repeat([1.0, 0.0], len(images) // 2)[:, None] for images in (x, unseen))
    shuffled = np.random.default_rng(seed).permutation(len(x))
    normalised = networks.discriminator(digits().image_shape, WIDTH)
    discriminators = {
        "convolution, normalised": normalised,
        "convolution": without_norm_he(normalised),
        "dense": relatives.dense_gan(digits().image_shape, like=gan).discriminator,
    }
    runs = {}
    for name, network in discriminators.items():
        network.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
        network.fit(x[shuffled], y[shuffled], batch_size=BATCH, epochs=8, shuffle=False, verbose=0)
        right = (network.predict(unseen, verbose=0) > 0) == (is_real > 0.5)
        runs[name] = {"accuracy": 100 * float(right.mean()), "parameters": network.count_params()}
    return runs


def _race(seed, replicas, gate, results):
    """One process of C10: after the gate opens, train until the samples are good; report speed and seconds."""
    with _devices(replicas):
        gan = new_model(arms.get("DCGAN"), seed)
    batches = datasets.Batches(digits().images, BATCH, seed)
    gan.fit(batches, epochs=1, verbose=0)  # compiles
    frechet(gan.sample(500, seed=0))
    gate.wait()
    begun, seconds_to_quality = time.perf_counter(), None
    for _ in range(ROUNDS):
        gan.fit(batches, epochs=2, verbose=0)
        if seconds_to_quality is None and frechet(gan.sample(SAMPLES, seed=1234)) < GOOD:
            seconds_to_quality = time.perf_counter() - begun
    images = 2 * ROUNDS * len(digits())
    results.put((images / (time.perf_counter() - begun), seconds_to_quality))


def _devices(replicas):
    """The scope in which a GAN is trained on so many copies of the CPU, each with its part of the batch."""
    if replicas == 1:
        return contextlib.nullcontext()
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
    return tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(replicas)]).scope()


def parallel(seed):
    """C10: one process alone; two at once with a GAN each; one whose GAN has two replicas. Images per second of all
    together, seconds to good samples."""
    context = multiprocessing.get_context("spawn")
    runs = {}
    for name, count, replicas in (("one alone", 1, 1), ("two processes", 2, 1), ("two replicas", 1, 2)):
        gate, results = context.Barrier(count), context.Queue()
        workers = [context.Process(target=_race, args=(100 * seed + i, replicas, gate, results)) for i in range(count)]
        for worker in workers:
            worker.start()
        speeds, seconds_to_quality = zip(*(results.get(timeout=600) for _ in workers))
        for worker in workers:
            worker.join()
        if None in seconds_to_quality:
            raise RuntimeError(f"Seed {seed}, {name}: Fréchet distance not below {GOOD} in {ROUNDS} rounds.")
        runs[name] = {"images_per_second": sum(speeds), "seconds_to_quality": float(np.mean(seconds_to_quality))}
    return runs


SPECIAL = {  # claim: its experiment, and the budget in words; the others train arms of the table and look at their samples
    "C5": (clipping, f"gradients of one batch of {BATCH} after {LEAD} steps of D alone, other leads beside it"),
    "C6": (overfitting, f"{FEW_STEPS} steps"),
    "C9": (accuracy, "304 steps of each discriminator; fakes after 435 steps"),
    "C10": (parallel, f"{2 * ROUNDS} epochs of each GAN after its first, evaluation included"),
}


def measure(name, seeds):
    """Run every arm of a claim, "C1" … "C12", for every seed: at least three whole numbers, all different.

    The evidence goes, whole or not at all, to data/claims/ of the checkout, or of the current folder where the package
    is installed. ValueError for an unknown claim or arm, and for seeds that decide nothing.
    """
    check_claim(name)
    seeds = check_seeds(whole_number("seed", seed, least=0) for seed in seeds)
    names = catalogue.arms_of(catalogue.CLAIMS[name].questions)
    if name in SPECIAL:
        experiment, budget = SPECIAL[name]
    else:
        table = {arm: arms.get(arm) for arm in names}
        budget = f"{arms.EPOCHS} epochs of batches of {BATCH} digits at {SIZE}×{SIZE}, where not equal time"

        def experiment(seed):
            return {name: arms.trained(arm, seed) for name, arm in table.items()}

    runs = {arm: [] for arm in names}
    for seed in seeds:
        for arm, run in experiment(seed).items():
            rounded = {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in run.items()}
            runs[arm].append({"seed": seed, **rounded})
    record = {"id": name, **provenance(), "budget": budget, "arms": runs}
    folder = places.results("claims")
    folder.mkdir(parents=True, exist_ok=True)
    with places.whole(folder / f"{name}.json") as draft:
        draft.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
