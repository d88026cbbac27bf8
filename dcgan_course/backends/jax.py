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


def value_and_gradients(function, variables):
    """As `dcgan_course.value_and_gradients` says."""

    def of(values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values))):
            found = function()
        return (found[0] if isinstance(found, tuple) else found), found

    (_, found), gradients = jax.value_and_grad(of, has_aux=True)([v.value for v in variables])
    return found, gradients


def _variables(gan):
    return gan.trainable_variables, gan.non_trainable_variables, gan.optimizer.variables, gan.metrics_variables


def _values(gan, state):
    """A scope in which `gan`'s variables have the values of `state`, and take new ones without side effects."""
    pairs = [pair for variables, values in zip(_variables(gan), state) for pair in zip(variables, values)]
    return keras.StatelessScope(state_mapping=pairs)


def most_steps(gan):
    """One: Keras would loop over more in Python, which gains nothing."""
    return 1


def settle(gan, error):
    """Bring the values of a `fit` that an error stopped back into the variables.

    Returns:
        Whether all could be: a step that is stopped half-way has given its old values away and has no new ones yet.

    Raises:
        RuntimeError: the error is that another process of this run is gone.
    """
    if jax.process_count() > 1 and any(word in str(error) for word in ("Gloo", "NCCL", "UNAVAILABLE", "heartbeat")):
        raise RuntimeError(
            f"Process {jax.process_index()} of {jax.process_count()} lost another one, so this run is over. Start all "
            "processes again; gan.resume(folder) goes on from the last checkpoint. This process ends when JAX has given "
            "the other up, within a minute or two."
        ) from error
    if any(value.is_deleted() for values in (getattr(gan, "_jax_state", None) or {}).values() for value in values):
        gan._jax_state_synced = True
        return False
    gan.jax_state_sync()
    return True


def is_first_process():
    return jax.process_index() == 0


def batches(source):
    """The source itself on one device; over several, each process takes its rows of every batch.

    Raises:
        ValueError: a batch that the devices of `keras.distribution` cannot share evenly.
    """
    distribution = keras.distribution.distribution()
    if distribution is None:
        return source
    devices = distribution.device_mesh.devices.size
    if len(source[0]) % devices or len(source[len(source) - 1]) % devices:
        raise ValueError(
            f"{devices} devices share each batch, so its size must be a multiple of {devices}, that of an epoch's last "
            f"batch too: dataset.batches({8 * devices}, drop_remainder=True). Received: batches of {len(source[0])} and at "
            f"the end {len(source[len(source) - 1])}."
        )
    distribution.auto_shard_dataset = False  # we share the rows out ourselves
    return Rows(source) if jax.process_count() > 1 else source


class Rows(keras.utils.PyDataset):
    """This process's rows of every batch: process 0 the first, and so on, as the devices are numbered."""

    def __init__(self, source):
        super().__init__()
        self.source = source

    def __len__(self):
        return len(self.source)

    def __getitem__(self, index):
        batch = self.source[index]
        share = len(batch) // jax.process_count()
        begin = jax.process_index() * share
        return batch[begin : begin + share]

    def on_epoch_begin(self):
        self.source.on_epoch_begin()
