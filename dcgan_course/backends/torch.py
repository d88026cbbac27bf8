"""The adversarial step in PyTorch."""

import keras
import torch

from .. import metrics


def train_step(gan, data):
    """Update both networks once on a batch of real images.

    Both losses are computed at the same weights from one generator pass, then both networks move.

    Arguments and results as in `tensorflow.py`.
    """
    real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    losses, logits, d_gradients, g_gradients = gradients(gan, real, labels)
    with torch.no_grad():
        d_clipped = gan.strategy.clip_gradients(d_gradients, "discriminator")
        g_clipped = gan.strategy.clip_gradients(g_gradients, "generator")
        gan.discriminator_optimizer.apply(d_clipped, gan.discriminator.trainable_variables)
        gan.generator_optimizer.apply(g_clipped, gan.generator.trainable_variables)
        gan.update_average()
        gan.update_augmentation(logits[0])
        return metrics.update(gan.means, losses, logits, (d_gradients, g_gradients), (d_clipped, g_clipped))


def gradients(gan, real, labels=None, drawn=None):
    """Both losses and each network's gradient of its own: asked for by variable list, nothing adds up in `.grad`.

    Arguments and results as in `tensorflow.py`.
    """
    latents, real_noise, fake_noise, transforms, mix = drawn or gan.draw(real.shape[0])
    fake = gan.generator(gan.inputs_of(latents, labels), training=True)
    real, fake = gan.seen(real, real_noise, transforms), gan.seen(fake, fake_noise, transforms)
    real_logits = gan.discriminator(gan.inputs_of(real, labels), training=True)
    fake_logits = gan.discriminator(gan.inputs_of(fake, labels), training=True)
    logits = real_logits.float(), fake_logits.float()
    d_loss, g_loss = gan.loss_function(*logits)
    if gan.strategy.gradient_penalty:
        d_loss = gan.with_penalty(d_loss, _slopes(gan, real if mix is None else real + mix * (fake - real), labels))
    losses = d_loss, g_loss
    d_gradients = torch.autograd.grad(losses[0], _tensors(gan.discriminator), retain_graph=True)
    g_gradients = torch.autograd.grad(losses[1], _tensors(gan.generator))
    losses, logits = ([t.detach() for t in pair] for pair in (losses, logits))
    return losses, logits, list(d_gradients), list(g_gradients)


def _slopes(gan, images, labels):
    """The gradients of D's logits by the images, `(B, H, W, C)`."""
    images = images.detach().requires_grad_()
    logits = gan.discriminator(gan.inputs_of(images, labels), training=False)  # without batch normalisation the same
    return torch.autograd.grad(logits.sum(), images, create_graph=True)[0].float()


def value_and_gradients(function, variables):
    """The value of a function of no arguments, and its gradient by each of a list of `keras.Variable`.

    `function` returns a scalar tensor, or a tuple of one and of whatever else is wanted. Returned are that, and a list of
    tensors, None where the function does not depend on a variable.
    """
    result = function()
    scalar = result[0] if isinstance(result, tuple) else result
    derivatives = torch.autograd.grad(scalar, [v.value for v in variables], allow_unused=True)
    return keras.tree.map_structure(lambda t: t.detach() if torch.is_tensor(t) else t, result), list(derivatives)


def _tensors(network):
    return [v.value for v in network.trainable_variables]


def most_steps(gan):
    """One: Keras' trainer for PyTorch takes no more."""
    return 1


def settle(gan, error):
    """Nothing to do: the variables always have their values."""
    return True


def is_first_process():
    return True


def batches(source):
    return source
