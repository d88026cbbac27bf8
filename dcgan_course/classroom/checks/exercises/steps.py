"""Checks of one network's step: assignment A3, chapter 04.3. Small networks stand in for the learner's."""

import contextlib

import keras
import numpy as np
from keras import layers, ops

from .... import losses
from ....backends import value_and_gradients
from ..engine import probe
from ..engine.result import Wrong, check, expect

LATENT_DIM, SIZE, RATE = 6, 8, 0.01
STAYS = "Were its gradients computed, and applied with the optimizer?"
TWICE = (
    "The sigmoid is applied twice: the discriminator gives logits, and the loss that takes logits wants them as they are."
)


@keras.saving.register_keras_serializable("dcgan_course")
class Spy(layers.Layer):
    """Passes its input on, times `gain`; `seen` keeps the sum of its squares, `trained` counts calls in training mode.

    Like the running statistics of batch normalisation, `trained` moves only with `training=True`; unlike it, the layer
    leaves values and gradients as they are, so that a step can be compared with a formula.
    """

    def __init__(self, gain=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain, self.trained, self.seen = gain, 0, None
        if keras.backend.backend() != "jax":
            self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")

    def call(self, x, training=False):
        squares = ops.sum(ops.square(x))
        if keras.backend.backend() == "jax":  # which drops what is assigned on the way to a gradient
            self.seen = squares
        else:  # where a compiled step keeps it
            self.seen.assign(squares)
        self.trained += bool(training)  # in Python, so that JAX keeps it; a compiled step counts while it is traced
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
        "chapter 05.2, 7. Batch normalisation in inference mode",
    )


def trained(network):
    """How often the network was called in training mode."""
    return network.get_layer("spy").trained


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
        "d, sigmoid twice": lambda: losses.non_saturating(ops.sigmoid(true()), ops.sigmoid(fake()))[0],
        "g, sigmoid twice": lambda: losses.non_saturating(true(), ops.sigmoid(fake()))[1],
    }


def flags(*networks):
    """Every layer with its `trainable`, for `check_flags`."""
    return [(layer, layer.trainable) for network in networks for layer in (network, *network.layers)]


def check_flags(before):
    """Raise `Wrong` where a layer's `trainable` is not as in `before`."""
    expect(
        all(layer.trainable == was for layer, was in before),
        "`trainable` was changed and not set back: in Keras 3 the network stays frozen in its own step, too.",
        "chapter 04.3, Three mistakes, and how they look",
    )


@contextlib.contextmanager
def own_inputs(order):
    """Explains the error of a network that got the other's input; `order` is that of the arguments."""
    try:
        yield
    except ValueError as error:
        said = str(error)
        image = f"{SIZE}, {SIZE}, 1)"
        expect(
            "Invalid input shape for input" not in said and not ("incompatible with the layer" in said and image in said),
            "A network got an input that is not its own: images in place of latents, or the reverse. The arguments are "
            f"({order}), in this order.",
        )
        raise


