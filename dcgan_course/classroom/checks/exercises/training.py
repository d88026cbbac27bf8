"""Checks of latents and of a whole training step: assignment A3, chapter 04.3."""

import inspect

import numpy as np

from ....gan import GAN
from ..engine import probe
from ..engine.result import check, expect
from ..engine.stand_ins import Networks, Optimizers, training_calls
from .steps import READ, STAYS, check_flags, check_mode, downhill, objectives, own_inputs


@check(READ)
def latents(answer):
    """`answer(n, latent_dim)`: standard normal latents, new ones at every call (A3)."""
    first, second = (probe.array(probe.call(answer, n=400, latent_dim=30), "What comes back") for _ in range(2))
    expect(first.shape != (30, 400), "The axes are swapped: one row for each image.")
    expect(first.shape == (400, 30), f"400 latents of 30 numbers have shape (400, 30). Received: {first.shape}.")
    expect(np.isfinite(first).all(), "Some numbers are infinite or NaN.")
    yield "one row of latent_dim numbers for each image"
    expect(first.std() > 1e-6, "All numbers are the same: nothing is drawn.")
    expect(np.ptp(first, axis=0).max() > 1e-6, "All rows are the same: one latent for the whole batch.")
    expect(np.ptp(first, axis=1).max() > 1e-6, "All numbers of a row are the same: draw latent_dim of them.")
    expect(
        not np.array_equal(first, second),
        "Two calls give the same numbers. What starts again with every call (a whole number as seed, or a generator made "
        "inside), or was drawn once and for all, outside?",
    )
    yield "new numbers at every call"
    farthest = np.abs(first - first.mean()).max() / first.std()
    expect(
        farthest > 3.0,
        f"None of 12,000 numbers is further than {farthest:.2f} standard deviations from their mean, as in a uniform or a "
        "truncated draw: the networks here expect a normal distribution, which has tails.",
    )
    expect(abs(first.mean()) < 0.1, f"The mean is {first.mean():.2f}; a standard normal has 0.")
    expect(abs(first.std() - 1) < 0.1, f"The standard deviation is {first.std():.2f}; a standard normal has 1.")
    yield "mean 0 and standard deviation 1"


@check(READ)
def train_step(answer):
    """`answer(generator, discriminator)`: a step (a function of real images, or an object with one) for both (A3)."""
    networks = Networks(gain=0.0)  # all fakes are alike, so the right gradients do not depend on chance
    by_name = {"discriminator": networks.discriminator, "generator": networks.generator}
    d_objective, g_objective = (objectives(networks)[name] for name in "dg")
    right = {
        "discriminator": downhill(d_objective, networks.discriminator),
        "generator": downhill(g_objective, networks.generator),
    }
    d_loss, g_loss = (probe.scalar(objective(), "The loss") for objective in (d_objective, g_objective))
    variables = {name: list(network.trainable_variables) for name, network in by_name.items()}
    before = {name: probe.flat(probe.copies(group)) for name, group in variables.items()}
    calls = {name: training_calls(network) for name, network in by_name.items()}
    flags, latents_used = networks.trainable_flags(), []
    step = _maker(answer, networks)
    with Optimizers() as optimizers:
        with own_inputs("generator, discriminator"):
            returned = step(networks.real)
        changes = {name: probe.flat(probe.copies(group)) - before[name] for name, group in variables.items()}
        check_flags(flags, networks)
        count = optimizers.count
        for _ in range(2):
            latents_used.append(networks.latent_squares())
            step(networks.real)
    expect(
        optimizers.count == count,
        "A new optimizer is made at every step: its memory of past gradients is lost each time.",
        "chapter 03.3, What Adam makes of a gradient",
    )
    expect(
        not set.intersection(*map(optimizers.applied_to, variables.values())),
        "One optimizer serves both networks, or gets the variables of both. Each network needs its own: moments, count of "
        "steps and rate belong to one network, and a network moves down its own loss alone.",
        "chapter 03.3, What Adam makes of a gradient",
    )
    yield "an optimizer for each, which lasts"
    for name, change in changes.items():
        _moves_downhill(change, right[name], name)
    yield "both networks move, each down its own loss"
    latents_used.append(networks.latent_squares())
    expect(
        len(set(latents_used)) > 1,
        "The same latents at every step: were they drawn once, outside the step, or from the same seed each time? (Inside a "
        "tf.function, NumPy draws only once.)",
    )
    yield "new latents at every step"
    _two_losses(returned, d_loss, g_loss)
    yield "both losses come back"
    for name, network in by_name.items():
        check_mode(calls[name], network, name)
    yield "both networks are in training mode"


