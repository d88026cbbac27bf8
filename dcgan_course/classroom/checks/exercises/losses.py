"""Checks of losses, from formula to code: assignment A2, chapters 03.2 and 03.3."""

import keras
import numpy as np

from ..engine import probe
from ..engine.result import check, expect

READ = "chapter 03.3, Which loss: minimax or non-saturating"


def _pairs(*pairs):
    return [tuple(np.asarray(side, "float32")[:, None] for side in pair) for pair in pairs]


# (real, fake), as (B, 1): small logits tell which formula it is, large ones whether it is computed safely
SMALL = _pairs(
    ([0.0, 0.0], [0.0, 0.0]),
    ([1.0, -0.5, 2.0], [-1.0, 0.3, 0.7]),
    ([3.0, 2.5, -1.0, 4.0], [-2.0, -3.5, 0.1, -0.2]),
    ([-4.0, 1.5], [2.0, 5.0]),
)
LARGE = _pairs(([100.0, -100.0], [-100.0, 100.0]), ([40.0, 90.0], [100.0, 60.0]))


def _softplus(x):
    return np.logaddexp(0.0, x)


def _sigmoid(x):
    return np.exp(-_softplus(-x))


def _logit(x):
    """What a cross-entropy of probabilities makes of a number that is none: clipped first, as Keras does."""
    p = np.clip(np.float32(x), np.float32(1e-7), np.float32(1 - 1e-7))
    return np.log(p) - np.log1p(-p)


def _cross_entropy(logits, label):
    return np.mean(_softplus(-logits) + (1 - label) * logits)


