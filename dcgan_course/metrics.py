"""The numbers that a step reports and an epoch averages, each under its name."""

import keras
from keras import ops

NAMES = ("d_loss", "g_loss", "d_real", "d_fake", "d_norm", "d_norm_clipped", "g_norm", "g_norm_clipped")


def means():
    """`{name: keras.metrics.Mean}`, one for each of `NAMES`."""
    return {name: keras.metrics.Mean(name=name) for name in NAMES}


def update(means, losses, logits, gradients, clipped):
    """Take one step's numbers into the epoch's means.

    Args:
        means: what `means()` made.
        losses: the scalars `(d_loss, g_loss)`.
        logits: `(real_logits, fake_logits)`, each `(B, 1)`, or `(B, 2)` of a coupled pair.
        gradients, clipped: `(d_gradients, g_gradients)`, lists of tensors, before and after clipping.

    Returns:
        `{name: mean of the epoch so far}`.
    """
    values = {
        "d_loss": losses[0],
        "g_loss": losses[1],
        "d_real": ops.mean(ops.sigmoid(logits[0])),
        "d_fake": ops.mean(ops.sigmoid(logits[1])),
        "d_norm": global_norm(gradients[0]),
        "d_norm_clipped": global_norm(clipped[0]),
        "g_norm": global_norm(gradients[1]),
        "g_norm_clipped": global_norm(clipped[1]),
    }
    batch = ops.shape(logits[0])[0]  # so that a last, partial batch counts for what it holds
    for name, value in values.items():
        means[name].update_state(value, sample_weight=batch)
    return {name: mean.result() for name, mean in means.items()}


def global_norm(tensors):
    """Euclidean norm of all numbers in a list of tensors together: a scalar."""
    return ops.sqrt(sum(ops.sum(ops.square(t)) for t in tensors))
