"""Instant answers to exercises: is it right, and if not, what is the misconception and where to read.

    from dcgan_course import checks as check

    check.generator_block(up_block)      # prints what holds and, for a wrong answer, a hint
    check.generator_block(up_block).require()   # the same for a grader: an AssertionError for a wrong answer

Each check judges properties of an answer, however it is written, and returns a `Result`.
"""

from .blocks import discriminator_block, generator_block
from .by_hand import losses_by_hand, predicted_sizes
from .diagnosis import diagnosis, failing_runs, mended
from .gradients import clip_by_norm, unit_gradients
from .losses import discriminator_loss, generator_loss, paired_loss, smoothed_loss
from .networks import discriminator, generator
from .numbers import numbers
from .project import floor, project
from .result import Result
from .sizes import conv_size, transposed_size
from .steps import discriminator_step, generator_step
from .training import latents, train_step
from .variant import variant

__all__ = [
    "Result",
    "clip_by_norm",
    "conv_size",
    "diagnosis",
    "discriminator",
    "discriminator_block",
    "discriminator_loss",
    "discriminator_step",
    "failing_runs",
    "floor",
    "generator",
    "generator_block",
    "generator_loss",
    "generator_step",
    "latents",
    "losses_by_hand",
    "mended",
    "numbers",
    "paired_loss",
    "predicted_sizes",
    "project",
    "smoothed_loss",
    "train_step",
    "transposed_size",
    "unit_gradients",
    "variant",
]
