"""What the training desk trains: a GAN whose networks learn one at a time, or both."""

import collections
import contextlib
import random

import keras
import numpy as np
from keras import ops

from .... import backends
from ....gan import GAN
from ....metrics import global_norm
from ....strategy import Strategy
from .view import PAST

SHOWN = 128  # real examples, and fakes, whose logits a picture shows


class Trainer:
    """A compiled `gan`, its `problem` and its steps; `seed` is that of the first weights, the latents and the batches.

    Every step computes both gradients at the same weights, as `GAN` does; then only the chosen ones are applied. `steps` are
    done since the start, `norms` are `(norm of D's gradient, norm of G's, which were applied)` for each of the last 200.
    """

    def __init__(self, problem, seed):
        self.problem, self.seed = problem, seed
        with _seeded(seed):
            self.gan = gan = GAN(*problem.networks(), seed=seed)
        gan.compile(Strategy(), steps_per_execution=1)
        self._gradients, self._forward = _stateless(gan, _gradients), _stateless(gan, _forward)
        d, g = (gan.discriminator, gan.discriminator_optimizer), (gan.generator, gan.generator_optimizer)
        self._networks = {"D": d, "G": g}
        self._apply = {name: _applier(*pair) for name, pair in self._networks.items()}
        self._initial = [(v, ops.convert_to_numpy(v).copy()) for v in gan.state]
        self.real, self._latents = problem.data[:SHOWN], gan.latents(problem.n_latents, seed)
        self.start_again()

    def start_again(self):
        """Back to the first weights, optimizers, batches and latents."""
        for variable, value in self._initial:
            variable.assign(value)
        self._rng = np.random.default_rng(self.seed)
        self.steps, self.norms = 0, collections.deque(maxlen=PAST)

    def step(self, train, learning_rate):
        """One step; `train` is "D", "G" or "both"."""
        data = self.problem.data
        *norms, gradients, values = self._gradients(data[self._rng.integers(len(data), size=self.problem.batch_size)])
        changing = {id(self.gan.seed_generator.state)}
        for name in "DG" if train == "both" else train:
            network, optimizer = self._networks[name]
            optimizer.learning_rate = learning_rate
            self._apply[name](gradients[name])
            changing |= {id(v) for v in network.non_trainable_variables}  # its batch statistics, not the other's
        for variable, value in zip(self.gan.non_trainable_variables, values):
            if id(variable) in changing and value is not None:
                variable.assign(value)
        self.steps += 1
        self.norms.append((*map(float, norms), train))

    def forward(self):
        """What the losses see now, both networks in training mode; nothing changes.

        Fakes `(problem.n_latents, …)` from fixed latents; the logits `(128,)` of fixed real examples and of the first fakes;
        those of the problem's probes, `(n,)`, or None.
        """
        fakes, *logits = self._forward(self.real, self._latents, self.problem.probes)
        return ops.convert_to_numpy(fakes), *(None if x is None else ops.convert_to_numpy(x)[:, 0] for x in logits)


def _gradients(gan, scope, real):
    """Norms of D's and G's gradients, both gradients, and new values of `gan.non_trainable_variables` (None: as before)."""
    _, _, d_gradients, g_gradients = backends.gradients(gan, real)
    values = [scope.get_current_value(v) for v in gan.non_trainable_variables]
    return global_norm(d_gradients), global_norm(g_gradients), {"D": d_gradients, "G": g_gradients}, values


def _forward(gan, scope, real, latents, probes):
    """Fakes, and the logits of `real`, of the first fakes and of `probes`."""
    fakes = gan.generator(latents, training=True)
    return fakes, *(None if x is None else gan.discriminator(x, training=True) for x in (real, fakes[:SHOWN], probes))


def _compiled(function):
    """A function of arrays, compiled where the backend can."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, autograph=False)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function


def _stateless(gan, function):
    """`function(gan, scope, *arrays)` as a compiled function of `arrays` alone.

    The GAN's variables keep their values; those that `function` would assign stay in the `keras.StatelessScope` it gets.
    """
    variables = gan.variables if keras.backend.backend() == "jax" else []  # JAX would compile their present values in

    def on_values(values, *arrays):
        with keras.StatelessScope(state_mapping=list(zip(variables, values))) as scope:
            return function(gan, scope, *arrays)

    compiled = _compiled(on_values)
    return lambda *arrays: compiled([v.value for v in variables], *arrays)


def _applier(network, optimizer):
    """A function that applies gradients to a network by its optimizer, compiled where the backend can."""
    variables, state = network.trainable_variables, optimizer.variables
    if keras.backend.backend() != "jax":
        return _compiled(lambda gradients: optimizer.apply(gradients, variables))
    new_values = _compiled(optimizer.stateless_apply)

    def apply(gradients):
        weights, moments = new_values([v.value for v in state], gradients, [v.value for v in variables])
        for variable, value in zip([*variables, *state], [*weights, *moments]):
            variable.assign(value)

    return apply


@contextlib.contextmanager
def _seeded(seed):
    """Initial weights from `seed`, and afterwards Python's random numbers, where Keras takes seeds from, as before."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