def _maker(answer, networks):
    """The step, a function of real images, that an answer makes."""
    step = probe.call(answer, generator=networks.generator, discriminator=networks.discriminator)
    expect(step is not None, "The maker returns None: it has to return the step.")
    if type(step) is GAN:  # under JAX its train_step takes values of variables, too: Keras hands them over
        step.run_eagerly = True  # so that the spies see numbers
        return lambda real: step.train_on_batch(real, return_dict=True)
    for name in ("train_step", "step"):
        if not inspect.isroutine(step) and not hasattr(step, "python_function"):  # which a tf.function has
            step = getattr(step, name, step)
    expect(callable(step), f"The maker should return a function of a batch of real images. Received: {step!r}."[:200])
    return step


def _moves_downhill(change, right, name):
    """Raise `Wrong` unless the change has the signs of the right step downhill, wherever that is clearly not 0."""
    expect(np.any(change), f"The {name} stays as it was. {STAYS}")
    clear = np.abs(right) > 0.05 * np.abs(right).max()
    agreement = np.mean(np.sign(change[clear]) == np.sign(right[clear]))
    expect(
        agreement > 0.2,
        f"The {name} moves uphill on its own loss. Is a sign turned round, are the labels, or is it the other network's "
        "loss that it is trained on?",
    )
    expect(
        agreement > 0.8,
        f"The {name} does not move down its own loss: only {100 * agreement:.0f} % of its clear gradients were followed. "
        "Which loss, which sign, whose variables?",
    )


def _two_losses(returned, d_loss, g_loss):
    """Raise `Wrong` unless two numbers came back that are, roughly and in either order, the two losses."""
    expect(returned is not None, "The step returns None: hand both losses back, the learner wants to watch them.")
    if isinstance(returned, dict):
        named = [value for key, value in returned.items() if "loss" in str(key).lower()]
        returned = named if len(named) == 2 else list(returned.values())
    two = len(returned) == 2 if isinstance(returned, (tuple, list)) else getattr(returned, "shape", None) == (2,)
    expect(two, "The step should return two losses, the discriminator's and the generator's.")
    numbers = [probe.scalar(loss, "A loss") for loss in returned]
    expect(np.isfinite(numbers).all(), "A loss is infinite or NaN.")
    expect(
        min(numbers) > 0,
        "A loss below 0 came back, and a cross-entropy never is. Is a sign turned round, or is the generator's the minimax "
        "loss, log(1 - D), whose gradient vanishes when the discriminator is sure?",
        "chapter 03.3, Which loss: minimax or non-saturating",
    )

    def near(d, g):  # smoothing, halves, and an update of D in between are left open
        return min(abs(d - d_loss), abs(2 * d - d_loss)) < 0.25 * d_loss and abs(g - g_loss) < 0.25 * g_loss

    expect(
        near(*numbers) or near(*numbers[::-1]),
        f"The step should return the discriminator's loss, here about {d_loss:.2f} at first, and the generator's, about "
        f"{g_loss:.2f}. Received: {numbers[0]:.2f} and {numbers[1]:.2f}. Are they means of logits' losses, D's of real and "
        "fake?",
    )
