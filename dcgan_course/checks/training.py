"""Checks of latents and of a whole training step: assignment A3, chapter 04.3."""

import inspect

import keras
import numpy as np

from . import probe
from .result import check, expect
from .steps import STAYS, batch, check_mode, gradient_arrays, objectives, pair, seen, trained


@check("chapter 04.3, the training step")
def latents(answer):
    """`answer(n, latent_dim)`: standard normal latents, new ones at every call (A3)."""
    first, second = (probe.array(probe.call(answer, n=400, latent_dim=30), "What comes back") for _ in range(2))
    expect(first.shape != (30, 400), "The axes are swapped: one row for each image.")
    expect(first.shape == (400, 30), f"400 latents of 30 numbers have shape (400, 30). Received: {first.shape}.")
    yield "one row of latent_dim numbers for each image"
    expect(
        not np.array_equal(first, second),
        "Two calls give the same numbers: a whole number as seed, or a draw outside the function, repeats itself for ever. "
        "Use a keras.random.SeedGenerator, or no seed.",
    )
    expect(first.std() > 1e-6, "All numbers are the same: nothing is drawn.")
    expect(np.ptp(first, axis=0).max() > 1e-6, "All rows are the same: one latent for the whole batch.")
    expect(np.ptp(first, axis=1).max() > 1e-6, "All numbers of a row are the same: draw latent_dim of them.")
    yield "new numbers at every call"
    expect(
        np.abs(first).max() > 2.0,
        f"No number is further than {np.abs(first).max():.2f} from 0, as in a uniform draw: the networks here expect "
        "a normal distribution.",
    )
    expect(abs(first.mean()) < 0.1, f"The mean is {first.mean():.2f}; a standard normal has 0.")
    expect(abs(first.std() - 1) < 0.1, f"The standard deviation is {first.std():.2f}; a standard normal has 1.")
    yield "mean 0 and standard deviation 1"


@check("chapter 04.3, the training step")
def train_step(answer):
    """`answer(generator, discriminator)`: a step (a function of real images, or an object with one) for both (A3)."""
    real, latent = batch()
    generator, discriminator = pair(gain=0.0)  # all fakes are alike, so the right gradients do not depend on chance
    step = _made(answer, generator, discriminator)
    aims = objectives(generator, discriminator, real, latent)
    networks = {"discriminator": (discriminator, aims["d"]), "generator": (generator, aims["g"])}
    downhill = {name: -_flat(gradient_arrays(aim, network)) for name, (network, aim) in networks.items()}
    before = {name: (trained(network), _weights(network)) for name, (network, _) in networks.items()}
    latents_seen = []
    with _optimizers_made() as made:
        returned = step(real)
        changes = {name: _weights(network) - before[name][1] for name, (network, _) in networks.items()}
        made_at_first = len(made)
        for _ in range(2):
            latents_seen.append(seen(generator))
            step(real)
    for name, change in changes.items():
        expect(np.any(change), f"The {name} stays as it was. {STAYS}")
        clear = np.abs(downhill[name]) > 0.05 * np.abs(downhill[name]).max()
        agreement = np.mean(np.sign(change[clear]) == np.sign(downhill[name][clear]))
        expect(
            agreement > 0.8,
            f"The {name} does not move down its own loss: only {100 * agreement:.0f} % of its clear gradients were "
            "followed. Which loss, which sign, whose variables?",
        )
    yield "both networks move, each down its own loss"
    expect(
        len(made) == made_at_first,
        "A new optimizer is made at every step: its memory of past gradients is lost each time.",
        "chapter 03.3",
    )
    expect(
        len(_optimizers_of(step)) != 1,
        "One optimizer serves both networks. Each needs its own: moments, count of steps and rate belong to one network.",
        "chapter 03.3",
    )
    yield "an optimizer for each, which lasts"
    latents_seen.append(seen(generator))
    expect(len(set(latents_seen)) > 1, "The same latents at every step, drawn once: draw new ones inside the step.")
    yield "new latents at every step"
    _two_losses(returned)
    yield "both losses come back"
    for name, (network, _) in networks.items():
        check_mode(network, name, before[name][0])
    yield "both networks are in training mode"


def _flat(arrays):
    return np.concatenate([np.ravel(a) for a in arrays])


def _weights(network):
    return _flat(probe.copies(network.trainable_variables))


def _made(answer, generator, discriminator):
    step = probe.call(answer, generator=generator, discriminator=discriminator)
    expect(step is not None, "The maker returns None: it has to return the step.")
    for name in ("train_step", "step"):
        step = getattr(step, name, step) if not inspect.isroutine(step) and not _compiled(step) else step
    expect(callable(step), f"The maker should return a function of a batch of real images. Received: {step!r}."[:200])
    return step


def _compiled(step):
    return hasattr(step, "python_function")  # tf.function


def _two_losses(returned):
    expect(returned is not None, "The step returns None: hand both losses back, the learner wants to watch them.")
    values = list(returned.values()) if isinstance(returned, dict) else returned
    both = probe.array(values, "What the step returns") if len(np.shape(values)) else None
    expect(
        both is not None and both.size == 2, "The step should return two losses, the discriminator's and the generator's."
    )
    expect(np.isfinite(both).all(), "A loss is infinite or NaN.")


class _optimizers_made:
    """A list that grows by one for every optimizer made within the scope."""

    def __enter__(self):
        self.original, made = keras.optimizers.Optimizer.__init__, []

        def init(optimizer, *args, **kwargs):
            made.append(1)
            return self.original(optimizer, *args, **kwargs)

        keras.optimizers.Optimizer.__init__ = init
        return made

    def __exit__(self, *_):
        keras.optimizers.Optimizer.__init__ = self.original


def _optimizers_of(step):
    """The optimizers that a step has in its closure, in its defaults, or in the object it belongs to."""
    function = inspect.unwrap(getattr(step, "python_function", step))
    held = list(vars(function.__self__).values()) if hasattr(function, "__self__") else []
    plain = getattr(function, "__func__", function)
    if inspect.isfunction(plain):
        scope = inspect.getclosurevars(plain)
        held += [*scope.nonlocals.values(), *scope.globals.values(), *(plain.__defaults__ or ())]
    flat = [x for value in held for x in (value if isinstance(value, (list, tuple)) else [value])]
    return {id(x) for x in flat if isinstance(x, keras.optimizers.Optimizer)}
