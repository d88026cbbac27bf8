"""What lies on a training desk: a GAN whose networks learn one at a time, or both."""

import collections
import contextlib
import random

import keras
import numpy as np
from keras import ops

from .... import backends
from ....gan import GAN
from ....strategy import Strategy, global_norm
from .view import PAST

SHOWN = 128  # real examples, and fakes, whose logits a picture shows


class Learner:
    """A GAN, its data and its steps.

    Every step computes both gradients at the same weights, as `GAN` does; then only the chosen ones are applied.

    Args:
        table: from `desk_toy.TABLES`.
        seed: of the first weights, the latents and the batches.

    Attributes:
        gan: the compiled `GAN`.
        steps: how many are done since the start.
        norms: of the last 200 steps each, `(norm of D's gradient, norm of G's, which were applied)`.
    """

    def __init__(self, table, seed):
        self.table, self.seed = table, seed
        with _seeded(seed):
            self.gan = gan = GAN(*table.networks(), seed=seed)
        gan.compile(Strategy(), steps_per_execution=1)
        self._gradients, self._forward = pure(gan, _gradients), pure(gan, _forward)
        self._sides = {
            "D": (gan.discriminator, gan.discriminator_optimizer),
            "G": (gan.generator, gan.generator_optimizer),
        }
        self._apply = {name: applier(*side) for name, side in self._sides.items()}
        self._first = [(v, ops.convert_to_numpy(v).copy()) for v in gan.state]
        self.real, self._latents = table.data[:SHOWN], gan.latents(table.many, seed)
        self.start_again()

    def start_again(self):
        """Back to the first weights, optimizers, batches and latents."""
        for variable, value in self._first:
            variable.assign(value)
        self._rng = np.random.default_rng(self.seed)
        self.steps, self.norms = 0, collections.deque(maxlen=PAST)

    def step(self, train, learning_rate):
        """One step; train is "D", "G" or "both"."""
        real = self.table.data[self._rng.integers(len(self.table.data), size=self.table.batch)]
        *norms, gradients, values = self._gradients(real)
        moved = {id(self.gan.seed_generator.state)}
        for name in "DG" if train == "both" else train:
            network, optimizer = self._sides[name]
            optimizer.learning_rate = learning_rate
            self._apply[name](gradients[name])
            moved |= {id(v) for v in network.non_trainable_variables}
        for variable, value in zip(self.gan.non_trainable_variables, values):  # batch statistics of who learns, no other's
            if id(variable) in moved and value is not None:
                variable.assign(value)
        self.steps += 1
        self.norms.append((*map(float, norms), train))

    def look(self):
        """What the losses see now, both networks in training mode; nothing changes.

        Returns:
            Fakes `(table.many, …)` from fixed latents; the logits `(128,)` of fixed real examples and of the first fakes;
            those of what the table asks, `(n,)`, or None.
        """
        fakes, *judged = self._forward(self.real, self._latents, self.table.asked)
        return ops.convert_to_numpy(fakes), *(None if x is None else ops.convert_to_numpy(x)[:, 0] for x in judged)


def pure(gan, function):
    """`function(gan, scope, *arrays)` as a function of `arrays` alone, compiled where the backend can.

    The GAN's variables keep their values; those that `function` would assign stay in the `keras.StatelessScope` it gets.
    """
    backend = keras.backend.backend()
    variables = gan.variables if backend == "jax" else []  # JAX would compile their present values in

    def of(values, *arrays):
        with keras.StatelessScope(state_mapping=list(zip(variables, values))) as scope:
            return function(gan, scope, *arrays)

    compiled = of
    if backend == "tensorflow":
        compiled = _graph(of)
    elif backend == "jax":
        import jax

        compiled = jax.jit(of)
    return lambda *arrays: compiled([v.value for v in variables], *arrays)


def applier(network, optimizer):
    """A function that applies gradients to a network by its optimizer, compiled where the backend can."""
    backend, variables = keras.backend.backend(), network.trainable_variables

    def apply(gradients):
        optimizer.apply(gradients, variables)

    if backend != "jax":
        return _graph(apply) if backend == "tensorflow" else apply
    import jax

    compiled = jax.jit(optimizer.stateless_apply)

    def apply_there(gradients):
        found = compiled([v.value for v in optimizer.variables], gradients, [v.value for v in variables])
        for variable, value in zip([*variables, *optimizer.variables], [*found[0], *found[1]]):
            variable.assign(value)

    return apply_there


def _graph(function):
    import tensorflow as tf

    return tf.function(function, autograph=False)


def _gradients(gan, scope, real):
    """Norms of D's and G's gradients, both gradients, and new values of `gan.non_trainable_variables` (None: as before)."""
    _, _, of_d, of_g, *values = backends.load().gradients(gan, real)
    values = values[0] if values else [scope.get_current_value(v) for v in gan.non_trainable_variables]  # JAX brings them
    return global_norm(of_d), global_norm(of_g), {"D": of_d, "G": of_g}, values


def _forward(gan, scope, real, latents, asked):
    """Fakes, and the logits of `real`, of the first fakes and of `asked`."""
    fakes = gan.generator(latents, training=True)
    return fakes, *(None if x is None else gan.discriminator(x, training=True) for x in (real, fakes[:SHOWN], asked))


@contextlib.contextmanager
def _seeded(seed):
    """Initial weights from `seed`, and afterwards Python's random numbers, where Keras takes seeds from, as before."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
