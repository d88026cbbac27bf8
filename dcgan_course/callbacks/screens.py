"""Where `LiveView` shows itself: in a notebook's output or in a terminal."""

import sys

MEASURING = "measuring this machine …"


def in_notebook():
    """Whether a Jupyter or Colab kernel shows what is displayed; a plain `ipython` does not count."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


class Terminal:
    """One line per epoch."""

    draws = False

    def epoch(self, line, losses):
        print(line, losses, sep="  ", flush=True)

    def move(self, done, epochs, line):
        pass

    def finish(self, done, epochs, line):
        if done < epochs:
            print(line, flush=True)


class Notebook:
    """A bar with a line of text, and below it a picture, both updated in place; they need no kernel to be seen again."""

    draws = True

    def __init__(self):
        from IPython.display import display

        self.bar = display(_bar(0, 1, MEASURING), raw=True, display_id=True)
        self.picture = None

    def epoch(self, line, losses):
        pass

    def move(self, done, epochs, line):
        self.bar.update(_bar(done, epochs, line), raw=True)

    finish = move

    def draw(self, figure):
        from IPython.display import display

        if self.picture is None:
            self.picture = display(figure, display_id=True)
        else:
            self.picture.update(figure)


def _bar(done, epochs, line):
    progress = f'<progress max="{epochs}" value="{done:.2f}" style="width: 8em"></progress>'
    return {"text/html": f'{progress} <code style="font-size: 12px">{line}</code>', "text/plain": line}
