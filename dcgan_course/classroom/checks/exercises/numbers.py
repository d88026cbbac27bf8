"""Checks of exercises whose answer is a number or a few: chapters 02.1 to 07."""

import dataclasses
import math

import numpy as np

from ..engine import probe
from ..engine.result import Wrong, check, expect


@dataclasses.dataclass(frozen=True)
class Question:
    """An exercise that asks for numbers."""

    right: tuple
    read: str  # where the course explains it
    mistakes: dict  # {wrong numbers: hint}
    otherwise: str  # the hint for any other numbers
    tolerance: float = 1e-6  # of each number, absolute and relative


TWICE_LOG_2, LOG_2 = 2 * math.log(2), math.log(2)

# fmt: off
QUESTIONS = {
    "02.1-1": Question((12, 27), "chapter 02.1, Padding and stride, and Transposed convolution", {
        (14, 28): "Those are the sizes with padding 'same'.",
        (12, 28): "A transposed convolution does not know what the convolution rounded away.",
        (11, 25): "One position is missing: a kernel as large as the image has one place, not none.",
        (12, 24): "That is 'same' for the transposed one: with 'valid' nothing of the last stamp is trimmed.",
        (13, 29): "The last place does not fit any more: round down.",
    }, "First the convolution's size, then what the transposed one makes of it: (…, …)."),
    "02.1-2": Question((29, 299), "chapter 02.1, Batch normalisation", {
        (28, 298): "Not quite: after so many, a little more than 5 % of the start is left.",
        (10, 100): "That is 1 / (1 - momentum): after so many batches more than a third is left.",
        (9.5, 95): "The forgetting is not even: each batch takes away a share of what is left.",
        (1, 5): "That is how much is left of the start if the momentum is taken for the share forgotten.",
    }, "What is left of the start after n batches is a power of the momentum."),
    "03.1-4": Question((4,), "chapter 03.1, Filters that narrow, filters that widen", {
        (1,): "The kernel is the same, but it is applied at more positions.",
        (2,): "Height and width both double.",
        (0.25,): "The work grows towards the image.",
        (8,): "The filters stay the same here: only the number of positions changes.",
    }, "Work is positions times the numbers in the kernel."),
    "03.2-1": Question((TWICE_LOG_2, LOG_2, TWICE_LOG_2, TWICE_LOG_2), "chapter 03.2, The formula as a relativistic loss", {
        (LOG_2,) * 4: "The discriminator's loss adds two means, one of real and one of fake images.",
        (TWICE_LOG_2, LOG_2, TWICE_LOG_2, LOG_2): "The relativistic generator's loss has two parts as well.",
        (0, 0, 0, 0): "A logit of 0 is a probability of 1/2, whose logarithm is not 0.",
        (1, 0.5, 1, 0.5): "Those are probabilities, not logarithms of them.",
        (2, 1, 2, 2): "The logarithm is the natural one.",
    }, "For logits of 0: non-saturating D, G, then relativistic average D, G. Every sigmoid is 1/2.", 1e-3),
    "03.3-1": Question((-math.log(100), 1 / 101), "chapter 03.3, Which loss: minimax or non-saturating", {
        (math.log(100), 100 / 101): "There D is sure that the fake is real: the two slopes compare the other way round.",
        (-2, 1 / 101): "The logarithm is the natural one.",
        (-100, 0): "The ratio of the slopes is an exponential of the logit, not the logit itself.",
        (-math.log(100), 100 / 101): "That is the chance of being called fake: D is the sigmoid of the logit itself.",
        (-math.log(10), 1 / 11):
            "The ratio is 100, not 10: write both slopes as sigmoids, of the logit and of minus it.",
    }, "Two numbers: the logit and D. The slopes are the sigmoids of -logit and of logit.", 2e-3),
    "03.3-2": Question((0.001, 100), "chapter 03.3, Clipping never enlarges", {
        (100, 100): "Clipping is an upper bound: it lengthens nothing.",
        (0.001, 250): "250 is above the bound.",
        (0, 100): "A small gradient is not set to 0: it stays as it is.",
        (0.001, 150): "The bound is the length that is left, not the length taken away.",
        (0.1, 100): "A gradient below the bound is not scaled at all.",
    }, "The two norms after clipping: what happens below a bound, and what above?"),
    "04.1-1": Question((15,), "chapter 02.1, Transposed convolution, and Its size", {
        (10,): "The stride is 3 here, not 2.",
        (16,): "That is 'valid' with a kernel of 4: nothing is trimmed there.",
        (2,): "That is a convolution: a transposed one makes images larger.",
        (13,): "The last stamp is there, too: 'same' gives stride times size.",
    }, "With 'same' padding only the stride counts."),
    "04.1-2": Question((4, 512, 256, 128, 64), "chapter 04.1, Build Radford's generator", {
        (3, 256, 128, 64): "From 4 to 64 it takes one more doubling.",
        (4, 64, 128, 256, 512): "The other way round: the width is that of the layer next to the image.",
        (4, 1024, 512, 256, 128): "The width is the number of filters of the last hidden layer: 64 at its output.",
        (4, 256, 128, 64, 32): "The width is the number of filters of the last hidden layer: 64, not 32.",
        (5, 512, 256, 128, 64): "Count again: 4, 8, 16, …",
        (4, 64, 64, 64, 64): "The filters double towards the 4×4 end.",
    }, "First the number of doublings, then the filters at 4×4 and after each hidden block."),
    "04.1-3": Question((2, 3, 2), "chapter 02.1, Checkerboards", {
        (4, 5, 5): "The kernel stands only at every second output pixel: not all of it reaches each pixel.",
        (2, 2, 2): "A kernel of 5 does not divide evenly by 2.",
        (2, 2.5, 2.5): "That is the mean: two numbers alternate.",
        (2, 2, 3): "Those are the numbers; name the larger of the last two first.",
    }, "Three numbers: kernel 4, then for kernel 5 the larger and the smaller of the two that alternate."),
    "04.2-1": Question((4, 8192), "chapter 04.2, Build Radford's discriminator", {
        (2, 2048): "That is for 32×32 images; these are twice as large.",
        (4, 4096): "The last layer has 512 filters.",
        (8, 32768): "Four layers halve the size, one after the other.",
        (4, 512): "Flatten takes every position of the map, not one.",
        (4, 16): "Every position has as many numbers as the last layer has filters.",
    }, "The side of the map after four halvings, then how many numbers it holds."),
    "05.1-1": Question((math.log(5),), "chapter 05.1, Variety: count the modes", {
        (math.log(0.2),): "A divergence is never negative: which of the two is divided by which?",
        (math.log2(5),): "In nats the logarithm is the natural one.",
        (math.log10(5),): "In nats the logarithm is the natural one.",
        (0.2,): "That is the share of the modes that are there.",
        (math.log(1000),): "Compare the two probabilities of a mode that is there.",
    }, "The mean, over samples, of the logarithm of how much too likely each is.", 1e-2),
    "05.1-2": Question((16, 64), "chapter 05.1, Build it: a discriminator that sees pairs", {
        (64, 64): "Four images share one logit.",
        (16, 16): "Each logit is repeated for every image of its pack before the mean.",
        (256, 64): "Packing makes fewer logits, not more.",
        (64, 16): "The other way round.",
        (4, 64): "There are 64 / 4 packs in a batch.",
    }, "First how many logits are computed, then how many the loss averages."),
    "06-3": Question((35 / 20,), "chapter 06, How a verdict is made", {
        (12 / 20,): "That counts claims; the question is about intervals, of which the claims have more.",
        (12,): "An interval of 95 % misses in one of twenty.",
        (35 * 0.95,): "That is how many you would expect to hold 'no difference'.",
        (0,): "5 % of many is not none.",
    }, "One in twenty, of all the comparisons in the table.", 0.3),
    "07-1": Question((56, 64), "chapter 07, Several devices in one machine", {
        (60, 60): "60 / 8 is not a whole number of images for each device.",
        (64, 56): "Right numbers: name the smaller first.",
        (58, 62): "Those are not multiples of 8.",
        (60, 64): "60 is the one that does not do.",
        (48, 72): "They would do, but there are nearer ones.",
    }, "Two sizes that 8 divides, the nearest below 60 and the nearest above."),
}
# fmt: on


def numbers(exercise, *answers):
    """The numbers that an exercise asks for, one by one or in lists: `numbers("04.1-1", 15)` is chapter 04.1's first."""
    return dataclasses.replace(_numbers(exercise, answers), exercise=str(exercise))


@check("the chapter's exercises")
def _numbers(exercise, answers):
    if exercise not in QUESTIONS:
        raise Wrong(f"There is no such exercise: {exercise!r}. Known: {', '.join(QUESTIONS)}.")
    question = QUESTIONS[exercise]
    given = [probe.scalar(answer, "An answer") for answer in in_one_list(answers)]
    for mistake, hint in question.mistakes.items():
        expect(not probe.same(given, mistake, question.tolerance), hint, question.read)
    if len(given) != len(question.right):
        raise Wrong(f"{len(question.right)} numbers are asked for, not {len(given)}. {question.otherwise}", question.read)
    expect(probe.same(given, question.right, question.tolerance), question.otherwise, question.read)
    yield ", ".join(f"{x:g}" for x in given)


def in_one_list(answers):
    """The answers one by one, where some came in lists, tuples or arrays."""
    return [x for answer in answers for x in (answer if isinstance(answer, (list, tuple, np.ndarray)) else [answer])]