def _step(answer, own, other, wanted, mistakes, *more):
    """Run one step of the network `own` and judge what moved, how far, and in which direction."""
    real, latent = batch()
    generator, discriminator = pair()
    handed = {"generator": generator, "discriminator": discriminator, "optimizer": keras.optimizers.SGD(RATE)}
    network, optimizer = handed[own], handed["optimizer"]
    optimizer.build(network.trainable_variables)
    aims = objectives(generator, discriminator, real, latent)
    downhill = [-RATE * g for g in gradient_arrays(aims[wanted], network)]
    value = probe.scalar(aims[wanted](), "The loss")
    variables, others = list(network.trainable_variables), list(handed[other].trainable_variables)
    before, before_others = probe.copies(variables), probe.copies(others)
    trainable, calls = flags(generator, discriminator), trained(network)
    handed.update({name: given for name, given in (("real", real), ("latents", latent)) if name in more})
    with own_inputs(", ".join(handed)):
        returned = probe.call(answer, **handed)
    expect(
        probe.same([seen(generator)], [np.sum(np.square(probe.array(latent, "the latents")))]),
        "The generator worked on other latents than those handed in: use the argument.",
    )
    expect(
        not probe.moved(before_others, others),
        f"The {other} changed, too: its step is another one. Whose variables were the gradients asked for, and given to?",
    )
    yield f"the {other} stays as it is"
    check_flags(trainable)
    change = [a - b for a, b in zip(probe.copies(variables), before)]
    expect(any(np.any(c) for c in change), f"The {own} stays as it was. {STAYS}")
    _not_clipped(before, variables)
    count = int(optimizer.iterations)
    expect(count, "The optimizer that was handed in did not make the step: use it, make none anew.")
    expect(count == 1, f"The optimizer counted {count} steps: one step is one call, with all the gradients of one loss.")
    if _far(change, downhill) > 0.1:
        for variable, was in zip(variables, before):
            variable.assign(was)  # the mistakes' gradients belong to the same weights
        for aim, hint in mistakes.items():
            expect(_far(change, [-RATE * g for g in gradient_arrays(aims[aim], network)]) > 0.1, hint)
        _direction(change, downhill, own)
    yield f"the {own} moves down its own loss"
    found = probe.scalar(returned, "What comes back", "Return the loss alone.")
    expect(
        probe.same([found], [value], 1e-3),
        f"It should return its loss, before the step {value:.4f} here. Received: {found:.4f}.",
    )
    yield "the loss comes back"
    check_mode(network, own, calls)
    yield f"the {own} is in training mode"


def _far(change, step):
    return _length([c - s for c, s in zip(change, step)]) / _length(step)


def _direction(change, downhill, name):
    """Raise `Wrong` for a change that is another than the step downhill, and that no known mistake explains."""
    likeness, times = probe.cosine(change, downhill), _length(change) / _length(downhill)
    expect(likeness > -0.98, "It moves uphill: the loss grows. Check the sign, of the loss or of the step.")
    expect(
        likeness < 0.98,
        f"The direction is right, and the step {times:.2f} times as long as it should be. Is the loss the mean over the "
        "batch (its parts added, not averaged), and its gradient applied once, whole?",
    )
    raise Wrong(
        f"The {name} moves in a direction that is not its loss's gradient (cosine {likeness:.2f}). Are all its gradients "
        "applied, each to its own variable, of the right loss, on the images and latents handed in?"
    )


def _length(arrays):
    return float(np.sqrt(sum(np.sum(np.square(a)) for a in arrays)))


def _not_clipped(before, variables):
    after = np.concatenate([np.ravel(x) for x in probe.copies(variables)])
    largest = max(np.abs(x).max() for x in before)
    bound = np.abs(after).max()
    expect(
        bound > 0.8 * largest or np.mean(np.isclose(np.abs(after), bound)) < 0.02,
        f"Weights were clipped to {bound:g}: what may be clipped is the gradients. (Clipped weights belong to the first "
        "Wasserstein GAN.)",
        "chapter 03.3, Three ways to clip",
    )


@check("chapter 04.3, Build the step, line by line")
def discriminator_step(answer):
    """`answer(generator, discriminator, optimizer, real, latents)`: one step of D alone, returns its loss (A3)."""
    mistakes = {
        "only real": "Only the real images were judged: the discriminator must see fakes in the same step.",
        "only fake": "Only the fakes were judged: the discriminator must see real images in the same step.",
        "g": "It is trained on the generator's loss: it learns to be fooled.",
        "swapped": "The labels are swapped: it learns to call real images fake.",
        "d, sigmoid twice": TWICE,
    }
    yield from _step(answer, "discriminator", "generator", "d", mistakes, "real", "latents")


@check("chapter 04.3, Build the step, line by line")
def generator_step(answer):
    """`answer(generator, discriminator, optimizer, latents)`: one step of G alone, returns its loss (A3)."""
    mistakes = {
        "minimax": "It minimises log(1 - D): the minimax loss, whose gradient vanishes when the discriminator is sure.",
        "only fake": "It is trained on the discriminator's loss, so it learns to make fakes that are found out.",
        "g, sigmoid twice": TWICE,
    }
    yield from _step(answer, "generator", "discriminator", "g", mistakes, "latents")
