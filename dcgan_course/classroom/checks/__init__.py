"""Instant answers to exercises: is it right, and if not, what is the misconception and where to read.

    from dcgan_course import checks as check

    check.generator_block(up_block)      # prints what holds and, for a wrong answer, a hint
    check.generator_block(up_block).require()   # the same for a grader: an AssertionError for a wrong answer

Each check asks for properties of an answer, however it is written, and returns a `Result`. Its docstring says what the
answer is: `answer(n, latent_dim)` is the learner's own function, called with these arguments.

Where one changes a hint: the check of that name in `exercises/`. Hints that any exercise may give stand in `engine/`:
on errors in `errors.py`, on what an answer returns in `probe.py`.
"""

from .engine.result import Result
from .engine.variant import variant
from .exercises.blocks import discriminator_block, generator_block
from .exercises.by_hand import losses_by_hand, predicted_sizes
from .exercises.diagnosis import diagnosis, failing_runs, mended
from .exercises.gradients import clip_by_norm, unit_gradients
from .exercises.losses import discriminator_loss, generator_loss, paired_loss, smoothed_loss
from .exercises.networks import discriminator, generator
from .exercises.numbers import numbers
from .exercises.project import project, shuffled_pixels
from .exercises.sizes import conv_size, transposed_size
from .exercises.steps import discriminator_step, generator_step
from .exercises.training import latents, train_step

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
    "shuffled_pixels",
    "smoothed_loss",
    "train_step",
    "transposed_size",
    "unit_gradients",
    "variant",
]
