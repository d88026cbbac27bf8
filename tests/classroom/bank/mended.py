"""Cures of the oscillating run: (function, GAN, doctor). Trainings are made once a draw, when they are asked for."""

import functools
import types

import dcgan_course as dc
from dcgan_course import checks

RUNS = {clue: next(r for r in checks.failing_runs("bank") if clue in r.code) for clue in ("beta_1=0.9", "minimax")}
SHAPE = (16, 16, 1)
draw = 0  # which draw of the weights; the test sets it


def recipe(width=8, latent_dim=16, loss="non_saturating", **strategy):
    def make():
        pair = dc.networks.generator(SHAPE, latent_dim, width=width), dc.networks.discriminator(SHAPE, width=width)
        gan = dc.GAN(*pair, seed=0)
        gan.compile(dc.Strategy(**strategy), loss)
        return gan

    return make


def trained(make, **how):
    return _trained(draw, make, **how)


@functools.cache
def _trained(draw, make, epochs=12, watch=True, real=True):
    digits = dc.datasets.load("digits", size=16)
    gan, doctor = make(), dc.Doctor(digits if real else None)
    gan.fit(digits.batches(64), epochs=epochs, verbose=0, callbacks=[doctor] if watch else [])
    return gan, doctor


def ask(answer):
    make, gan, doctor, run = answer()
    return checks.mended(make, gan, doctor, run)


def cure(make, run="minimax", **how):
    return lambda: (make, *trained(make, **how), RUNS[run])


NOISE, CLIP, SLOW = (
    recipe(learning_rate=1e-3, instance_noise=0.2),
    recipe(learning_rate=2e-3, clip_norm=1.0, averaging=0.99),
    recipe(learning_rate=1e-3, label_smoothing=0.1, width=10),
)
STILL = recipe(learning_rate=1e-7)
OLD = recipe(learning_rate=2e-4, discriminator_learning_rate=2e-2, loss="minimax")

RIGHT = {
    "slower, with noise": cure(NOISE),
    "clipped and averaged": cure(CLIP),
    "smoothed labels and another width": cure(SLOW),
    "an oscillation, watched long enough": cure(NOISE, run="beta_1=0.9", epochs=30),
}
WRONG = {
    "nothing": (lambda: (None, None, None, RUNS["minimax"]), "the mended function itself"),
    "not trained": (lambda: (NOISE, NOISE(), dc.Doctor(), RUNS["minimax"]), "This doctor watched another GAN, or none"),
    "no GAN": (lambda: (NOISE, "mended", dc.Doctor(), RUNS["minimax"]), "A dc.GAN is asked for"),
    "no doctor": (lambda: (NOISE, trained(NOISE)[0], None, RUNS["minimax"]), "A dc.Doctor is asked for"),
    "a look-alike of a doctor": (
        lambda: (NOISE, trained(NOISE)[0], types.SimpleNamespace(diagnoses=[]), RUNS["minimax"]),
        "A dc.Doctor is asked for",
    ),
    "return forgotten": (lambda: (lambda: print("done"), *trained(NOISE), RUNS["minimax"]), "returns no dc.GAN"),
    "changed after training": (lambda: (CLIP, *trained(NOISE), RUNS["minimax"]), "run the training cell again"),
    "too short": (cure(SLOW, epochs=2), "It was trained for 58 steps"),
    "too short for an oscillation": (cure(NOISE, run="beta_1=0.9"), "this failure needs 870"),
    "not watched": (cure(CLIP, watch=False, epochs=1), "This doctor watched another GAN, or none"),
    "the failing code as it was": (cure(OLD, epochs=16), "The doctor still sees a failure"),
    "held still": (cure(STILL), "nothing is learnt either"),
    "without real images": (cure(NOISE, real=False), "The doctor needs the real images"),
}
