"""What an exercise puts in the place of the learner's own things, to see what an answer does with them.

Here are small networks that note how they are called, and watchers over Keras' layers and optimizers. They give no hints.
"""

import contextlib

import keras
import numpy as np
from keras import layers, ops

LATENT_DIM, SIZE, BATCH = 6, 8, 12
ON_JAX = keras.backend.backend() == "jax"


@keras.saving.register_keras_serializable("dcgan_course")
class Spy(layers.Layer):
    """Passes its input on, times `gain`, and notes how it is called; values and gradients stay as they are.

    `squares` is the sum of squares of its last input, a scalar variable (under JAX a tensor); `training_calls` how often it
    was called in training mode, where batch normalisation's statistics move.
    """

    def __init__(self, gain=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain, self.training_calls, self.squares = gain, 0, None
        if not ON_JAX:
            self.squares = self.add_weight(shape=(), initializer="zeros", trainable=False, name="squares")

    def call(self, x, training=False):
        squares = ops.sum(ops.square(x))
        if ON_JAX:  # it drops what is assigned on the way to a gradient
            self.squares = squares
        else:  # a compiled step keeps it
            self.squares.assign(squares)
        self.training_calls += bool(training)  # in Python, so that JAX keeps it; a compiled step counts while it is traced
        return self.gain * x


class Networks:
    """A generator, latents (B, 6) → images (B, 8, 8, 1), a discriminator, images → logits (B, 1), and a batch for them.

    The generator multiplies its latents by `gain`; with 0 it makes the same image of all of them. `real` are images in
    [-1, 1], float32 (12, 8, 8, 1), `latents` standard normal float32 (12, 6), both tensors.
    """

    def __init__(self, gain=1.0):
        def dense(units, spread, seed, **options):
            normal = keras.initializers.RandomNormal(stddev=spread, seed=seed)
            return layers.Dense(units, kernel_initializer=normal, **options)

        bias = keras.initializers.RandomNormal(stddev=0.3, seed=2)
        latent, image = keras.Input((LATENT_DIM,)), keras.Input((SIZE, SIZE, 1))
        x = dense(SIZE * SIZE, 0.3, seed=1, bias_initializer=bias)(Spy(gain, name="spy")(latent))
        self.generator = keras.Model(latent, layers.Reshape((SIZE, SIZE, 1))(layers.Activation("tanh")(x)))
        x = dense(12, 0.3, seed=3)(Spy(name="spy")(layers.Flatten()(image)))
        self.discriminator = keras.Model(image, dense(1, 0.5, seed=4)(layers.LeakyReLU(0.2)(x)))
        rng = np.random.default_rng(5)
        self.real = ops.convert_to_tensor(rng.uniform(-1, 1, (BATCH, SIZE, SIZE, 1)).astype("float32"))
        self.latents = ops.convert_to_tensor(rng.standard_normal((BATCH, LATENT_DIM)).astype("float32"))

    def latent_squares(self):
        """The sum of squares of the latents that the generator was last called on, `float`."""
        return float(ops.convert_to_numpy(self.generator.get_layer("spy").squares))

    def trainable_flags(self):
        """List with `trainable` of every layer of both networks."""
        return [layer.trainable for model in (self.generator, self.discriminator) for layer in (model, *model.layers)]


def training_calls(network):
    """How often one of the `Networks` was called in training mode, `int`."""
    return network.get_layer("spy").training_calls


class Optimizers:
    """Watches Keras' optimizers within the scope `with Optimizers() as optimizers:`; `count` says how many were made."""

    def __enter__(self):
        self.count, self._applied, kind = 0, [], keras.optimizers.Optimizer
        self._originals = kind.__init__, kind.apply

        def init(optimizer, *args, **kwargs):
            self.count += 1
            return self._originals[0](optimizer, *args, **kwargs)

        def apply(optimizer, grads, trainable_variables=None):
            used = optimizer._trainable_variables if trainable_variables is None else list(trainable_variables)
            self._applied.append((optimizer, {id(v) for v in used}))
            return self._originals[1](optimizer, grads, trainable_variables)

        kind.__init__, kind.apply = init, apply
        return self

    def __exit__(self, *_):
        keras.optimizers.Optimizer.__init__, keras.optimizers.Optimizer.apply = self._originals

    def applied_to(self, variables):
        """Set of the ids of the optimizers that were applied to any of the variables."""
        known = {id(v) for v in variables}
        return {id(optimizer) for optimizer, used in self._applied if used & known}


@contextlib.contextmanager
def traced():
    """A list that fills with `(layer, output shape)` for every layer called in the scope, in the order of execution."""
    calls, original = [], layers.Layer.__call__

    def call_and_note(self, *args, **kwargs):
        output = original(self, *args, **kwargs)
        calls.append((self, tuple(getattr(output, "shape", ()))))
        return output

    layers.Layer.__call__ = call_and_note
    try:
        yield calls
    finally:
        layers.Layer.__call__ = original
