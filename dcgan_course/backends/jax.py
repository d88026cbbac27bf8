"""The adversarial step in JAX."""

import jax
import keras


def train_step(gan, state, data):
    """Update both networks once on a batch of real images; Keras compiles it, and gives the old state's memory to the new.

    Args:
        gan: a compiled `GAN`, whose variables stay as they are: their values come and go as `state`.
        state: lists of values of `gan`'s trainable, other, optimizers' and metrics' variables.
        data: images `(B, H, W, C)`, alone or first in Keras' `(x, y, sample_weight)`.

    Returns:
        `{metric name: running mean of this epoch}`, new state.
    """
    real, _, _ = keras.utils.unpack_x_y_sample_weight(data)
    losses, logits, d_gradients, g_gradients, others = gradients(gan, real, state=state)
    d_clipped = gan.strategy.clip_gradients(d_gradients, "discriminator")
    g_clipped = gan.strategy.clip_gradients(g_gradients, "generator")
    with _values(gan, (state[0], others, *state[2:])) as scope:
        gan.discriminator_optimizer.apply(d_clipped, gan.discriminator.trainable_variables)
        gan.generator_optimizer.apply(g_clipped, gan.generator.trainable_variables)
        gan.update_average()
        logs = gan.update_metrics(losses, logits, (d_gradients, d_clipped), (g_gradients, g_clipped))
    return logs, tuple([scope.get_current_value(v) for v in group] for group in _variables(gan))


def gradients(gan, real, chance=None, state=None):
    """Both losses and each network's gradient of its own, by one forward pass and a pullback for each loss.

    Args:
        gan: a compiled `GAN`.
        real: images `(B, H, W, C)`.
        chance: latents and noise as from `gan.draw(B)`; None draws them.
        state: as for `train_step`; None for the variables' own values, which then are not changed.

    Returns:
        `(d_loss, g_loss), (real_logits, fake_logits), d_gradients, g_gradients`, values of the not trainable variables.
    """
    state = state or tuple([v.value for v in group] for group in _variables(gan))

    def forward(trainable):
        with _values(gan, (trainable, *state[1:])) as scope:
            losses, logits = gan.judge(real, *(chance or gan.draw(real.shape[0])))
        return losses, (logits, [scope.get_current_value(v) for v in gan.non_trainable_variables])

    losses, pullback, (logits, others) = jax.vjp(forward, state[0], has_aux=True)
    of = {id(v): i for i, v in enumerate(gan.trainable_variables)}

    def pulled(seeds, network):
        (found,) = pullback(tuple(jax.numpy.asarray(s, loss.dtype) for s, loss in zip(seeds, losses)))
        return [found[of[id(v)]] for v in network.trainable_variables]

    return losses, logits, pulled((1, 0), gan.discriminator), pulled((0, 1), gan.generator), others


def _variables(gan):
    return gan.trainable_variables, gan.non_trainable_variables, gan.optimizer.variables, gan.metrics_variables


def _values(gan, state):
    """A scope in which `gan`'s variables have the values of `state`, and take new ones without side effects."""
    pairs = [pair for variables, values in zip(_variables(gan), state) for pair in zip(variables, values)]
    return keras.StatelessScope(state_mapping=pairs)


def most_steps(gan):
    """One: Keras would loop over more in Python, which gains nothing."""
    return 1


def settle(gan):
    """Bring the values of a running `fit` back into the variables.

    Returns:
        Whether all could be: a step that is stopped half-way has given its old values away and has no new ones yet.
    """
    if any(value.is_deleted() for values in (getattr(gan, "_jax_state", None) or {}).values() for value in values):
        gan._jax_state_synced = True
        return False
    gan.jax_state_sync()
    return True


def batches(source):
    return source
