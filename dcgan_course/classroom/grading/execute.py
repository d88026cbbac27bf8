"""nbgrader's execution of a notebook, for notebooks that do not behave.

What was graded before something went wrong stays graded: when the kernel ends or the time is over, the tests after that
point fail, and those before it keep their points.
"""

import contextlib
import queue
import time

from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output, output_from_msg
from nbformat.v4.nbbase import validate
from nbgrader import utils
from nbgrader.preprocessors import Execute

OUTPUT = 2**20  # characters of one cell
PATIENCE = 8  # seconds for a kernel to say that it has interrupted a cell


class Run:
    """What happens to one submission while it runs.

    Args:
        seconds_per_cell: after which a cell is interrupted.
        seconds: for the whole notebook.
        watch: `processes.Watch` over the kernel.

    Attributes:
        over: why no further cell runs, in words; "" as long as they do.
        where: the cell at which that happened.
        notes: what else happened, a sentence each.
    """

    def __init__(self, seconds_per_cell, seconds, watch):
        self.seconds_per_cell, self.seconds, self.watch = seconds_per_cell, seconds, watch
        self.over, self.where, self.notes, self.deadline = "", "", [], None

    def left(self):
        return self.deadline - time.monotonic()

    @property
    def status(self):
        if self.over:
            return f"graded up to {self.where}: {self.over}"
        return "graded" + (f", but {'; '.join(self.notes)}" if self.notes else "")


class PatientExecute(Execute):
    """Runs every cell that can be run; `run` is set by the worker, which grades one notebook and ends."""

    run = None

    def preprocess(self, nb, resources, km=None):
        self.run.deadline = time.monotonic() + self.run.seconds
        self.timeout_func = lambda cell: max(0.5, min(self.run.seconds_per_cell, self.run.left()))
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        run, self.printed = self.run, 0
        self._check_assign_resources(resources)
        if cell.cell_type != "code":
            return cell, resources
        where = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {index + 1}"
        if not run.over and run.left() < 0:
            run.over, run.where = f"the notebook ran longer than {run.seconds:g} s", where
        if not run.over:
            self.where = where
            try:
                self.execute_cell(cell, index, store_history=True)
            except DeadKernelError:
                run.over = run.watch.reason or "the kernel ended there (os._exit, a crash or no memory left)"
            except CellTimeoutError:
                run.over = f"it ran longer than {run.seconds_per_cell:g} s and could not be interrupted"
            run.where = where
        if run.over:
            words = run.over if where == run.where else f"not run; the notebook stopped at {run.where}: {run.over}"
            cell.outputs.insert(0, new_output("error", ename="Stopped", evalue=words, traceback=[f"Stopped: {words}"]))
        return cell, resources

    async def _async_handle_timeout(self, timeout, cell=None):
        """Interrupt the cell, and wait until the kernel has: an interrupt under way could hit the next cell."""
        control = self.kc.control_channel
        control.send(self.kc.session.msg("interrupt_request", {}))
        with contextlib.suppress(queue.Empty):
            await ensure_async(control.get_msg(timeout=PATIENCE))
        words = "stopped: its time was over"
        error = {"ename": "CellTimeoutError", "evalue": words, "traceback": [f"CellTimeoutError: {words}"]}
        return {"content": {"status": "error", **error}}

    def on_cell_executed(self, **kwargs):
        super().on_cell_executed(**kwargs)
        cell, reply = kwargs["cell"], kwargs["execute_reply"]["content"]
        if reply.get("ename") == "CellTimeoutError":
            seconds = min(self.run.seconds_per_cell, self.run.seconds)
            self.run.notes.append(f"{self.where} was stopped, its {seconds:g} s were over")
        if utils.is_grade(cell):
            cell.outputs = settled(cell.outputs, float(cell.metadata.nbgrader["points"]))
            self.clear_display_id_mapping(kwargs["cell_index"])  # no later cell may change what is settled

    def output(self, outs, msg, display_id, cell_index):
        """Take an output that a notebook can hold, until there are too many.

        The cell is not interrupted then: an interrupt that comes late would hit the next cell's test. It ends by the
        kernel's own bound on what is written, or when its time is over.
        """
        try:
            made = output_from_msg(msg)
            validate(made, made.output_type)
        except Exception:  # whatever the student's code makes up
            return None
        self.printed += len(made.get("text", "")) + sum(len(str(value)) for value in made.get("data", {}).values())
        if self.printed <= OUTPUT:
            return super().output(outs, msg, display_id, cell_index)
        if self.printed < float("inf"):
            self.printed = float("inf")
            self.run.notes.append(f"{self.where} wrote too much output, which was cut")
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
