"""Checks of losses, from formula to code: assignment A2, chapters 03.2 and 03.3."""

import numpy as np

from . import probe
from .result import Wrong, check, expect

READ = "chapter 03.3, the losses"


def _softplus(x):
    return np.logaddexp(0.0, x)


def _sigmoid(x):
    return np.exp(-_softplus(-x))


LOGITS = [  # (real, fake), as (B, 1): small ones, large ones, and the extremes at which log(sigmoid) breaks
    tuple(np.asarray(side, "float32")[:, None] for side in pair)
    for pair in (
        ([0.0, 0.0], [0.0, 0.0]),
        ([1.0, -0.5, 2.0], [-1.0, 0.3, 0.7]),
        ([3.0, 2.5, -1.0, 4.0], [-2.0, -3.5, 0.1, -0.2]),
        ([-4.0, 1.5], [2.0, 5.0]),
        ([100.0, -100.0], [-100.0, 100.0]),
        ([40.0, 90.0], [100.0, 60.0]),
    )
]


def _on_each(answer, of, **more):
    """The answer's loss for every pair of logits: `of` picks and names its arguments."""
    import keras

    def loss(pair):
        tensors = {name: keras.ops.convert_to_tensor(x) for name, x in of(*pair).items()}
        return probe.scalar(probe.call(answer, **tensors, **more), "The loss")

    return [loss(pair) for pair in LOGITS]


def _judge(found, wanted, misconceptions):
    table = {hint: [formula(*pair) for pair in LOGITS] for hint, formula in misconceptions.items()}
    truth = [wanted(*pair) for pair in LOGITS]
    bad = [pair for pair, value in zip(LOGITS, found) if not np.isfinite(value)]
    if bad:
        largest = max(np.abs(np.concatenate(pair)).max() for pair in bad)
        raise Wrong(
            f"Infinite or NaN for logits of {largest:g}: the sigmoid rounds to 0 or 1 there, and its logarithm is lost. "
            "Which function of the logit is log(1 + exp(x)), computed safely?",
            "chapter 03.3, the losses",
        )
    small = [i for i, pair in enumerate(LOGITS) if np.abs(np.concatenate(pair)).max() < 10]
    if not probe.same(found, truth) and probe.same([found[i] for i in small], [truth[i] for i in small]):
        raise Wrong(
            "Right for small logits, wrong for large ones: a small number added inside a logarithm, or a clipped sigmoid, "
            "bounds the loss. Work with the logits themselves.",
        )
    negative = [-x for x in truth]
    probe.match(
        found,
        truth,
        {"The sign is turned round: this would be made larger, not smaller, by training.": negative, **table},
        "The values are not those of the formula. Put in logits of 0: every sigmoid is 1/2 there, and the loss must be a "
        "multiple of log 2.",
        1e-3,
    )


def _with_labels(real, fake):
    """The formula of the discriminator's loss with these labels."""
    return lambda r, f: _cross_entropy(r, real) + _cross_entropy(f, fake)


def _cross_entropy(logits, label):
    return np.mean(_softplus(-logits) + (1 - label) * logits)


def _mistakes(label):
    """Other formulas that people write for the discriminator's loss with the label `label` for real images."""
    right = _with_labels(label, 0.0)
    return {
        "The labels are swapped: as it stands, real images should be called fake.": _with_labels(0.0, label),
        "The labels are swapped, those of the fakes included.": _with_labels(1 - label, 1.0),
        "Both are called real: the fakes' label is 0.": _with_labels(label, label),
        "The sigmoid is applied twice: your function takes its input for a logit, and it got a probability.": lambda r, f: (
            right(_sigmoid(r), _sigmoid(f))
        ),
        "Only the real images count: what should the fakes be called?": lambda r, f: _cross_entropy(r, label),
        "Only the fakes count: what should the real images be called?": lambda r, f: _cross_entropy(f, 0.0),
        "The two parts are averaged; the formula adds them (an undecided discriminator has 2 log 2).": lambda r, f: (
            right(r, f) / 2
        ),
        "It is a sum over the batch, so it grows with the batch's size: take the mean.": lambda r, f: len(r) * right(r, f),
        "That is the bare difference of mean logits: without the logarithm nothing bounds it.": lambda r, f: (
            np.mean(f) - np.mean(r)
        ),
        "It is the generator's loss.": lambda r, f: _cross_entropy(f, 1.0),
    }


@check(READ)
def discriminator_loss(answer):
    """`answer(real_logits, fake_logits)`: cross-entropy against the labels 1 and 0, means over the batch, summed (A2)."""
    found = _on_each(answer, lambda real, fake: dict(real_logits=real, fake_logits=fake))
    _judge(found, _with_labels(1.0, 0.0), _mistakes(1.0))
    yield "one number, the formula's, at undecided, decided and mistaken logits"
    yield "finite at logits of ±100"


