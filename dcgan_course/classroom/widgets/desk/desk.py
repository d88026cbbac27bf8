"""The training desk: the GAN's training loop in the learner's hand."""

import asyncio
import threading
import time

import ipywidgets
import numpy as np

from ..explorer import Explorer
from .step import Learner
from .toy import TABLES
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
        seed: of the first weights, the latents and the batches.

    Attributes:
        train, one, run, again, rate, each: the controls.
        learner: the `Learner`, with its `gan`, `steps` and `norms`.
        logits: of 128 real examples and of 128 fakes from fixed latents, as the picture shows them: arrays `(128,)`.

    Raises:
        ValueError: unknown data, or a learning rate out of range.

    Example:
        >>> desk = TrainingDesk("ring")
        >>> desk.train.value = "D"
        >>> desk.step(10)
    """

    running = None  # the desk whose run goes on: one at a time

    def __init__(self, data="digits", learning_rate=2e-3, seed=0):
        if data not in TABLES:
            raise ValueError(f"The desk has {' and '.join(map(repr, TABLES))}. Received: data={data!r}.")
        if not 1e-5 <= learning_rate <= 0.1:
            raise ValueError(f"learning_rate must lie in 1e-5 to 0.1. Received: learning_rate={learning_rate!r}.")
        if TrainingDesk.running:  # of a cell that is run again
            TrainingDesk.running.pause()
        self.learner = Learner(TABLES[data](), seed)
        self.note, self._task, self._lock = "", None, threading.RLock()  # JupyterLab's widgets may use a thread of their own
        self._view = DeskView(self.learner.table, self.learner.real)

        self.train = ipywidgets.ToggleButtons(options=("D", "G", "both"), value="both", description="train")
        self.train.style.button_width = "4em"
        self.one = ipywidgets.Button(description="one step")
        self.run = ipywidgets.ToggleButton(False, description="run")
        self.again = ipywidgets.Button(description="start again")
        self.rate = ipywidgets.FloatLogSlider(
            learning_rate, min=-5, max=-1, step=0.1, description="learning rate", readout_format=".5f"
        )
        self.each = ipywidgets.IntSlider(1, 1, 20, description="steps a picture in a run")
        self.train.style.description_width = self.rate.style.description_width = "7em"
        self.each.style.description_width = "initial"
        super().__init__(
            [[self.train, self.one, self.run, self.again], [self.rate, self.each]],
            f"A training desk with {data}: {self.learner.table.title}; the discriminator's logits; both gradients' norms.",
        )
        self.one.on_click(lambda _: self.step())
        self.again.on_click(lambda _: self.start_again())

    def step(self, n=1):
        """Take `n` training steps with the controls as they are, then draw."""
        with self._lock:
            for _ in range(n):
                self.learner.step(self.train.value, self.rate.value)
            self.refresh()

    def start_again(self):
        """Back to the first weights, optimizers, batches and latents; the controls stay as they are."""
        with self._lock:
            self.learner.start_again()
            self.refresh()

    def pause(self):
        """End the run, if there is one."""
        self.run.value = False

    def draw(self):
        fakes, *logits, answers = self.learner.look()
        self.logits = tuple(logits)
        finite = np.isfinite(logits).all()
        self.note = "" if finite else "not finite any more: lower the learning rate and start again"
        return self._view.image(self, fakes, answers)

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
        self._task = loop.create_task(self._go())

    async def _go(self):
        """Step and draw, and between two pictures leave the kernel to whoever else wants it."""
        task, taken = asyncio.current_task(), 0
        try:
            while self._task is task and taken < MOST and not self.note:
                begun = time.perf_counter()
                self.step(self.each.value)
                taken += self.each.value
                await asyncio.sleep(max(0.01, FRAME - (time.perf_counter() - begun)))
        finally:
            if self._task is task:
                self.pause()
