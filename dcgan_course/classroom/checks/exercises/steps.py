"""Checks of one network's step: assignment A3, chapter 04.3. Small networks stand in for the learner's."""

import contextlib

import keras
import numpy as np
from keras import ops

from ....losses import minimax, non_saturating
from ..engine import probe
from ..engine.result import Wrong, check, expect
from ..engine.stand_ins import LATENT_DIM, SIZE, Networks, training_calls

READ, RATE = "chapter 04.3, Build the step, line by line", 0.01
STAYS = "Were its gradients computed, and applied with the optimizer?"
TWICE = (
    "The sigmoid is applied twice: the discriminator gives logits, and the loss that takes logits wants them as they are."
)


def check_flags(before, networks):
    """Raise `Wrong` where a layer's `trainable` is not as in `before`, earlier `trainable_flags`."""
    expect(
        networks.trainable_flags() == before,
        "`trainable` was changed and not set back: in Keras 3 the network stays frozen in its own step, too.",
        "chapter 04.3, Three mistakes, and how they look",
    )


def check_mode(before, network, name):
    """Raise `Wrong` unless the network was called in training mode since its `training_calls` were `before`."""
    expect(
        training_calls(network) > before,
        f"The {name}'s batch normalisation would not follow the batches: call it with training=True in its own step.",
        "chapter 05.2, 7. Batch normalisation in inference mode",
    )


@contextlib.contextmanager
def own_inputs(order):
    """Explains the error of a network that got what it does not take; `order` is that of the answer's arguments."""
    try:
        yield
    except ValueError as error:
        message = str(error)
        misfit = "incompatible with the layer" in message
        expect(
            not ("Invalid input shape for input" in message or (misfit and f"{SIZE}, {SIZE}, 1)" in message)),
            "A network got an input that is not its own: images in place of latents, or the reverse. The arguments are "
            f"({order}), in this order.",
        )
        expect(
            not (misfit and f"(None, {LATENT_DIM})" in message),
            f"The generator handed in takes latents of {LATENT_DIM} numbers, and the step draws another count. A network "
            "knows what it takes: generator.input_shape.",
        )
        raise


def objectives(networks):
    """What a network might be trained on, as functions of nothing: name → scalar."""

    def real_logits():
        return networks.discriminator(networks.real, training=True)

    def fake_logits():
        return networks.discriminator(networks.generator(networks.latents, training=True), training=True)

    return {
        "d": lambda: non_saturating(real_logits(), fake_logits())[0],
        "g": lambda: non_saturating(real_logits(), fake_logits())[1],
        "minimax": lambda: minimax(real_logits(), fake_logits())[1],
        "only real": lambda: ops.mean(ops.softplus(-real_logits())),
        "only fake": lambda: ops.mean(ops.softplus(fake_logits())),
        "swapped": lambda: ops.mean(ops.softplus(real_logits())) + ops.mean(ops.softplus(-fake_logits())),
        "d, sigmoid twice": lambda: non_saturating(ops.sigmoid(real_logits()), ops.sigmoid(fake_logits()))[0],
        "g, sigmoid twice": lambda: non_saturating(real_logits(), ops.sigmoid(fake_logits()))[1],
    }


def downhill(objective, network):
    """Minus the gradient of an objective by a network's variables, one long vector; zeros where it has none."""
    variables = network.trainable_variables
    gradients = probe.gradients(objective, variables)
    return -probe.flat(np.zeros(v.shape) if g is None else g for v, g in zip(variables, gradients))


