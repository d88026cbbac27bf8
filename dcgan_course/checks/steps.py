"""Checks of one network's step: assignment A3, chapter 04.3. Small networks stand in for the learner's."""

import keras
import numpy as np
from keras import layers, ops

from .. import losses
from ..backends import value_and_gradients
from . import probe
from .result import Wrong, check, expect

LATENT_DIM, SIZE, RATE = 6, 8, 0.01
STAYS = "It did not change at all: were the gradients computed, and applied with the optimizer?"


@keras.saving.register_keras_serializable("dcgan_course")
class Spy(layers.Layer):
    """Passes its input on, times `gain`; `seen` keeps the sum of its squares, `trained` counts calls in training mode.

    Like the running statistics of batch normalisation, `trained` moves only with `training=True`; unlike it, the layer
    leaves values and gradients as they are, so that a step can be compared with a formula.
    """

    def __init__(self, gain=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain
        self.seen, self.trained = (
            self.add_weight(shape=(), initializer="zeros", trainable=False, name=name) for name in ("seen", "trained")
        )

    def call(self, x, training=False):
        self.seen.assign(ops.sum(ops.square(x)))
        if training:
            self.trained.assign(self.trained + 1.0)
        return self.gain * x


def pair(gain=1.0):
    """A small generator and discriminator for 8×8 images, each with a layer named "spy"; gain 0 makes G deaf to latents."""
    draw = keras.initializers.RandomNormal
    latent = keras.Input((LATENT_DIM,))
    x = layers.Dense(SIZE * SIZE, kernel_initializer=draw(stddev=0.3, seed=1), bias_initializer=draw(stddev=0.3, seed=2))(
        Spy(gain, name="spy")(latent)
    )
    generator = keras.Model(latent, layers.Reshape((SIZE, SIZE, 1))(layers.Activation("tanh")(x)))
    image = keras.Input((SIZE, SIZE, 1))
    x = layers.Dense(12, kernel_initializer=draw(stddev=0.3, seed=3))(Spy(name="spy")(layers.Flatten()(image)))
    x = layers.Dense(1, kernel_initializer=draw(stddev=0.5, seed=4))(layers.LeakyReLU(0.2)(x))
    return generator, keras.Model(image, x)


def seen(network):
    """The sum of squares of what the network was last called on."""
    return float(probe.array(network.get_layer("spy").seen, "seen"))


def check_mode(network, name, before):
    """Raise `Wrong` unless the network was called in training mode since `trained(network)` was `before`."""
    expect(
        trained(network) > before,
        f"The {name}'s batch normalisation would not follow the batches: call it with training=True in its own step.",
        "chapter 05.2, batch normalisation in inference mode",
    )


def trained(network):
    """How often the network was called in training mode."""
    return float(probe.array(network.get_layer("spy").trained, "trained"))


def batch(n=12):
    rng = np.random.default_rng(5)
    real = rng.uniform(-1, 1, (n, SIZE, SIZE, 1)).astype("float32")
    return ops.convert_to_tensor(real), ops.convert_to_tensor(rng.standard_normal((n, LATENT_DIM)).astype("float32"))


def gradient_arrays(function, network):
    """The gradient of a function of nothing by a network's variables, as arrays; zeros where it has none."""
    variables = network.trainable_variables
    _, gradients = value_and_gradients(function, variables)
    return [np.zeros(v.shape) if g is None else probe.array(g, "a gradient") for v, g in zip(variables, gradients)]


def objectives(generator, discriminator, real, latent):
    """What a network might be trained on, as functions of nothing: name → scalar."""
    fake = lambda: discriminator(generator(latent, training=True), training=True)  # noqa: E731
    true = lambda: discriminator(real, training=True)  # noqa: E731
    return {
        "d": lambda: losses.non_saturating(true(), fake())[0],
        "g": lambda: losses.non_saturating(true(), fake())[1],
        "minimax": lambda: losses.minimax(true(), fake())[1],
        "only real": lambda: ops.mean(ops.softplus(-true())),
        "only fake": lambda: ops.mean(ops.softplus(fake())),
        "swapped": lambda: ops.mean(ops.softplus(true())) + ops.mean(ops.softplus(-fake())),
    }


def _step(run, network, other, names, aims, wanted, mistakes, optimizer):
    """Run one step and judge what moved, how far, and in which direction."""
    gradients = {name: gradient_arrays(of, network) for name, of in aims.items()}
    value = probe.scalar(aims[wanted](), "The loss")
    flags = [(layer, layer.trainable) for model in (network, other) for layer in model.layers]
    calls = trained(network)
    before, before_other = probe.copies(network.trainable_variables), probe.copies(other.trainable_variables)
    returned = run()
    expect(
        not probe.moved(before_other, other.trainable_variables),
        f"The {names[1]} changed, too: its step is another one. Whose variables were the gradients asked for, and given to?",
    )
    yield f"the {names[1]} stays as it is"
    change = [a - b for a, b in zip(probe.copies(network.trainable_variables), before)]
    expect(any(np.any(c) for c in change), f"The {names[0]} stays as it was. {STAYS}")
    _not_clipped(before, network)
    expect(
        all(layer.trainable == was for layer, was in flags),
        "A layer's `trainable` was changed and not set back: in Keras 3 it stays frozen, its batch normalisation, too.",
        "chapter 04.3",
    )
    likeness = {name: probe.cosine(change, [-g for g in found]) for name, found in gradients.items()}
    if likeness[wanted] < 0.98:
        expect(likeness[wanted] > -0.98, "It moves uphill: the loss grows. Check the sign, of the loss or of the step.")
        for name, hint in mistakes.items():
            expect(likeness[name] < 0.98, hint)
        raise Wrong(
            f"The {names[0]} moves in a direction that is not its loss's gradient (cosine {likeness[wanted]:.2f}). Are all "
            "its gradients applied, each to its own variable, of the right loss?"
        )
    yield f"the {names[0]} moves down its own loss"
    length = [np.sqrt(sum(np.sum(np.square(x)) for x in group)) for group in (change, gradients[wanted])]
    ratio = float(length[0] / (length[1] * RATE))
    expect(
        abs(ratio - 1) < 0.1, f"The step is {ratio:.2f} times as long as it should be: is the gradient applied once, whole?"
    )
    expect(int(optimizer.iterations) == 1, "The optimizer that was handed in did not make the step: use it, make none anew.")
    found = probe.scalar(returned, "What comes back")
    expect(probe.same([found], [value], 1e-3), f"It should return its loss, {value:.4f} here. Received: {found:.4f}.")
    yield "the loss comes back"
    check_mode(network, names[0], calls)
    yield f"the {names[0]} is in training mode"


def _not_clipped(before, network):
    after = np.concatenate([np.ravel(x) for x in probe.copies(network.trainable_variables)])
    largest = max(np.abs(x).max() for x in before)
    bound = np.abs(after).max()
    expect(
        bound > 0.8 * largest or np.mean(np.isclose(np.abs(after), bound)) < 0.02,
        f"Weights were clipped to {bound:g}: what may be clipped is the gradients. (Clipped weights belong to the first "
        "Wasserstein GAN.)",
        "chapter 03.3, clipping",
    )


def _sgd(network):
    optimizer = keras.optimizers.SGD(RATE)
    optimizer.build(network.trainable_variables)
    return optimizer


@check("chapter 04.3, the training step")
def discriminator_step(answer):
    """`answer(generator, discriminator, optimizer, real, latents)`: one step of D alone, returns its loss (A3)."""

    def run(generator, discriminator, optimizer):
        return probe.call(
            answer, generator=generator, discriminator=discriminator, optimizer=optimizer, real=real, latents=latent
        )

    real, latent = batch()
    generator, discriminator = pair()
    optimizer = _sgd(discriminator)
    mistakes = {
        "only real": "Only the real images were judged: the discriminator must see fakes in the same step.",
        "only fake": "Only the fakes were judged: the discriminator must see real images in the same step.",
        "g": "It is trained on the generator's loss: it learns to be fooled.",
    }
    yield from _step(
        lambda: run(generator, discriminator, optimizer),
        discriminator,
        generator,
        ("discriminator", "generator"),
        objectives(generator, discriminator, real, latent),
        "d",
        mistakes,
        optimizer,
    )


@check("chapter 04.3, the training step")
def generator_step(answer):
    """`answer(generator, discriminator, optimizer, latents)`: one step of G alone, returns its loss (A3)."""

    def run(generator, discriminator, optimizer):
        return probe.call(answer, generator=generator, discriminator=discriminator, optimizer=optimizer, latents=latent)

    real, latent = batch()
    generator, discriminator = pair()
    optimizer = _sgd(generator)
    mistakes = {
        "minimax": "It minimises log(1 - D): the minimax loss, whose gradient vanishes when the discriminator is sure.",
        "only fake": "It is trained on the discriminator's loss, so it learns to make fakes that are found out.",
    }
    yield from _step(
        lambda: run(generator, discriminator, optimizer),
        generator,
        discriminator,
        ("generator", "discriminator"),
        objectives(generator, discriminator, real, latent),
        "g",
        mistakes,
        optimizer,
    )
