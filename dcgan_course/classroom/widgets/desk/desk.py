"""The training desk: the GAN's training loop in the learner's hand."""

import asyncio
import threading
import time

import ipywidgets
import numpy as np

from ....validate import whole_number
from ..explorer import Explorer, choice, log_slider, slider
from .problems import PROBLEMS
from .trainer import Trainer
from .view import DeskView

FRAME = 0.05  # seconds from picture to picture in a run, at least
MOST = 3000  # steps after which a run that nobody has paused pauses by itself


class TrainingDesk(Explorer):
    """Which network learns, and when: one step at a time, or a run that goes on behind the notebook (chapter 04.3).

    After GAN Lab (Kahng et al. 2019, arXiv 1809.01587): choose D, G or both, and see what a step does to the samples, to the
    discriminator's logits and to the two gradients. The ring's samples lie in a plane, so D(x) at every place and the
    generator's density are drawn with them.

    Args:
        data: "digits" (16×16 images) or "ring" (points of the plane, on a ring of eight Gaussians).
        learning_rate: Adam's step size to begin with, 1e-5 to 0.1.
        seed: whole number, of the first weights, the latents and the batches.

    Attributes:
        train, one_step, run, again, learning_rate, steps_each: the controls.
        trainer: the `Trainer`, with its `gan`, `steps` and `norms`.
        logits: of 128 real examples and of 128 fakes from fixed latents, as the picture shows them: arrays `(128,)`.

    Raises:
        ValueError: unknown data, a learning rate out of range, or a seed that is none.

    Example:
        >>> desk = TrainingDesk("ring")
        >>> desk.train.value = "D"
        >>> desk.step(10)
    """

    running = None  # the desk whose run goes on: one at a time

    def __init__(self, data="digits", learning_rate=2e-3, seed=0):
        if data not in PROBLEMS:
            raise ValueError(f"The desk has {' and '.join(map(repr, PROBLEMS))}. Received: data={data!r}.")
        self.train = choice("train", "both", ("D", "G", "both"))
        self.train.style.button_width = "4em"
        self.one_step = ipywidgets.Button(description="one step")
        self.run = ipywidgets.ToggleButton(False, description="run")
        self.again = ipywidgets.Button(description="start again")
        self.learning_rate = log_slider("learning_rate", learning_rate, -5, -1, 0.1)
        self.learning_rate.readout_format = ".5f"
        self.steps_each = slider("steps a picture in a run", 1, 1, 20)
        self.train.style.description_width = self.learning_rate.style.description_width = "7em"
        self.steps_each.style.description_width = "initial"

        if TrainingDesk.running:  # of a cell that is run again
            TrainingDesk.running.pause()
        self.trainer = Trainer(PROBLEMS[data](), whole_number("seed", seed, least=0))
        self.note, self._task, self._lock = "", None, threading.RLock()  # JupyterLab's widgets may use a thread of their own
        self._view = DeskView(self.trainer.problem, self.trainer.real)
        super().__init__(
            [[self.train, self.one_step, self.run, self.again], [self.learning_rate, self.steps_each]],
            f"A training desk with {data}: {self.trainer.problem.title}; the discriminator's logits; both gradients' norms.",
        )
        self.one_step.on_click(lambda _: self.step())
        self.again.on_click(lambda _: self.start_again())

    def step(self, n=1):
        """Take `n` training steps with the controls as they are, then draw."""
        with self._lock:
            for _ in range(n):
                self.trainer.step(self.train.value, self.learning_rate.value)
            self.refresh()

    def start_again(self):
        """Back to the first weights, optimizers, batches and latents; the controls stay as they are."""
        with self._lock:
            self.trainer.start_again()
            self.refresh()

    def pause(self):
        """End the run, if there is one."""
        self.run.value = False

    def draw(self):
        fakes, *logits, probe_logits = self.trainer.forward()
        self.logits = tuple(logits)
        finite = np.isfinite(logits).all()
        self.note = "" if finite else "not finite any more: lower the learning rate and start again"
        return self._view.image(self, fakes, probe_logits)

    # -- a run -------------------------------------------------------------------------------------------------

    def _changed(self, change):
        if change["owner"] is not self.run:
            return  # the next step looks at the other controls
        self.run.description = "pause" if self.run.value else "run"
        if self.run.value:
            self._start()
        elif TrainingDesk.running is self:
            self._task = TrainingDesk.running = None  # which its run will see

    def _start(self):
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a plain Python program, where only `step` can be called
            return self.pause()
        if TrainingDesk.running:
            TrainingDesk.running.pause()
        TrainingDesk.running = self
        self._task = loop.create_task(self._run())

    async def _run(self):
        """Step and draw, and between two pictures leave the kernel to whoever else wants it."""
        task, steps = asyncio.current_task(), 0
        try:
            while self._task is task and steps < MOST and not self.note:
                begun = time.perf_counter()
                self.step(self.steps_each.value)
                steps += self.steps_each.value
                await asyncio.sleep(max(0.01, FRAME - (time.perf_counter() - begun)))
        finally:
            if self._task is task:
                self.pause()
