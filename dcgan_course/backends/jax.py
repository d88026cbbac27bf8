"""The adversarial step in JAX."""

import jax
import keras

from .. import metrics


def train_step(gan, state, data):
    """Update both networks once on a batch of real images; Keras compiles it, and gives the old state's memory to the new.

    Both losses are computed at the same weights from one generator pass, then both networks move.

    Arguments and results as in `tensorflow.py`; but the variables stay as they are: their values come as `state`, lists for
    the trainable, other, optimizers' and metrics' variables, and the new ones are returned beside the metrics.
    """
    real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
    groups = gan.trainable_variables, gan.non_trainable_variables, gan.optimizer.variables, gan.metrics_variables
    pairs = [pair for variables, values in zip(groups, state) for pair in zip(variables, values)]
    with keras.StatelessScope(state_mapping=pairs) as scope:
        losses, logits, d_gradients, g_gradients = gradients(gan, real, labels)
        d_clipped = gan.strategy.clip_gradients(d_gradients, "discriminator")
        g_clipped = gan.strategy.clip_gradients(g_gradients, "generator")
        gan.discriminator_optimizer.apply(d_clipped, gan.discriminator.trainable_variables)
        gan.generator_optimizer.apply(g_clipped, gan.generator.trainable_variables)
        gan.update_average()
        gan.update_augmentation(logits[0])
        logs = metrics.update(gan.means, losses, logits, (d_gradients, g_gradients), (d_clipped, g_clipped))
    return logs, tuple([scope.get_current_value(v) for v in variables] for variables in groups)


def gradients(gan, real, labels=None, drawn=None):
    """Both losses and each network's gradient of its own, by one forward pass and a pullback for each loss.

    Arguments and results as in `tensorflow.py`.
    """
    latents, real_noise, fake_noise, transforms, mix = drawn or gan.draw(real.shape[0])
    trainable, others = gan.trainable_variables, gan.non_trainable_variables
    other_values = [v.value for v in others]

    def forward(values):
        with keras.StatelessScope(state_mapping=list(zip([*trainable, *others], [*values, *other_values]))) as scope:
            fake = gan.generator(gan.inputs_of(latents, labels), training=True)
            seen, fake = gan.seen(real, real_noise, transforms), gan.seen(fake, fake_noise, transforms)
            real_logits = gan.discriminator(gan.inputs_of(seen, labels), training=True)
            fake_logits = gan.discriminator(gan.inputs_of(fake, labels), training=True)
            logits = real_logits.astype("float32"), fake_logits.astype("float32")
            d_loss, g_loss = gan.loss_function(*logits)
            if gan.strategy.gradient_penalty:
                d_loss = gan.with_penalty(d_loss, _slopes(gan, seen if mix is None else seen + mix * (fake - seen), labels))
            losses = d_loss, g_loss
        return losses, (logits, [scope.get_current_value(v) for v in others])

    losses, pullback, (logits, moved) = jax.vjp(forward, [v.value for v in trainable], has_aux=True)
    for variable, value in zip(others, moved):
        variable.assign(value)
    place = {id(v): i for i, v in enumerate(trainable)}

    def gradients_of(network, seeds):
        (pulled_back,) = pullback(tuple(jax.numpy.asarray(s, loss.dtype) for s, loss in zip(seeds, losses)))
        return [pulled_back[place[id(v)]] for v in network.trainable_variables]

    return losses, logits, gradients_of(gan.discriminator, (1, 0)), gradients_of(gan.generator, (0, 1))


def _slopes(gan, images, labels):
    """The gradients of D's logits by the images, `(B, H, W, C)`."""

    def total(images):  # without batch normalisation, inference mode is the same, and it leaves every variable alone
        return gan.discriminator(gan.inputs_of(images, labels), training=False).astype("float32").sum()

    return jax.grad(total)(jax.lax.stop_gradient(images)).astype("float32")


def value_and_gradients(function, variables):
    """The value of a function of no arguments, and its gradient by each of a list of `keras.Variable`.

    `function` returns a scalar tensor, or a tuple of one and of whatever else is wanted. Returned are that, and a list of
    tensors, zeros where the function does not depend on a variable. What `function` assigns to a variable is not kept.
    """
    variables = list(variables)

    def scalar_first(values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values))):
            result = function()
        return (result[0] if isinstance(result, tuple) else result), result

    (_, result), derivatives = jax.value_and_grad(scalar_first, has_aux=True)([v.value for v in variables])
    return result, derivatives


def most_steps(gan):
    """One: Keras would loop over more in Python, which gains nothing."""
    return 1


def settle(gan, error):
    """Bring the values of a `fit` that an error stopped back into the variables.

    Returned is whether all could be: a step that is stopped half-way has given its old values away and has no new ones yet.
    Raises RuntimeError where another process of this run is lost.
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
    """The source itself on one device; over several, each process takes its rows of every batch, if all get as many."""
    distribution = keras.distribution.distribution()
    if distribution is None:
        return source
    devices = distribution.device_mesh.devices.size
    first, last = (len(jax.tree.leaves(source[i])[0]) for i in (0, len(source) - 1))
    if first % devices or last % devices:
        raise ValueError(
            f"{devices} devices share each batch, so its size must be a multiple of {devices}, that of an epoch's last "
            f"batch too: dataset.batches({8 * devices}, drop_remainder=True). Received: batches of {first} and {last}."
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
        def rows(part):
            share = len(part) // jax.process_count()
            return part[jax.process_index() * share :][:share]

        return jax.tree.map(rows, self.source[index])

    def on_epoch_begin(self):
        self.source.on_epoch_begin()
