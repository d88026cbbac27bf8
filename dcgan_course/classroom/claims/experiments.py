"""The experiments: `measure("C5", seeds)` trains every arm of a claim for every seed and writes data/claims/C5.json."""

import contextlib
import functools
import json
import multiprocessing
import time

import keras
import numpy as np
from keras import ops

from ... import datasets, evaluation, losses, networks, relatives
from ...backends import value_and_gradients
from ...start import provenance
from ...strategy import Strategy, global_norm
from . import arms as models
from . import catalogue, evidence
from .arms import BATCH, SAMPLES, SIZE, WIDTH, digits, frechet, new_gan, without_norm

LEADS = (0, 10, 30, 100, 300)  # steps of D alone before C5 looks at the generator's gradient
LEAD = 100  # the one that C5's verdict speaks of
FEW_STEPS = 1600  # of C6
GOOD = 3.0  # Fréchet distance that C10 waits for
ROUNDS = 12  # of two epochs and a look at the samples, in C10


# -- experiments that are not "train it and look at the samples" -----------------------------------------------------


def clipping(seed):
    """C5: train D ahead of an untrained generator; at several leads (steps of D), the generator's gradient before and
    after each way to clip. A metric's name ends in its lead; without one, it is the verdict's."""
    gan = new_gan(seed)
    batches = datasets.Batches(digits().images, BATCH, seed)
    latents = gan.latents(BATCH, seed)
    result, done = {}, 0
    for lead in LEADS:
        _train_ahead(gan, latents, batches, range(done, lead))
        done = lead
        end = "" if lead == LEAD else f"_{lead}"
        for arm, numbers in _clipped(gan, latents).items():
            result.setdefault(arm, {}).update({name + end: value for name, value in numbers.items()})
    return result


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

    result = {}
    for loss in ("minimax", "non_saturating"):
        (_, fake_logits), gradients = value_and_gradients(functools.partial(g_loss, loss), g.trainable_variables)
        for clip, strategy in clips.items():
            after = strategy.clip_gradients(gradients, "generator")
            result[f"{loss}, {clip}"] = {
                "gradient": float(global_norm(after)),
                "first_layer": float(global_norm(after[:1])),
                "last_layer": float(global_norm(after[-2:-1])),
                "d_fake": float(ops.mean(ops.sigmoid(fake_logits))),
            }
    return result