def _step(answer, own, other, objective, mistakes, *inputs):
    """Run one step of the network called `own`, and check what moved, how far, and in which direction.

    `objective` is the name of its loss in `objectives`, `mistakes` are `{another name: hint}`; `inputs` says which of "real"
    and "latents" the answer gets.
    """
    networks, optimizer = Networks(), keras.optimizers.SGD(RATE)
    network, still = getattr(networks, own), getattr(networks, other)
    optimizer.build(network.trainable_variables)
    step = RATE * downhill(objectives(networks)[objective], network)
    loss = probe.scalar(objectives(networks)[objective](), "The loss")
    variables, others = list(network.trainable_variables), list(still.trainable_variables)
    before, before_others = probe.copies(variables), probe.copies(others)
    flags, calls = networks.trainable_flags(), training_calls(network)
    arguments = {name: getattr(networks, name) for name in ("generator", "discriminator")}
    arguments |= {"optimizer": optimizer, **{name: getattr(networks, name) for name in inputs}}
    with own_inputs(", ".join(arguments)):
        returned = probe.call(answer, **arguments)
    expect(
        probe.same(networks.latent_squares(), np.sum(np.square(probe.array(networks.latents, "the latents")))),
        "The generator worked on other latents than those handed in: use the argument.",
    )
    expect(
        not probe.moved(before_others, others),
        f"The {other} changed, too: its step is another one. Whose variables were the gradients asked for, and given to?",
    )
    yield f"the {other} stays as it is"
    check_flags(flags, networks)
    after = probe.copies(variables)
    change = probe.flat(after) - probe.flat(before)
    expect(np.any(change), f"The {own} stays as it was. {STAYS}")
    _not_clipped(probe.flat(before), probe.flat(after))
    count = int(optimizer.iterations)
    expect(count, "The optimizer that was handed in did not make the step: use it, make none anew.")
    expect(count == 1, f"The optimizer counted {count} steps: one step is one call, with all the gradients of one loss.")
    if _far(change, step) > 0.1:
        for variable, value in zip(variables, before):
            variable.assign(value)  # the mistakes' gradients belong to the same weights
        for mistake, hint in mistakes.items():
            expect(_far(change, RATE * downhill(objectives(networks)[mistake], network)) > 0.1, hint)
        _direction(change, step, own)
    yield f"the {own} moves down its own loss"
    result = probe.scalar(returned, "What comes back", "Return the loss alone.")
    expect(
        probe.same(result, loss, 1e-3),
        f"It should return its loss, before the step {loss:.4f} here. Received: {result:.4f}.",
    )
    yield "the loss comes back"
    check_mode(calls, network, own)
    yield f"the {own} is in training mode"


def _far(change, step):
    """The distance of a change from a step, in lengths of the step."""
    return np.linalg.norm(change - step) / np.linalg.norm(step)


def _direction(change, step, name):
    """Raise `Wrong` for a change that is another than the step downhill, and that no known mistake explains."""
    likeness, times = probe.cosine(change, step), np.linalg.norm(change) / np.linalg.norm(step)
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


def _not_clipped(before, after):
    """Raise `Wrong` where the weights were cut off at a bound: many of them lie at it."""
    bound = np.abs(after).max()
    expect(
        bound > 0.8 * np.abs(before).max() or np.mean(np.isclose(np.abs(after), bound)) < 0.02,
        f"Weights were clipped to {bound:g}: what may be clipped is the gradients. (Clipped weights belong to the first "
        "Wasserstein GAN.)",
        "chapter 03.3, Three ways to clip",
    )


@check(READ)
def discriminator_step(answer):
    """`answer(generator, discriminator, optimizer, real, latents)`: one step of D alone, returns its loss (A3)."""
    mistakes = {
        "only real": "Only the real images were classified: the discriminator must see fakes in the same step.",
        "only fake": "Only the fakes were classified: the discriminator must see real images in the same step.",
        "g": "It is trained on the generator's loss: it learns to be fooled.",
        "swapped": "The labels are swapped: it learns to call real images fake.",
        "d, sigmoid twice": TWICE,
    }
    yield from _step(answer, "discriminator", "generator", "d", mistakes, "real", "latents")


@check(READ)
def generator_step(answer):
    """`answer(generator, discriminator, optimizer, latents)`: one step of G alone, returns its loss (A3)."""
    mistakes = {
        "minimax": "It minimises log(1 - D): the minimax loss, whose gradient vanishes when the discriminator is sure.",
        "only fake": "It is trained on the discriminator's loss, so it learns to make fakes that are found out.",
        "g, sigmoid twice": TWICE,
    }
    yield from _step(answer, "generator", "discriminator", "g", mistakes, "latents")
