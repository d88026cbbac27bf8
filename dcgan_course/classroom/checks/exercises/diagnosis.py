"""Six failing runs to diagnose and mend, and the checks of that: assignment A4, chapter 05.2."""

import dataclasses
import itertools
import json

import numpy as np

from ....callbacks import Doctor
from ....evaluation import frechet_distance
from ....gan import GAN
from ....places import shipped
from ..engine import probe
from ..engine.result import Wrong, check, expect
from ..engine.variant import variant

READ = "chapter 05.2, Vanishing gradients, and Too little variety, no peace, and Slips of the pen"
FOLDER = shipped("exercises")
SIGNS = {  # failure → what a run that has it shows
    "discriminator saturated": "D(x) at 1 and D(G(z)) at 0, epoch after epoch, while g_norm is anything but small",
    "generator gradient vanished": "a g_norm that falls towards 0, thousands of times below a healthy run's",
    "gradients exploding": "losses or norms that grow without end, by factors of ten",
    "mode collapse": "samples that come in a few kinds only, again and again, however the curves look",
    "oscillation": "a D(G(z)) that swings up and down by 0.1 and more, again and again, and does not settle",
    "images out of range": "samples with pixels below -1 or above 1, where no real image has any",
}
STEPS, STEPS_TO_SWING, SAMPLES = 340, 870, 300  # an oscillation needs longer to show
CELLS = 4  # averages along a side: 16 numbers an image, for which 64 images are enough
MOST = 0.5  # of an untrained generator's Fréchet distance


@dataclasses.dataclass(frozen=True)
class FailingRun:
    """One failing run of a GAN on 16×16 digits."""

    number: int  # 1 to 6
    code: str  # what was trained: the function that made the GAN
    history: dict  # {name: list with a number for each epoch}, as from `fit`
    samples: np.ndarray  # float32 (24, 16, 16, 1), what the generator made at the end
    failures: tuple  # names in `SIGNS`, the worst first; they are the answer, so they are not printed

    def __repr__(self):
        return f"FailingRun(number={self.number}, {len(self.history['d_loss'])} epochs)"


def failing_runs(typed):
    """The six runs of A4, in the order of the student whose id was typed.

    Args:
        typed: `str`, the student's id.

    Returns:
        List of six `FailingRun`.

    Raises:
        ValueError: nothing was typed.
    """
    order = list(itertools.permutations(range(len(SIGNS))))[variant("A4", typed).seed]
    runs = json.loads((FOLDER / "failing_runs.json").read_text())
    with np.load(FOLDER / "failing_runs.npz", allow_pickle=False) as file:
        samples = file["samples"].astype("float32")
    return [
        FailingRun(number, runs[i]["code"], runs[i]["history"], samples[i], (runs[i]["name"], *runs[i]["diagnoses"]))
        for number, i in enumerate(order, 1)
    ]


@check(READ)
def diagnosis(answer, run):
    """The name of the failure of a `FailingRun`, one of six (A4)."""
    expect(isinstance(answer, str), f"A name is asked for, in quotes: one of {', '.join(SIGNS)}. Received: {answer!r}.")
    name = " ".join(answer.lower().replace("_", " ").split())
    expect(name in SIGNS, f"{answer!r} is none of the names: {', '.join(SIGNS)}.")
    truth, *others = run.failures
    if name != truth:
        expect(
            name not in others,
            f"That is true of run {run.number} as well, but something worse goes on: compare its "
            "g_norm with the other runs'.",
        )
        raise Wrong(f"With that failure you would see {SIGNS[name]}. Run {run.number} does not show it.")
    yield f"run {run.number}: {truth}"


@check(READ)
def mended(make, gan, doctor, run):
    """A mended run (A4).

    Args:
        make: the new function of nothing, which returns a `dc.GAN`.
        gan: what it made, trained.
        doctor: the `dc.Doctor` that watched the training.
        run: the `FailingRun` that was mended.
    """
    expect(make is not None and callable(make), "The check needs the mended function itself, without brackets.")
    expect(isinstance(gan, GAN), f"A dc.GAN is asked for, made by your function and trained. Received: {gan!r}."[:200])
    expect(isinstance(doctor, Doctor), "A dc.Doctor is asked for, one that watched the training: callbacks=[doctor].")
    again = probe.call(make)
    expect(isinstance(again, GAN), "Your function returns no dc.GAN: does it end with `return gan`?")
    expect(
        again.strategy == gan.strategy and again.generator.output_shape == gan.generator.output_shape,
        "The GAN that was trained is not what your function makes now: run the training cell again.",
    )
    expect(getattr(doctor, "model", None) is gan, "This doctor watched another GAN, or none: callbacks=[doctor] in fit.")
    steps = int(gan.generator_optimizer.iterations)
    least = STEPS_TO_SWING if run.failures[0] == "oscillation" else STEPS
    expect(steps >= least, f"It was trained for {steps} steps; this failure needs {least} to show, or not to show.")
    yield f"trained for {steps} steps, watched by the doctor"
    if doctor.diagnoses:
        first = doctor.diagnoses[0]
        still = "still" if first.name in run.failures else "now"
        raise Wrong(f"The doctor {still} sees a failure, {first.name}: {first.evidence}. {first.fix}")
    yield "the doctor sees no failure"
    real = doctor.real
    expect(real is not None, "The doctor needs the real images to compare with: dc.Doctor(digits).")
    trained, untrained = (
        frechet_distance(probe.cell_means(real, CELLS), probe.cell_means(g.sample(SAMPLES, seed=2), CELLS))
        for g in (gan, again)
    )
    ratio = trained / untrained
    expect(
        ratio < MOST,
        f"Nothing fails, but nothing is learnt either: the samples are {ratio:.2f} times as far from the digits as an "
        f"untrained generator's, and must come below {MOST}. Was the cure to hold a network still?",
    )
    yield f"the samples came nearer to the digits: {ratio:.2f} of an untrained generator's Fréchet distance"