@check(READ)
def generator_loss(answer):
    """`answer(fake_logits)`: the non-saturating loss, minus the mean of log D(G(z)) (A2)."""
    found = _on_each(answer, lambda real, fake: dict(fake_logits=fake))
    misconceptions = {
        "That is the minimax loss, log(1 - D): its gradient is nearly 0 where the discriminator is sure.": lambda r, f: (
            -np.mean(_softplus(f))
        ),
        "That is the discriminator's part, label 0 for fakes: the generator wants them to be called real.": lambda r, f: (
            np.mean(_softplus(f))
        ),
        "The sigmoid is applied twice: your function takes its input for a logit, and it got a probability.": lambda r, f: (
            np.mean(_softplus(-_sigmoid(f)))
        ),
        "It is a sum over the batch, so it grows with the batch's size: take the mean.": lambda r, f: np.sum(_softplus(-f)),
        "That is the bare mean logit: without the logarithm nothing bounds it.": lambda r, f: -np.mean(f),
        "The labels are smoothed: one-sided smoothing is for the real images of the discriminator alone.": lambda r, f: (
            np.mean(_softplus(-f) + 0.1 * f)
        ),
        "The generator's loss asks for the label 1, not more: 1.1 rewards over-confidence.": lambda r, f: np.mean(
            _softplus(-f) - 0.1 * f
        ),
        "That is the probability, not its logarithm.": lambda r, f: -np.mean(_sigmoid(f)),
    }
    _judge(found, lambda r, f: np.mean(_softplus(-f)), misconceptions)
    yield "one number, the formula's, at undecided, decided and mistaken logits"
    yield "finite at logits of ±100"


@check("chapter 03.3, label smoothing")
def smoothed_loss(answer, smoothing=0.1):
    """`answer(real_logits, fake_logits, smoothing)`: the discriminator's loss with labels 1 - smoothing and 0 (A2)."""
    for amount in (0.25, smoothing):
        found = _on_each(answer, lambda real, fake: dict(real_logits=real, fake_logits=fake), smoothing=amount)
        _judge(found, _with_labels(1 - amount, 0.0), {**_mistakes_in_smoothing(amount), **_mistakes(1 - amount)})
    yield f"the formula's values, for smoothing by 0.25 and by {smoothing:g}"
    yield "labels inside [0, 1], the fakes' at 0"


def _mistakes_in_smoothing(amount):
    above = f"The real label is {1 + amount:g}: a label above 1 rewards over-confidence without end."
    return {
        "Nothing is smoothed: the real images' label is still 1.": _with_labels(1.0, 0.0),
        above: _with_labels(1 + amount, 0.0),
        "Both sides are smoothed: a fake label above 0 pulls D's answer towards the fakes (one-sided smoothing).": (
            _with_labels(1 - amount, amount)
        ),
        "The fakes are smoothed and the real images are not: it is the other way round.": _with_labels(1.0, amount),
        "Keras' label_smoothing pulls labels towards 1/2: the real label is 1 - smoothing / 2 there.": (
            _with_labels(1 - amount / 2, 0.0)
        ),
        "Keras' label_smoothing smooths both sides, by half as much each: write the labels yourself.": (
            _with_labels(1 - amount / 2, amount / 2)
        ),
        f"The real label is {amount:g} instead of {1 - amount:g}.": _with_labels(amount, 0.0),
        "The real part is multiplied by 1 - smoothing. A label weighs two parts: which is the second?": lambda r, f: (
            (1 - amount) * np.mean(_softplus(-r)) + np.mean(_softplus(f))
        ),
    }


@check("chapter 03.2, relativistic losses")
def paired_loss(answer):
    """`answer(real, fake)`: means of softplus(fake - real) and softplus(real - fake), pair by pair (chapter 03.2)."""
    found = []
    for real, fake in LOGITS:
        pair = probe.call(answer, real=real, fake=fake)
        expect(
            isinstance(pair, (tuple, list)) and len(pair) == 2,
            "Two losses should come back, the discriminator's and the generator's.",
        )
        found += [probe.scalar(loss, "The loss") for loss in pair]
    truth = [np.mean(_softplus(x)) for r, f in LOGITS for x in (f - r, r - f)]
    every = [np.mean(_softplus(x)) for r, f in LOGITS for x in (f - r.T, r.T - f)]
    misconceptions = {
        "Every real image meets every fake: (B, 1) against (B,) makes (B, B). Pair them row by row.": every,
        "The two losses are swapped.": [truth[i + 1 - 2 * (i % 2)] for i in range(len(truth))],
        "It compares with the average of the other crowd: that is the relativistic average form.": [
            np.mean(_softplus(x)) for r, f in LOGITS for x in (f - r.mean(), r - f.mean())
        ],
        "It is the difference itself, without softplus: nothing bounds it.": [
            np.mean(x) for r, f in LOGITS for x in (f - r, r - f)
        ],
        "It is a sum over the batch: take the mean.": [np.sum(_softplus(x)) for r, f in LOGITS for x in (f - r, r - f)],
    }
    probe.match(found, truth, misconceptions, "The values are not those of the formula.")
    yield "both means, pair by pair, finite at logits of ±100"
