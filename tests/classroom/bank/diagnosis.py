"""The name of a failure, of a run in which the gradient vanished; the discriminator is saturated there as well."""

from dcgan_course import checks

RUN = next(run for run in checks.failing_runs("bank") if "minimax" in run.code)
ARGUMENTS = {"run": RUN}

RIGHT = {
    "as it is written": "generator gradient vanished",
    "capitals": "Generator Gradient Vanished",
    "underscores": "generator_gradient_vanished",
    "spaces around": "  generator gradient   vanished ",
}
WRONG = {
    "true as well, but not the worst": ("discriminator saturated", "something worse goes on"),
    "exploding": ("gradients exploding", "that grow without end"),
    "collapse": ("mode collapse", "samples that come in a few kinds only"),
    "oscillation": ("oscillation", "swings up and down"),
    "out of range": ("images out of range", "pixels below -1 or above 1"),
    "nothing": (None, "A name is asked for"),
    "the number of the run": (3, "A name is asked for"),
    "several names": (["generator gradient vanished", "mode collapse"], "A name is asked for"),
    "a name of one's own": ("vanishing gradients", "is none of the names"),
    "empty": ("", "is none of the names"),
}
