"""nbgrader's execution of a notebook, for notebooks that do not behave.

When the kernel ends, the tests after that point fail, and those before it keep their points. When a limit ends the run, the
submission counts as not graded: a person decides.
"""

import asyncio
import time

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output, output_from_msg
from nbformat.v4.nbbase import validate
from nbgrader import utils
from nbgrader.preprocessors import Execute

from . import processes

OUTPUT = 2**20  # characters of one cell
LOOK = 0.25  # seconds between two looks at the limits


class LimitReached(Exception):
    """A cell, or the notebook, used more than it may; the message says what."""


class Budget:
    """What one notebook may use while it runs, and what became of it.

    Time is CPU time of the kernel and of all that it started, so that a busy machine costs nobody points. A bound by the
    clock, `limits.waiting` times as long, ends what only sleeps.

    Args:
        limits: `pool.Limits`.
        monitor: `processes.Monitor` of the kernel; its `reason` says which other limit ended it.
        cpu: function that gives the CPU seconds used so far.
        clock: function that gives the seconds passed so far.

    Attributes:
        over: why no further cell runs, in words; "" as long as they do.
        limited: whether that was a limit.
        where: the name of the cell that runs, or at which the run ended.
        notes: what else happened, a sentence each.
    """

    def __init__(self, limits, monitor, cpu=processes.cpu_seconds, clock=time.monotonic):
        self.limits, self.monitor, self.cpu, self.clock = limits, monitor, cpu, clock
        self.over, self.limited, self.where, self.notes = "", False, "", []
        self.notebook = self.cell = (limits.seconds_per_submission, cpu(), clock())

    def begin(self, where, is_setup):
        """The cell `where` starts now; the cells before the first exercise have the set-up's own limit."""
        seconds = self.limits.seconds_for_setup if is_setup else self.limits.seconds_per_cell
        self.where, self.cell = where, (seconds, self.cpu(), self.clock())

    def check(self):
        """Raise LimitReached if the cell or the notebook has used up its time."""
        cpu, clock = self.cpu(), self.clock()
        for what, (seconds, cpu_before, clock_before) in (("the cell", self.cell), ("the notebook", self.notebook)):
            if cpu - cpu_before > seconds:
                raise LimitReached(f"{what} used more than {seconds:g} s of CPU time")
            if clock - clock_before > seconds * self.limits.waiting:
                raise LimitReached(f"{what} took more than {seconds * self.limits.waiting:g} s, mostly waiting")

    def end(self, reason, limited):
        """No further cell runs; what the monitor saw explains more than `reason`."""
        self.over, self.limited = self.monitor.reason or reason, limited or bool(self.monitor.reason)

    @property
    def status(self):
        if self.limited:
            return f"not graded: at {self.where} {self.over}, please look"
        if self.over:
            return f"graded up to {self.where}: {self.over}"
        return "graded" + (f", but {'; '.join(self.notes)}" if self.notes else "")


class BudgetedExecute(Execute):
    """Runs every cell that can be run; `budget` is set by the worker, which grades one notebook and ends."""

    budget = None

    def preprocess(self, nb, resources, km=None):
        named = (i for i, cell in enumerate(nb.cells) if cell.cell_type == "code" and "nbgrader" in cell.metadata)
        self.first_exercise = next(named, 0)
        self.timeout_func = lambda cell: LOOK  # after which nbclient calls _async_handle_timeout
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        budget, self.printed = self.budget, 0
        self._check_assign_resources(resources)
        if cell.cell_type != "code":
            return cell, resources
        where = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {index + 1}"
        if not budget.over:
            budget.begin(where, is_setup=index < self.first_exercise)
            try:
                self.execute_cell(cell, index, store_history=True)
            except DeadKernelError:
                budget.end("the kernel ended there (os._exit, a crash or no memory left)", limited=False)
            except CellTimeoutError:
                budget.end(f"the last outputs did not come within {self.iopub_timeout} s", limited=True)
            except LimitReached as reached:
                budget.end(str(reached), limited=True)
                processes.end_below()
        if budget.over:
            words = budget.over if where == budget.where else f"not run; it stopped at {budget.where}: {budget.over}"
            cell.outputs.insert(0, new_output("error", ename="Stopped", evalue=words, traceback=[f"Stopped: {words}"]))
        return cell, resources

    async def _async_handle_timeout(self, timeout, cell=None):
        """Called again and again while a cell runs."""
        self.budget.check()
        await asyncio.sleep(LOOK)

    def on_cell_executed(self, **kwargs):
        super().on_cell_executed(**kwargs)
        cell = kwargs["cell"]
        if utils.is_grade(cell):
            cell.outputs = settled(cell.outputs, float(cell.metadata.nbgrader["points"]))
            self.clear_display_id_mapping(kwargs["cell_index"])  # no later cell may change what is settled

    def output(self, outs, msg, display_id, cell_index):
        """Take an output that a notebook can hold, until there are too many.

        The cell is not interrupted then: an interrupt that comes late would hit the next cell's test. It ends by the
        kernel's own bound on what is written, or when its time is over.
        """
        try:
            output = output_from_msg(msg)
            validate(output, output.output_type)
        except Exception:  # whatever the student's code makes up
            return None
        self.printed += len(output.get("text", "")) + sum(len(str(value)) for value in output.get("data", {}).values())
        if self.printed <= OUTPUT:
            return super().output(outs, msg, display_id, cell_index)
        if self.printed < float("inf"):
            self.printed = float("inf")
            self.budget.notes.append(f"{self.budget.where} wrote too much output, which was cut")
            outs.append(new_output("stream", name="stdout", text=f"\n… more than {OUTPUT} characters: cut here\n"))
        return None


def settled(outputs, points):
    """A test cell's outputs as nbgrader should read them.

    nbgrader takes text on stderr for a failure, and the first result that is a number for the points, even before an error.
    Here a warning is no failure, an error comes first, and only the last result counts, which is the cell's own; what is no
    number of points is merely shown.
    """
    errors = [output for output in outputs if output.output_type == "error"]
    results = [output for output in outputs if output.output_type == "execute_result"]
    rest = []
    for output in outputs:
        if output.output_type == "stream":
            output.name = "stdout"
        if output.output_type == "execute_result" and not (output is results[-1] and _is_share(output, points)):
            output = new_output("display_data", data=output.data, metadata=output.metadata)
        if output.output_type != "error":
            rest.append(output)
    return errors + rest


def _is_share(output, points):
    try:
        return 0 <= float(output.data["text/plain"]) <= points
    except (KeyError, TypeError, ValueError):
        return False
