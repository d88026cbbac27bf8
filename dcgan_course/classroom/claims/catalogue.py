"""The twelve claims, and which comparison of which arms decides each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Question:
    """A question to the arms: does `arm` do better than `against` on `metric`?"""

    arm: str | tuple  # its name; a pair (a, b) asks for the lead of a over b
    against: str | tuple  # likewise: the arm, or the lead, to compare with
    metric: str  # a key of every run
    better: str = "lower"  # or "higher"
    scale: str = "ratio"  # compares logarithms; "difference" the values themselves
    bar: float | None = None  # the claim asks for more than this, in units of the scale; None: ratio 1, difference 0


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim of the article."""

    section: str  # where the article says it
    says: str  # what it says, in our words
    questions: tuple  # of `Question`: what decides


def arms_of(questions):
    """The names of all arms that some questions are about: a list, each once."""
    sides = [side for question in questions for side in (question.arm, question.against)]
    return list(dict.fromkeys(name for side in sides for name in (side if isinstance(side, tuple) else (side,))))


def _frechet(arm, against, **options):
    return Question(arm, against, "frechet", **options)


def _higher(metric, *pairs):
    """Is the arm's metric, a share or a percentage, higher than the other's, in each pair (arm, against)?"""
    return tuple(Question(*pair, metric, "higher", "difference") for pair in pairs)


def _at_equal_steps_and_time(other, share):
    """DCGAN against another model, in Fréchet distance and one more score that is a share of images."""
    pairs = [("DCGAN", f"{other}, equal {budget}") for budget in ("steps", "time")]
    return tuple(question for pair in pairs for question in (_frechet(*pair), *_higher(share, pair)))


SIZES = (100, 300, 1000)
CLIPS = ("value", "norm", "global norm")
CLAIMS = {
    "C1": Claim(
        "2.2",
        "Convolutions give a GAN better quality and diversity than dense layers do.",
        _at_equal_steps_and_time("dense GAN", "recall"),
    ),
    "C2": Claim("2.2", "A DCGAN makes better images than a VAE.", _at_equal_steps_and_time("VAE", "precision")),
    "C3": Claim(
        "2.1", "Batch normalisation in the generator raises quality.", (_frechet("DCGAN", "no normalisation in G"),)
    ),
    "C4": Claim("2.1, 3.2, 4.2", "LeakyReLU belongs in the discriminator.", (_frechet("DCGAN", "ReLU in D"),)),
    "C5": Claim(
        "3.3, 6",
        "Clipping cures the generator's vanishing gradients: the clipped gradient is longer.",
        tuple(
            Question(f"{loss}, {clip}", f"{loss}, unclipped", "gradient", "higher")
            for loss in ("minimax", "non_saturating")
            for clip in CLIPS
        ),
    ),
    "C6": Claim(
        "3.3, 6",
        "Batch normalisation prevents overfitting.",
        tuple(
            Question(f"{n}, normalised", f"{n}, not normalised", metric, "lower", "difference")
            for metric in ("gap", "near_copies")
            for n in SIZES
        ),
    ),
    "C7": Claim(
        "6",
        "Batch normalisation and noise make samples more diverse.",
        _higher("recall", ("DCGAN", "no normalisation in G"), ("DCGAN", "latents of 2 numbers")),
    ),
    "C8": Claim(
        "6",
        "Convolutions use the spatial structure: their lead over dense layers shrinks when the pixels are permuted.",
        (_frechet(("DCGAN", "dense GAN"), ("DCGAN, permuted", "dense GAN, permuted")),),
    ),
    "C9": Claim(
        "6",
        "Convolution and batch normalisation make the discriminator more accurate.",
        # one ingredient at a time: the dense arm is not normalised either
        _higher("accuracy", ("convolution, normalised", "convolution"), ("convolution", "dense")),
    ),
    "C10": Claim(
        "6",
        "Training several pairs of networks in parallel is faster.",
        tuple(
            Question(arm, "one alone", metric, better)
            for arm in ("two processes", "two replicas")
            for metric, better in (("images_per_second", "higher"), ("seconds_to_quality", "lower"))
        ),
    ),
    "C11": Claim(
        "3.2",
        "The difference of activations is a usable objective: less than twice cross-entropy's Fréchet distance.",
        (_frechet("relativistic", "cross-entropy", bar=2.0), _frechet("bare difference", "cross-entropy", bar=2.0)),
    ),
    "C12": Claim(
        "3.1, 4.1",
        "Normalising the generator's output and widening its filters towards the image are good designs.",
        (_frechet("normalised output", "DCGAN"), _frechet("widening filters", "DCGAN")),
    ),
}
