"""Where `LiveView` shows itself: a notebook's output, with a Stop button, or a terminal."""

import sys
import threading

MEASURING = "measuring this machine …"


def in_notebook():
    """Whether a Jupyter or Colab kernel shows what we display; a plain `ipython` does not count."""
    return kernel() is not None


def kernel():
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython(), "kernel", None) if ipython else None


class Terminal:
    """One line per epoch."""

    draws = stop = False

    def epoch(self, line, losses):
        print(line, losses, sep="  ", flush=True)

    def move(self, done, epochs, line):
        pass

    def finish(self, done, epochs, line):
        if done < epochs:
            print(line, flush=True)


class Notebook:
    """A row of widgets while training runs, plain HTML in its place afterwards; below it a picture, updated in place.

    Attributes:
        stop: whether the Stop button was pressed.
    """

    draws = True

    def __init__(self):
        import ipywidgets
        from IPython.display import display

        self.button, self.picture = StopButton(ipywidgets), None
        self.bar = ipywidgets.HTML(_html(0, 1, MEASURING))
        self.row = ipywidgets.HBox([self.button.widget, self.bar], layout=ipywidgets.Layout(flex_flow="row wrap"))
        view = {"version_major": 2, "version_minor": 0, "model_id": self.row.model_id}
        data = {"text/html": self.bar.value, "text/plain": "", "application/vnd.jupyter.widget-view+json": view}
        self.display = display(data, raw=True, display_id=True)

    @property
    def stop(self):
        return self.button.pressed

    def epoch(self, line, losses):
        pass

    def move(self, done, epochs, line):
        self.button.look()
        self.bar.value = _html(done, epochs, "stopping after this epoch" if self.stop else line)

    def finish(self, done, epochs, line):
        from IPython.display import HTML

        self.display.update(HTML(_html(done, epochs, line)))  # what a saved notebook shows: nothing that needs a kernel
        self.row.close()
        self.bar.close()
        self.button.close()

    def draw(self, figure):
        from IPython.display import display

        if self.picture is None:
            self.picture = display(figure, display_id=True)
        else:
            self.picture.update(figure)


def _html(done, epochs, line):
    style = "font-size: 12px"  # a line's end stays on the line
    return f'<progress max="{epochs}" value="{done:.2f}" style="width: 8em"></progress> <code style="{style}">{line}</code>'


class StopButton:
    """A button whose click is noticed while a cell runs, though the kernel handles it only when the cell has ended.

    Under ipykernel 6, Colab's, the click waits in the kernel's queue: `look` finds it there. From ipykernel 7.4 on a thread
    asks the button's comm where its messages should go: the click passes there. Both only look, and leave every message in
    its place. Between the two, JupyterLab from 4.4 has the click handled by a thread of the kernel (a "subshell", JEP 91).

    Attributes:
        pressed: whether a click was noticed.
    """

    def __init__(self, ipywidgets):
        tip = "Ends training after this epoch and keeps everything. Interrupting the cell does so, too."
        layout = ipywidgets.Layout(width="auto")
        self.widget = ipywidgets.Button(description="Stop", icon="stop", tooltip=tip, layout=layout)
        self.pressed = self.waits = False
        self.widget.on_click(self._click)
        self.route = getattr(self.widget.comm, "_reply_subshell_for", None)
        if self.route is not None:
            self.widget.comm._reply_subshell_for = self._passes

    def _click(self, widget):
        self.pressed, self.waits = True, False

    def _passes(self, data, default):
        """In place of the comm's own answer, in the thread that asks for it."""
        content = data.get("content") if isinstance(data, dict) else None
        if isinstance(content, dict) and content.get("event") == "click":
            self.waits = self.pressed = True
        return self.route(data, default)

    def look(self):
        """Notice a click; for the training's thread, a few times a second."""
        if not self.pressed:
            self.pressed = self.waits = self._in_queue()
        if self.pressed and not self.widget.disabled:
            self.widget.disabled = True

    def _in_queue(self):
        ours = kernel()
        queue = getattr(getattr(ours, "msg_queue", None), "_queue", None)  # ipykernel 7 has none
        if queue is None or threading.current_thread() is not threading.main_thread():
            return False
        ours.shell_stream.flush(1)  # zmq.POLLIN: what has arrived joins the queue, as in the kernel's own loop
        comm = self.widget.comm.comm_id.encode()
        messages = [message for *_, arguments in queue for message in arguments]
        return any(comm in part.bytes and b'"click"' in part.bytes for message in messages for part in message)

    def close(self):
        """Remove the button; if its click still waits, when that is delivered."""
        if self.waits:
            self.widget.on_click(lambda widget: widget.close())
        else:
            self.widget.close()
