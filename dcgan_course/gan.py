"""GAN: generator and discriminator under one `fit`. It knows losses and a strategy; each backend brings its own step."""

import keras
import numpy as np
from keras import ops

from . import backends, losses
from . import checkpoints as checkpoint
from .datasets import Batches, check_images, check_source
from .guard import METRICS, Watch, update
from .strategy import OptimizerPair, Strategy


@keras.saving.register_keras_serializable("dcgan_course")
class GAN(keras.Model):
    """A generative adversarial network as an ordinary Keras model (Goodfellow et al. 2014).

    Args:
        generator: `keras.Model`, latents `(B, latent_dim)` → images `(B, H, W, C)`.
        discriminator: `keras.Model`, images `(B, H, W, C)` → logits `(B, 1)`.
        seed: seed of the latents drawn in training; None takes one from the seed that `dcgan_course.start` set.

    Raises:
        ValueError: the two networks do not fit together.

    Every epoch reports: `d_loss`, `g_loss`; `d_real` and `d_fake`, the mean D(x) and D(G(z)); `d_norm` and `g_norm`,
    the norm of each network's gradient, and the same `_clipped`; `images_per_second`.

    Example:
        >>> gan = GAN(networks.generator((32, 32, 1)), networks.discriminator((32, 32, 1)))
        >>> gan.compile(Strategy(clip_norm=1.0))
        >>> gan.fit(digits.batches(64), epochs=30)
        >>> gan.sample(48, seed=1).shape
        (48, 32, 32, 1)
    """

    logits = 1  # per example; a coupled pair has two

    def __init__(self, generator, discriminator, seed=None, **kwargs):
        super().__init__(**kwargs)
        made, judged = generator.output_shape[1:], discriminator.input_shape[1:]
        if made != judged:
            raise ValueError(f"The generator makes images {made}, the discriminator takes {judged}. Give both one shape.")
        if len(generator.input_shape) != 2:
            raise ValueError(
                f"The generator must take latent vectors, (None, latent_dim). Received: {generator.input_shape}. "
                "Begin it with keras.layers.Reshape((1, 1, latent_dim))."
            )
        if discriminator.output_shape != (None, self.logits):
            raise ValueError(
                f"The discriminator must give one logit per image, (None, {self.logits}). "
                f"Received: {discriminator.output_shape}. Is a Flatten missing before its last Dense layer?"
            )
        self.generator, self.discriminator = generator, discriminator
        self.averaged_generator = keras.models.clone_model(generator)
        self.averaged_generator.trainable = False
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._means = {name: keras.metrics.Mean(name=name) for name in METRICS}
        self.resumed = None  # epoch, history and folder of the checkpoint that was taken up
        self.built = True

    # -- what is trained, and how ------------------------------------------------------------------------------

    def compile(self, strategy=None, loss="non_saturating", jit_compile="auto", steps_per_execution=8, run_eagerly=False):
        """Set how to train; makes new optimizers.

        Args:
            strategy: `Strategy`; None for its defaults.
            loss: a name from `losses.LOSSES`, or a function `(real_logits, fake_logits) → (d_loss, g_loss)`.
            jit_compile, run_eagerly: as in `keras.Model.compile`.
            steps_per_execution: steps in one call of the compiled graph, on backends that can; callbacks see the last one.

        Raises:
            ValueError: unknown loss; a loss and a strategy that contradict each other.
        """
        self.strategy = strategy or Strategy()
        self._jit_choice = jit_compile  # Keras resolves "auto" for this machine; a file is for any
        self.loss = losses.get(loss)
        self.loss_function = self.strategy.loss(self.loss)
        self.strategy.set_precision(self.generator, self.discriminator)
        super().compile(
            optimizer=None,
            jit_compile=jit_compile,
            steps_per_execution=min(steps_per_execution, backends.load().most_steps(self)),
            run_eagerly=run_eagerly,
        )
        self.generator_optimizer, self.discriminator_optimizer = self.strategy.optimizers()
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.optimizer = OptimizerPair(self.generator_optimizer, self.discriminator_optimizer)
        self.averaged_generator.set_weights(self.generator.get_weights())

    def train_step(self, *args):
        return backends.load().train_step(self, *args)

    def _maybe_symbolic_build(self, *args, **kwargs):
        """Nothing: all is built. Under `tf.distribute` Keras would take a batch for this out of an epoch of its own."""

    def draw(self, n):
        """What chance brings to a step with `n` images, new at each call.

        Returns:
            Standard normal latents `(n, latent_dim)`; noise `(n, H, W, C)` for the real images and for the fakes, or None.
        """
        latents = keras.random.normal((n, self.latent_dim), seed=self.seed_generator)
        shape = (n, *self.discriminator.input_shape[1:])
        return latents, self.strategy.noise(shape, self.seed_generator), self.strategy.noise(shape, self.seed_generator)

    def judge(self, real, latents, real_noise=None, fake_noise=None):
        """The forward pass of a step: both networks in training mode, one generator pass for both losses.

        `real` are images `(n, H, W, C)`, the others as from `draw(n)`.
        Returns `(d_loss, g_loss), (real_logits, fake_logits)`: scalars, and logits `(n, 1)`.
        """
        fake = self.generator(latents, training=True)
        real_logits = self.discriminator(real if real_noise is None else ops.add(real, real_noise), training=True)
        fake_logits = self.discriminator(fake if fake_noise is None else ops.add(fake, fake_noise), training=True)
        logits = tuple(ops.cast(x, "float32") for x in (real_logits, fake_logits))
        return self.loss_function(*logits), logits

    def update_average(self):
        """Move the averaged generator's weights, batch statistics included, a little towards the generator's."""
        if self.strategy.averaging is None:
            return
        step = ops.cast(self.generator_optimizer.iterations, "float32")
        decay = ops.minimum(self.strategy.averaging, (1.0 + step) / (10.0 + step))  # short memory at the start
        for average, value in zip(self.averaged_generator.weights, self.generator.weights):
            average.assign(average + (value - average) * (1.0 - decay))

    def update_metrics(self, losses, logits, d_gradients, g_gradients):
        """Take one step's numbers into the epoch's means; `*_gradients` are pairs (before, after clipping)."""
        return update(self._means, losses, logits, d_gradients, g_gradients)

    @property
    def state(self):
        """Every variable that training changes: weights, averages, random states, optimizers."""
        return [*self.variables, *self.optimizer.variables]

    @property
    def metrics(self):
        return list(self._means.values())

    def fit(self, x, epochs=1, callbacks=None, verbose="auto", **kwargs):
        """Train on real images, as `keras.Model.fit` does.

        Args:
            x: `ImageDataset.batches(…)`, an array `(N, H, W, C)` in [-1, 1], or any Keras data source of batches of it.
            epochs, callbacks, verbose, **kwargs: as in `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: images of another shape than the networks', or outside [-1, 1].
            FloatingPointError: a loss became NaN or infinite; the weights are those after the last good epoch.
            KeyboardInterrupt: passed on; the model and `gan.history` stay usable.
        """
        if not self.compiled:
            raise ValueError("Call compile() before fit(): gan.compile(dc.Strategy()).")
        if isinstance(x, np.ndarray) or ops.is_tensor(x):
            x = check_images(ops.convert_to_numpy(x), "Training images")
            x = Batches(x, kwargs.pop("batch_size", None) or min(32, len(x)))
        self._check_source(x)
        watch = Watch()
        callbacks = [watch, *keras.tree.flatten(callbacks or [])]
        if verbose == "auto" and any(getattr(c, "shows_progress", False) for c in callbacks):
            verbose = 0
        if isinstance(x, Batches):
            if "initial_epoch" in kwargs:
                x.start_epoch(kwargs["initial_epoch"])
            x = backends.load().batches(x)
            kwargs["shuffle"] = False  # they are shuffled already
        try:
            return super().fit(x, epochs=epochs, callbacks=callbacks, verbose=verbose, **kwargs)
        except BaseException as error:  # an interrupt above all: the model stays usable, the live view shows how far it got
            whole = backends.load().settle(self, error)
            if watch.kept and (isinstance(error, FloatingPointError) or not whole):
                watch.restore()
            for callback in callbacks:
                getattr(callback, "on_train_interrupted", lambda: None)()
            raise

    def _check_source(self, x):
        check_source(x, self.discriminator.input_shape[1:])

    def resume(self, folder):
        """Take up the newest sound checkpoint that `callbacks.Checkpoint` has left in a folder.

        Afterwards networks, optimizers, averaged weights and random states are those of that moment; a `fit` with
        `initial_epoch` goes on from it, history included, and on the same batches if it gets `Batches` with the same seed.

        Returns:
            How many epochs are done: 0, and nothing changed, where the folder holds no checkpoint.

        Raises:
            ValueError: not compiled; or there are checkpoints, but none is sound and of this GAN.
        """
        if not self.compiled:
            raise ValueError("Call compile() before resume(): the optimizers are part of a checkpoint.")
        self.resumed = checkpoint.resume(self, folder)
        return self.resumed["epoch"] if self.resumed else 0

    # -- what comes out ----------------------------------------------------------------------------------------

    @property
    def latent_dim(self):
        return self.generator.input_shape[-1]

    def latents(self, n, seed=None):
        """`n` standard normal latents, float32 `(n, latent_dim)`: the same for the same seed, new ones without."""
        seed = np.random.randint(2**31) if seed is None else seed
        return np.random.default_rng(seed).standard_normal((n, self.latent_dim), "float32")

    def generate(self, latents):
        """Images float32 `(n, H, W, C)` for latents `(n, latent_dim)`; from the averaged generator if there is one.

        Raises:
            ValueError: latents of another width.
        """
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(f"Latents must be (n, {self.latent_dim}) for this generator. Received: {latents.shape}.")
        parts = (self(latents[i : i + 256], training=False) for i in range(0, len(latents), 256))
        return np.concatenate([ops.convert_to_numpy(p) for p in parts])

    def sample(self, n, seed=None):
        """`n` new images, float32 `(n, H, W, C)` in [-1, 1]; the same for the same seed."""
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise ValueError(f"sample(n) makes n images, n at least 1. Received: n={n!r}.")
        return self.generate(self.latents(n, seed))

    def call(self, latents, training=False):
        averaged = not training and self.compiled and self.strategy.averaging is not None
        images = (self.averaged_generator if averaged else self.generator)(latents, training=training)
        return ops.cast(images, "float32")

    # -- saving ------------------------------------------------------------------------------------------------

    def get_config(self):
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
        }

    @classmethod
    def from_config(cls, config):
        nets = {k: keras.saving.deserialize_keras_object(config.pop(k)) for k in ("generator", "discriminator")}
        return cls(**nets, **config)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["seed_generator"] = ops.convert_to_numpy(self.seed_generator.state)  # Keras saves no seed generators

    def load_own_variables(self, store):
        self.seed_generator.state.assign(store["seed_generator"])

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            "strategy": self.strategy.get_config(),
            "loss": losses.serialize(self.loss),
            "jit_compile": self._jit_choice,
            "steps_per_execution": self.steps_per_execution,
        }

    def compile_from_config(self, config):
        self.compile(
            **{**config, "strategy": Strategy.from_config(config["strategy"]), "loss": losses.deserialize(config["loss"])}
        )
