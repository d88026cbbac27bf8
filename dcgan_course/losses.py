"""What the two networks minimise: pure functions of logits, and of the discriminator's slopes.

Each takes `(real_logits, fake_logits)`, any shape, and returns the scalars `(discriminator_loss, generator_loss)`.
A logit is the discriminator's output before the sigmoid: D(x) = sigmoid(logit). Losses are means over the batch and
sums over "real" and "fake", so an undecided discriminator (all logits 0) has a cross-entropy of 2 log 2 = 1.386.
However many devices share a batch, a loss gets the logits of all its examples, so it may compare any of them.
The cross-entropies are written with softplus(x) = log(1 + exp x), so they stay finite for logits of any size.
"""

import keras
from keras import ops

from .validate import real_number


def non_saturating(real_logits, fake_logits, label_smoothing=0.0):
    """Cross-entropy; G maximises log D(G(z)) (Goodfellow et al. 2014, section 3; DCGAN's loss). Built in chapter 03.2."""
    return _cross_entropy(real_logits, fake_logits, label_smoothing), ops.mean(ops.softplus(-fake_logits))


def minimax(real_logits, fake_logits, label_smoothing=0.0):
    """Cross-entropy; G minimises log(1 - D(G(z))), which saturates when D wins (Goodfellow et al. 2014, eq. 1)."""
    return _cross_entropy(real_logits, fake_logits, label_smoothing), -ops.mean(ops.softplus(fake_logits))


def least_squares(real_logits, fake_logits):
    """Half the squared distance to the labels 1 and 0 (Mao et al. 2017, eq. 9)."""
    d_loss = 0.5 * ops.mean(ops.square(real_logits - 1.0)) + 0.5 * ops.mean(ops.square(fake_logits))
    return d_loss, 0.5 * ops.mean(ops.square(fake_logits - 1.0))


def hinge(real_logits, fake_logits):
    """D pushes real above 1 and fake below -1 and no further (Lim & Ye 2017; Miyato et al. 2018, eq. 16)."""
    d_loss = ops.mean(ops.relu(1.0 - real_logits)) + ops.mean(ops.relu(1.0 + fake_logits))
    return d_loss, -ops.mean(fake_logits)


def wasserstein(real_logits, fake_logits):
    """Difference of the mean scores (Arjovsky et al. 2017, eq. 2); means something only if D's slope is bounded."""
    fake_mean = ops.mean(fake_logits)
    return fake_mean - ops.mean(real_logits), -fake_mean


def relativistic_average(real_logits, fake_logits, label_smoothing=0.0):
    """Is a real image more real than the average fake, and the reverse? (Jolicoeur-Martineau 2018, RaSGAN.)

    Built in chapter 03.2.
    """
    real_above = ops.subtract(real_logits, ops.mean(fake_logits))
    fake_above = ops.subtract(fake_logits, ops.mean(real_logits))
    d_loss = _cross_entropy(real_above, fake_above, label_smoothing)
    return d_loss, ops.mean(ops.softplus(real_above)) + ops.mean(ops.softplus(-fake_above))


def _cross_entropy(real_logits, fake_logits, label_smoothing):
    """Labels 1 - label_smoothing for real and 0 for fake: one-sided (Salimans et al. 2016, section 3.4).

    Cross-entropy against label t is t softplus(-l) + (1 - t) softplus(l) = softplus(-l) + (1 - t) l.
    """
    real_number("label_smoothing", label_smoothing, LABEL_SMOOTHING, lambda x: 0 <= x <= 0.5)
    real = ops.mean(ops.softplus(-real_logits) + label_smoothing * real_logits)
    return real + ops.mean(ops.softplus(fake_logits))


def r1(slopes):
    """Half the squared slope at real images (Mescheder et al. 2018, eq. 9): `(n, H, W, C)` → one number each, `(n,)`."""
    return 0.5 * ops.sum(ops.square(slopes), axis=(1, 2, 3))


def wgan_gp(slopes):
    """Squared distance of the slope's norm from 1 (Gulrajani et al. 2017, eq. 3): `(n, H, W, C)` → `(n,)`."""
    norms = ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3)) + 1e-12)  # the root has no derivative at 0
    return ops.square(norms - 1.0)


LABEL_SMOOTHING = (
    "lie in [0, 0.5]: the label of real images is 1 - label_smoothing; above 1, or nearer to fake, it has no sense"
)


LOSSES = {f.__name__: f for f in (non_saturating, minimax, least_squares, hinge, wasserstein, relativistic_average)}
PENALTIES = {"r1": r1, "wgan-gp": wgan_gp}
WITH_LABELS = (non_saturating, minimax, relativistic_average)  # those that label smoothing applies to


def get(loss):
    """The loss of that name, or `loss` itself if it is a function of `(real_logits, fake_logits)`.

    Raises:
        ValueError: unknown name.
    """
    if callable(loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"Unknown loss {loss!r}. Known: {', '.join(LOSSES)}; or give a function.")
    return LOSSES[loss]


def serialize(loss):
    """What `get` takes to make `loss` again: its name for the course's own, Keras' config for others."""
    name = getattr(loss, "__name__", None)
    return name if LOSSES.get(name) is loss else keras.saving.serialize_keras_object(loss)


def deserialize(config):
    """The reverse of `serialize`."""
    return get(config) if isinstance(config, str) else keras.saving.deserialize_keras_object(config)