def _check_loss(loss, formula, misconceptions):
    """Yield what holds; raise `Wrong` unless `loss(real, fake)` gives the formula's number, or numbers, for all logits.

    `loss` takes tensors (B, 1). In the formulas r and f are arrays (B, 1), the logits of real and fake images.
    `misconceptions` is `{hint: another formula}`, beside the slips that any loss may have.
    """
    small, again, large = (
        np.ravel([loss(*map(keras.ops.convert_to_tensor, pair)) for pair in pairs]) for pairs in (SMALL, SMALL, LARGE)
    )
    expect(
        np.isfinite(small).all(),
        "Infinite or NaN, even for logits between -4 and 5. A logit can be 0, negative or above 1: is it taken for a "
        "probability, and its logarithm for that of one?",
    )
    expect(
        probe.same(small, again),
        "The same logits give another loss the second time: something is drawn at random. Its labels are fixed numbers.",
    )
    slips = {
        "The sign is turned round: this would be made larger, not smaller, by training.": lambda r, f: -formula(r, f),
        "The sigmoid is applied twice: your function takes its input for a logit, and it got a probability.": lambda r, f: (
            formula(_sigmoid(r), _sigmoid(f))
        ),
        "The logits are taken for probabilities. Which option of the cross-entropy says what it is given?": lambda r, f: (
            formula(_logit(r), _logit(f))
        ),
        "It is a sum over the batch, so it grows with the batch's size: take the mean.": lambda r, f: len(r) * formula(r, f),
    }

    def values(formula, pairs=SMALL):
        return np.ravel([formula(*pair) for pair in pairs])

    right = values(formula)
    wrong = next((i for i in range(len(small)) if not probe.same(small[i], right[i], 1e-3)), 0)
    n = len(small) // len(SMALL)  # numbers for one pair
    real, fake = (", ".join(f"{x:g}" for x in logits.ravel()) for logits in SMALL[wrong // n])
    otherwise = (
        f"The values are not those of the formula: for the real logits {real} and the fake logits {fake} yours gives "
        f"{small[wrong]:.3f}. What should it be?" + (" (Every sigmoid is 1/2 there.)" if wrong < n else "")
    )
    probe.match(small, right, {hint: values(mistake) for hint, mistake in (slips | misconceptions).items()}, otherwise, 1e-3)
    yield "the formula's values at undecided, decided and mistaken logits"
    expect(
        np.isfinite(large).all(),
        "Right for small logits, infinite or NaN for some of 40 to 100: the sigmoid rounds to 0 or 1 there, or exp "
        "overflows, and the logarithm is lost. Which function of the logit is log(1 + exp(x)), computed safely?",
    )
    expect(
        probe.same(large, values(formula, LARGE), 1e-3),
        "Right for small logits, wrong for large ones: a small number added inside a logarithm, or a clipped sigmoid, "
        "bounds the loss. Work with the logits themselves.",
    )
    yield "right at logits of ±100, too"


def _loss(answer, **more):
    """The answer as a function of real and fake logits that returns one number."""
    return lambda real, fake: probe.scalar(probe.call(answer, real_logits=real, fake_logits=fake, **more), "The loss")


def _with_labels(real, fake):
    """The formula of the discriminator's loss with these labels of real and fake images."""
    return lambda r, f: _cross_entropy(r, real) + _cross_entropy(f, fake)


def _mistakes(label):
    """Other formulas that people write for the discriminator's loss with the label `label` for real images."""
    right = _with_labels(label, 0.0)
    return {
        "The labels are swapped: as it stands, real images should be called fake.": _with_labels(0.0, label),
        "The labels are swapped, those of the fakes included.": _with_labels(1 - label, 1.0),
        "Both are called real: the fakes' label is 0.": _with_labels(label, label),
        "The real images' label is above 1: that rewards over-confidence without end.": _with_labels(1.1, 0.0),
        "Only the real images count: what should the fakes be called?": lambda r, f: _cross_entropy(r, label),
        "Only the fakes count: what should the real images be called?": lambda r, f: _cross_entropy(f, 0.0),
        "The two parts are averaged; the formula adds them: undecided is 2 log 2.": lambda r, f: right(r, f) / 2,
        "The parts are subtracted; the formula adds them.": lambda r, f: _cross_entropy(r, label) - _cross_entropy(f, 0.0),
        "Labels and logits have changed places: which does the cross-entropy want first?": lambda r, f: (
            np.mean(_softplus(label) - label * r) + np.log(2.0)
        ),
        "That is the bare difference of mean logits: nothing bounds it.": lambda r, f: np.mean(f) - np.mean(r),
        "It is the generator's loss.": lambda r, f: _cross_entropy(f, 1.0),
    }


@check(READ)
def discriminator_loss(answer):
    """`answer(real_logits, fake_logits)`: cross-entropy against the labels 1 and 0, means over the batch, summed (A2)."""
    smoothed = {
        "The real images' label is smoothed: here it is 1, and smoothing comes later.": _with_labels(0.9, 0.0),
        "Both labels are smoothed: here they are 1 and 0.": _with_labels(0.9, 0.1),
    }
    yield from _check_loss(_loss(answer), _with_labels(1.0, 0.0), _mistakes(1.0) | smoothed)


@check(READ)
def generator_loss(answer):
    """`answer(fake_logits)`: the non-saturating loss, minus the mean of log D(G(z)) (A2)."""
    misconceptions = {
        "That is the minimax loss, log(1 - D): its gradient is nearly 0 where the discriminator is sure.": lambda r, f: (
            -np.mean(_softplus(f))
        ),
        "That is the discriminator's part, label 0 for fakes: the generator wants them to be called real.": lambda r, f: (
            np.mean(_softplus(f))
        ),
        "Labels and logits have changed places: which does the cross-entropy want first?": lambda r, f: np.mean(
            _softplus(1.0) - f
        ),
        "That is the bare mean logit: without the logarithm nothing bounds it.": lambda r, f: -np.mean(f),
        "The labels are smoothed: one-sided smoothing is for the real images of the discriminator alone.": lambda r, f: (
            _cross_entropy(f, 0.9)
        ),
        "The generator's loss asks for the label 1, not more: 1.1 rewards over-confidence.": lambda r, f: _cross_entropy(
            f, 1.1
        ),
        "That is the probability, not its logarithm.": lambda r, f: -np.mean(_sigmoid(f)),
        "The logarithm of the mean is not the mean of the logarithms: which one does the formula say?": lambda r, f: (
            -np.log(np.mean(_sigmoid(f)))
        ),
    }
    yield from _check_loss(
        lambda real, fake: probe.scalar(probe.call(answer, fake_logits=fake), "The loss"),
        lambda r, f: _cross_entropy(f, 1.0),
        misconceptions,
    )


@check("chapter 03.3, One-sided label smoothing")
def smoothed_loss(answer, smoothing=0.1):
    """`answer(real_logits, fake_logits, smoothing)`: the discriminator's loss with labels 1 - smoothing and 0 (A2)."""
    for amount in (0.25, smoothing):
        mistakes = _mistakes_in_smoothing(amount) | _mistakes(1 - amount)
        for sentence in _check_loss(_loss(answer, smoothing=amount), _with_labels(1 - amount, 0.0), mistakes):
            yield f"smoothing by {amount:g}: {sentence}"


def _mistakes_in_smoothing(amount):
    above = f"The real label is {1 + amount:g}: a label above 1 rewards over-confidence without end."
    return {
        "Nothing is smoothed: the real images' label is still 1.": _with_labels(1.0, 0.0),
        above: _with_labels(1 + amount, 0.0),
        f"The real label is 0.9, though the smoothing asked for is {amount:g}: use the argument.": _with_labels(0.9, 0.0),
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
        "The logits are multiplied, not the labels: what is smoothed is what D is asked for.": lambda r, f: _with_labels(
            1.0, 0.0
        )((1 - amount) * r, f),
    }


@check("chapter 03.2, The formula as a relativistic loss")
def paired_loss(answer):
    """`answer(real, fake)`: means of softplus(fake - real) and softplus(real - fake), pair by pair (chapter 03.2)."""

    def losses(real, fake):
        pair = probe.call(answer, real=real, fake=fake)
        expect(pair is not None, "What comes back is None: the function has to return both losses.")
        two = len(pair) == 2 if isinstance(pair, (tuple, list)) else getattr(pair, "shape", None) == (2,)
        expect(two, "Two losses should come back in a tuple, the discriminator's and the generator's.")
        return [probe.scalar(loss, "The loss") for loss in pair]

    def of_differences(loss):
        return lambda r, f: np.array([loss(f - r), loss(r - f)])

    def to_mean(r, f):
        return np.array([formula(r, f.mean())[0], formula(r.mean(), f)[1]])

    def mean_to(r, f):
        return np.array([formula(r.mean(), f)[0], formula(r, f.mean())[1]])

    formula = of_differences(lambda x: np.mean(_softplus(x)))
    misconceptions = {
        "Every real image meets every fake: (B, 1) against (B,) makes (B, B). Pair them row by row.": (
            lambda r, f: formula(r, f.T)
        ),
        "The two losses are swapped.": lambda r, f: formula(f, r),
        "Both losses are the same number: what one network wants, the other does not.": lambda r, f: formula(r, f)[[0, 0]],
        "The second is minus the first: where the discriminator is sure, that leaves G no slope.": (
            lambda r, f: formula(r, f)[0] * np.array([1, -1])
        ),
        "Each network's images are compared with the average of the other's, not with a partner.": to_mean,
        "The other network's images are compared with an average, not with a partner.": mean_to,
        "That is the package's relativistic average loss; here each image has one partner.": (
            lambda r, f: to_mean(r, f) + mean_to(r, f)
        ),
        "Each image is classified by itself, as in the cross-entropy: a paired loss sees differences only.": (
            lambda r, f: np.array([_with_labels(1.0, 0.0)(r, f), _cross_entropy(f, 1.0)])
        ),
        "It is the difference itself, without softplus: nothing bounds it.": of_differences(np.mean),
        "softplus of the mean is not the mean of softplus: first every pair, then the average.": (
            of_differences(lambda x: _softplus(np.mean(x)))
        ),
    }
    yield from _check_loss(losses, formula, misconceptions)
