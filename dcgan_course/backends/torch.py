"""The adversarial step in PyTorch."""

import keras
import torch


def train_step(gan, data):
    """Update both networks once on a batch of real images.

    Args:
        gan: a compiled `GAN`.
        data: images `(B, H, W, C)`, alone or first in Keras' `(x, y, sample_weight)`.

    Returns:
        `{metric name: running mean of this epoch}`.
    """
    real, _, _ = keras.utils.unpack_x_y_sample_weight(data)
    losses, logits, d_gradients, g_gradients = gradients(gan, real)
    with torch.no_grad():
        d_clipped = gan.strategy.clip_gradients(d_gradients, "discriminator")
        g_clipped = gan.strategy.clip_gradients(g_gradients, "generator")
        gan.discriminator_optimizer.apply(d_clipped, gan.discriminator.trainable_variables)
        gan.generator_optimizer.apply(g_clipped, gan.generator.trainable_variables)
        gan.update_average()
        return gan.update_metrics(losses, logits, (d_gradients, d_clipped), (g_gradients, g_clipped))


def gradients(gan, real, chance=None):
    """Both losses and each network's gradient of its own: asked for by variable list, nothing adds up in `.grad`.

    Args:
        gan: a compiled `GAN`.
        real: images `(B, H, W, C)`.
        chance: latents and noise as from `gan.draw(B)`; None draws them.

    Returns:
        `(d_loss, g_loss), (real_logits, fake_logits), d_gradients, g_gradients`.
    """
    losses, logits = gan.judge(real, *(chance or gan.draw(real.shape[0])))
    d_gradients = torch.autograd.grad(losses[0], _tensors(gan.discriminator), retain_graph=True)
    g_gradients = torch.autograd.grad(losses[1], _tensors(gan.generator))
    losses, logits = ([t.detach() for t in pair] for pair in (losses, logits))
    return losses, logits, list(d_gradients), list(g_gradients)


def value_and_gradients(function, variables):
    """As `dcgan_course.value_and_gradients` says."""
    found = function()
    scalar = found[0] if isinstance(found, tuple) else found
    gradients = torch.autograd.grad(scalar, [v.value for v in variables], allow_unused=True)
    return keras.tree.map_structure(lambda t: t.detach() if torch.is_tensor(t) else t, found), list(gradients)


def _tensors(network):
    return [v.value for v in network.trainable_variables]


def most_steps(gan):
    """One, says Keras."""
    return 1


def settle(gan, error):
    """Nothing to do: the variables always have their values."""
    return True


def is_first_process():
    return True


def batches(source):
    return source
