"""GAN: generator and discriminator under one `fit`. Losses, strategy and guard come in; a backend brings the step."""

import keras
import numpy as np
from keras import ops

from . import backends, checkpoints, losses, metrics, networks
from .datasets import Batches, check_images, check_source
from .guard import Callback, NaNGuard
from .latent_model import LatentModel
from .step import Step
from .strategy import OptimizerPair, Strategy

NO_USE = ("y", "sample_weight", "class_weight")  # arguments of `keras.Model.fit`
MEASURE_INSTEAD = "How good the images are, also beside unseen ones, says dc.evaluation.report(gan, dataset, held_out=…)."


@keras.saving.register_keras_serializable("dcgan_course")
class GAN(Step, LatentModel):
    """A generative adversarial network as an ordinary Keras model (Goodfellow et al. 2014). Built in chapter 04.3.

    Args:
        generator: `keras.Model`, latents `(B, latent_dim)` → images `(B, H, W, C)`.
        discriminator: `keras.Model`, images `(B, H, W, C)` → logits `(B, 1)`.
        seed: seed of the latents drawn in training; None takes one from the seed that `dcgan_course.start` set.
        classes: of how many classes one can be asked for, where both networks are built with `classes=`, so that they take
            a list of the above and class numbers `(B,)`; None reads it from them.

    Raises:
        ValueError: the two networks do not fit together.

    Every epoch reports: `d_loss`, `g_loss`; `d_real` and `d_fake`, the mean D(x) and D(G(z)); `d_norm` and `g_norm`,
    the norm of each network's gradient, and the same `_clipped`; `images_per_second`.

    Example:
        >>> gan = GAN(networks.generator((16, 16, 1), width=4), networks.discriminator((16, 16, 1), width=4))
        >>> gan.compile(Strategy.recipe())
        >>> history = gan.fit(digits.batches(64), epochs=1, verbose=0)
        >>> gan.sample(48, seed=1).shape
        (48, 16, 16, 1)
    """

    logits_per_example = 1  # a coupled pair has two

    def __init__(self, generator, discriminator, seed=None, classes=None, **kwargs):
        super().__init__(**kwargs)
        self.classes, theirs = networks.classes_of(generator), networks.classes_of(discriminator)
        if self.classes != theirs or classes not in (None, theirs):
            raise ValueError(
                "Generator, discriminator and GAN must be for as many classes: build both networks with classes=n. "
                f"Received: generator {self.classes}, discriminator {theirs}, classes={classes!r}."
            )
        generated, discriminated = generator.output_shape[1:], discriminator.inputs[0].shape[1:]
        if generated != discriminated:
            raise ValueError(
                f"The generator makes images {generated}, the discriminator takes {discriminated}. Give both one shape."
            )
        if len(generator.inputs[0].shape) != 2:
            raise ValueError(
                f"The generator must take latent vectors, (None, latent_dim). Received: {generator.inputs[0].shape}. "
                "Begin it with keras.layers.Reshape((1, 1, latent_dim))."
            )
        if discriminator.output_shape != (None, self.logits_per_example):
            raise ValueError(
                f"The discriminator must give one logit per image, (None, {self.logits_per_example}). "
                f"Received: {discriminator.output_shape}. Is a Flatten missing before its last Dense layer?"
            )
        self.generator, self.discriminator = generator, discriminator
        self.averaged_generator = keras.models.clone_model(generator)
        self.averaged_generator.trainable = False
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.augment_probability = keras.Variable(0.0, trainable=False, aggregation="mean", name="augment_probability")
        self.means = metrics.means()
        self.resumed = None  # epoch, history and folder of the checkpoint that was taken up
        self.built = True

    # -- what is trained, and how ------------------------------------------------------------------------------

    def compile(self, strategy=None, loss="non_saturating", jit_compile="auto", steps_per_execution=8, run_eagerly=False):
        """Set how to train, with new optimizers.

        Args:
            strategy: `Strategy`; None for its defaults.
            loss: a name from `losses.LOSSES`, or a function `(real_logits, fake_logits) → (d_loss, g_loss)`.
            jit_compile, run_eagerly: as in `keras.Model.compile`.
            steps_per_execution: steps in one call of the compiled graph, on backends that can; callbacks see the last one.

        Raises:
            ValueError: unknown loss; a loss or a network and a strategy that contradict each other.
        """
        self.strategy = strategy or Strategy()
        self._asked = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}  # saved as asked for
        self.loss = losses.get(loss)
        self.loss_function = self.strategy.loss(self.loss)
        normalised = [n.name for n in self.discriminator.layers if isinstance(n, keras.layers.BatchNormalization)]
        if self.strategy.gradient_penalty and normalised:
            raise ValueError(
                "gradient_penalty bounds D's slope image by image, but batch normalisation lets one image's logit depend on "
                f"the others. Received: a discriminator with {', '.join(normalised)}. Build it with norm=False, or with "
                "spectral=True."
            )
        self.strategy.set_precision(self.generator, self.discriminator, self.averaged_generator)
        steps = min(steps_per_execution, backends.most_steps(self))
        super().compile(optimizer=None, jit_compile=jit_compile, steps_per_execution=steps, run_eagerly=run_eagerly)
        self.generator_optimizer, self.discriminator_optimizer = self.strategy.optimizers()
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.optimizer = OptimizerPair(self.generator_optimizer, self.discriminator_optimizer, self.strategy)
        self.averaged_generator.set_weights(self.generator.get_weights())

    def train_step(self, *args):
        return backends.train_step(self, *args)

    def _maybe_symbolic_build(self, *args, **kwargs):
        """Nothing: all is built. Under `tf.distribute` Keras would take a batch for this out of an epoch of its own."""

    @property
    def state(self):
        """Every variable that training changes: weights, averages, random states, optimizers."""
        return [*self.variables, *self.optimizer.variables]

    @property
    def metrics(self):
        return list(self.means.values())

    def fit(self, x, epochs=1, callbacks=None, verbose="auto", *, batch_size=None, shuffle=True, **kwargs):
        """Train on real images, as `keras.Model.fit` does.

        Args:
            x: `ImageDataset.batches(…)`, an array `(N, H, W, C)` in [-1, 1], or any Keras data source of batches of it.
            batch_size: images in a batch, for an array (32).
            shuffle: for an array or a Keras data source; `Batches` have decided it.
            epochs, callbacks, verbose, **kwargs: as in `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: images of another shape than the networks', or outside [-1, 1]; an argument that a GAN has no use
                for, such as `validation_data`, or that the data source has decided already.
            FloatingPointError: a reported number became NaN or infinite; the weights are those after the last good epoch.
            KeyboardInterrupt: passed on; the model and `gan.history` stay usable.
        """
        if not self.compiled:
            raise ValueError("Call compile() before fit(): gan.compile(dc.Strategy()).")
        for name in [name for name in kwargs if name in NO_USE or name.startswith("validation")]:
            if kwargs.pop(name) is not None:
                raise ValueError(f"A GAN has no use for {name}: it learns from images alone. {MEASURE_INSTEAD}")
        if isinstance(x, np.ndarray) or ops.is_tensor(x):
            x = check_images(ops.convert_to_numpy(x), "Training images")
            x = Batches(x, min(32, len(x)) if batch_size is None else batch_size, shuffle=shuffle)
        elif batch_size is not None or (isinstance(x, Batches) and not shuffle):
            raise ValueError(
                "batch_size and shuffle=False are for arrays; this source makes batches of its own. Say it there: "
                f"dataset.batches(64, shuffle=False). Received: batch_size={batch_size!r}, shuffle={shuffle!r}."
            )
        self._check_source(x)
        guard = NaNGuard()
        callbacks = [guard, *keras.tree.flatten(callbacks or [])]
        ours = [callback for callback in callbacks if isinstance(callback, Callback)]
        for callback in ours:
            callback.beside = ours
        if verbose == "auto" and any(callback.shows_progress for callback in ours):
            verbose = 0
        if isinstance(x, Batches):
            if "initial_epoch" in kwargs:
                x.start_epoch(kwargs["initial_epoch"])
            x, shuffle = backends.batches(x), False  # they are shuffled already
        try:
            return super().fit(x, epochs=epochs, callbacks=callbacks, verbose=verbose, shuffle=shuffle, **kwargs)
        except BaseException as error:  # an interrupt above all: the model stays usable, the live view shows how far it got
            settled = backends.settle(self, error)
            if isinstance(error, FloatingPointError) or not settled:
                guard.restore()
            for callback in ours:
                callback.on_train_interrupted(error)
            raise
        finally:
            for callback in ours:
                callback.on_fit_end()

    def _check_source(self, x):
        check_source(x, self.image_shape, self.classes)

    def evaluate(self, *args, **kwargs):
        """Refused: NotImplementedError says what measures a GAN."""
        raise NotImplementedError(f"A GAN has no loss that says how good its images are. {MEASURE_INSTEAD}")

    def resume(self, folder):
        """Take up the newest sound checkpoint that `callbacks.Checkpoint` has left in a folder.

        A `fit` with `initial_epoch` goes on from it, history included; on the same batches, if their seed is the same.

        Returns:
            How many epochs are done: 0, and nothing changed, where the folder holds no checkpoint.

        Raises:
            ValueError: not compiled; or there are checkpoints, but none is sound and of this GAN.
        """
        if not self.compiled:
            raise ValueError("Call compile() before resume(): the optimizers are part of a checkpoint.")
        self.resumed = checkpoints.resume(self, folder)
        return self.resumed["epoch"] if self.resumed else 0

    # -- what comes out ----------------------------------------------------------------------------------------

    @property
    def latent_dim(self):
        """Numbers in one latent, an `int`."""
        return self.generator.inputs[0].shape[-1]

    @property
    def image_shape(self):
        """Shape of one image, `(H, W, C)`."""
        return self.discriminator.inputs[0].shape[1:]

    def decode(self, latents, labels=None):
        return self(self.inputs_of(latents, labels), training=False)

    def call(self, inputs, training=False):
        """Images float32 `(n, H, W, C)`; outside training from the averaged generator, if the strategy averages."""
        averaged = not training and self.compiled and self.strategy.averaging is not None
        images = (self.averaged_generator if averaged else self.generator)(inputs, training=training)
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

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {"strategy": self.strategy.get_config(), "loss": losses.serialize(self.loss), **self._asked}

    def compile_from_config(self, config):
        strategy, loss = Strategy.from_config(config["strategy"]), losses.deserialize(config["loss"])
        self.compile(**{**config, "strategy": strategy, "loss": loss})