def overfitting(seed):
    """C6: few digits, with and without normalisation in both networks; "gap" is the share of (training, held-out) pairs
    in which D finds the training digit more real: 0.5 if it cannot tell them apart."""
    from sklearn.metrics import roc_auc_score

    result = {}
    order = np.random.default_rng(seed).permutation(len(digits()))
    unseen = digits().images[order[1000:]]
    rows = unseen.reshape(len(unseen), -1)
    for n in catalogue.SIZES:
        few = digits().images[order[:n]]
        for arm, kind in (("normalised", "DCGAN"), ("not normalised", "no normalisation")):
            gan = new_gan(seed, kind)
            batches = datasets.Batches(few, BATCH, seed, drop_remainder=True)
            gan.fit(batches, epochs=FEW_STEPS // len(batches), verbose=0)
            logits = [ops.convert_to_numpy(gan.discriminator(x, training=False))[:, 0] for x in (few, unseen)]
            samples = gan.sample(1000, seed=1234)
            found = evaluation.memorisation_scores(few.reshape(n, -1), samples.reshape(len(samples), -1), rows)
            labels = np.repeat([1, 0], [len(few), len(unseen)])
            gap = roc_auc_score(labels, np.concatenate(logits))
            result[f"{n}, {arm}"] = {"gap": float(gap), **found, "frechet": frechet(samples)}
    return result


def accuracy(seed):
    """C9: three discriminators learn the same real and generated digits; the share of unseen ones they sort right."""
    gan = new_gan(seed)
    gan.fit(datasets.Batches(digits().images, BATCH, seed), epochs=15, verbose=0)
    fake = gan.sample(len(digits()), seed=seed)
    order = np.random.default_rng(seed).permutation(len(digits()))
    train, test = order[:1200], order[1200:]
    x = {k: np.concatenate([digits().images[i], fake[i]]) for k, i in (("train", train), ("test", test))}
    y = {k: np.repeat([1.0, 0.0], len(v) // 2)[:, None] for k, v in x.items()}
    shuffled = np.random.default_rng(seed).permutation(len(x["train"]))
    plain = networks.discriminator(digits().image_shape, WIDTH)
    judges = {
        "convolution, normalised": plain,
        "convolution": without_norm(plain),
        "dense": relatives.dense_gan(digits().image_shape, like=gan).discriminator,
    }
    result = {}
    for name, network in judges.items():
        network.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
        network.fit(x["train"][shuffled], y["train"][shuffled], batch_size=BATCH, epochs=8, shuffle=False, verbose=0)
        right = (network.predict(x["test"], verbose=0) > 0) == (y["test"] > 0.5)
        result[name] = {"accuracy": 100 * float(right.mean()), "parameters": network.count_params()}
    return result


def _race(seed, replicas, gate, results):
    """One process of C10: after the gate opens, train until the samples are good; report speed and seconds."""
    with _devices(replicas):
        gan = new_gan(seed)
    batches = datasets.Batches(digits().images, BATCH, seed)
    gan.fit(batches, epochs=1, verbose=0)  # compiles
    frechet(gan.sample(500, seed=0))
    gate.wait()
    begun, images, good = time.perf_counter(), 0, None
    for _ in range(ROUNDS):
        gan.fit(batches, epochs=2, verbose=0)
        images += 2 * len(digits())
        if good is None and frechet(gan.sample(SAMPLES, seed=1234)) < GOOD:
            good = time.perf_counter() - begun
    seconds = time.perf_counter() - begun
    results.put((images / seconds, good))


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
    result = {}
    for arm, count, replicas in (("one alone", 1, 1), ("two processes", 2, 1), ("two replicas", 1, 2)):
        gate, results = context.Barrier(count), context.Queue()
        workers = [context.Process(target=_race, args=(100 * seed + i, replicas, gate, results)) for i in range(count)]
        for worker in workers:
            worker.start()
        found = [results.get(timeout=600) for _ in workers]
        for worker in workers:
            worker.join()
        speed, good = zip(*found)
        if None in good:
            raise RuntimeError(f"Seed {seed}, {arm}: Fréchet distance not below {GOOD} in {ROUNDS} rounds.")
        result[arm] = {"images_per_second": sum(speed), "seconds_to_quality": float(np.mean(good))}
    return result


SPECIAL = {"C5": clipping, "C6": overfitting, "C9": accuracy, "C10": parallel}
NAMES = {"cross-entropy": "DCGAN", "dense GAN, equal steps": "dense GAN"}  # arms that are other claims' arms
BUDGETS = {
    "C5": f"gradients of one batch of {BATCH} after {LEAD} steps of D alone, other leads beside it",
    "C6": f"{FEW_STEPS} steps",
    "C9": "304 steps of each discriminator; fakes after 435 steps",
    "C10": f"{2 * ROUNDS} epochs of each GAN after its first, judging included",
}


def measure(name, seeds):
    """Run every arm of a claim for every seed, and write the evidence (whole or not at all).

    Args:
        name: "C1" … "C12".
        seeds: whole numbers, at least two.
    """
    arms = {}
    for seed in seeds:
        runs = (
            SPECIAL[name](seed)
            if name in SPECIAL
            else {arm: models.trained(NAMES.get(arm, arm), seed) for arm in _arms(name)}
        )
        for arm, run in runs.items():
            rounded = {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in run.items()}
            arms.setdefault(arm, []).append({"seed": seed, **rounded})
    record = {
        "id": name,
        **provenance(),
        "budget": BUDGETS.get(
            name, f"{models.EPOCHS} epochs of batches of {BATCH} digits at {SIZE}×{SIZE}, where not equal time"
        ),
        "arms": arms,
    }
    evidence.FOLDER.mkdir(parents=True, exist_ok=True)
    draft = evidence.FOLDER / f"{name}.draft"
    draft.write_text(json.dumps(record, indent=1) + "\n")
    draft.replace(evidence.FOLDER / f"{name}.json")


def _arms(name):
    asked = [arm for question in catalogue.CLAIMS[name].compare for arm in (question.arm, question.against)]
    flat = [part for arm in asked for part in (arm if isinstance(arm, tuple) else (arm,))]
    return list(dict.fromkeys(flat))
