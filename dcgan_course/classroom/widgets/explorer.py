"""What every widget is: controls, and a picture that follows them."""

import base64
import io

import ipywidgets
import numpy as np
from IPython.display import display
from matplotlib.font_manager import findfont
from PIL import Image, ImageFont

from ...datasets import to_uint8

DPI = 100  # pictures are 8.4 inches wide or less: what a notebook has room for in a window of 1280 pixels
FONT = ImageFont.truetype(findfont("DejaVu Sans"), 13)  # for words that Pillow writes: matplotlib's own letters
FAST = {"compress_level": 1}  # a little more to send, far less to wait for


class Explorer(ipywidgets.VBox):
    """Controls above a picture that is drawn anew whenever one of them changes.

    A subclass makes its controls, calls `super().__init__`, and says in `draw` what they mean. Shown where nobody listens (a
    page on GitHub, a test), it is the picture of its defaults.

    Args:
        controls: rows of widgets: a list of widgets or of lists of them. Those with a `value` are watched.
        description: what the picture shows, in words, for those who cannot see it.
    """

    def __init__(self, controls, description):
        rows = [row if isinstance(row, (list, tuple)) else [row] for row in controls]
        layout = ipywidgets.Layout(max_width="100%", object_fit="contain", align_self="flex-start")  # never enlarged: sharp
        self.picture = ipywidgets.Image(format="png", layout=layout)
        self.description = description
        super().__init__(
            [*(ipywidgets.HBox(row, layout=ipywidgets.Layout(flex_flow="row wrap")) for row in rows), self.picture]
        )
        for control in (control for row in rows for control in row):
            if isinstance(control, ipywidgets.ToggleButtons):
                control.add_class("widget-inline-hbox")  # its name beside it, where sliders have theirs
            if control.has_trait("value"):
                control.observe(self._changed, "value")
        self.refresh()

    def draw(self):
        """The picture for the controls' values: a matplotlib Figure, a Pillow image, or images `(H, W[, C])` in [-1, 1]."""
        raise NotImplementedError

    def refresh(self):
        """Draw anew."""
        self.picture.value = png(self.draw())

    def _changed(self, change):
        self.refresh()

    def _ipython_display_(self, **kwargs):
        picture = base64.b64encode(self.picture.value).decode()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        data = {"text/plain": self.description, "image/png": picture, "application/vnd.jupyter.widget-view+json": view}
        display(data, raw=True)


def png(drawn):
    """A matplotlib Figure, a Pillow image or an array in [-1, 1] as the bytes of a PNG."""
    out = io.BytesIO()
    if hasattr(drawn, "savefig"):
        drawn.savefig(out, format="png", dpi=DPI, pil_kwargs=FAST)
    else:
        image = drawn if isinstance(drawn, Image.Image) else Image.fromarray(np.squeeze(to_uint8(drawn[None])[0]))
        image.save(out, "PNG", **FAST)
    return out.getvalue()
