"""What every widget is: controls, and a picture that follows them."""

import base64
import functools
import io

import ipywidgets
from IPython.display import display
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from ...validate import real_number, whole_number

DPI = 100  # pictures are 8.4 inches wide or less: what a notebook has room for in a window of 1280 pixels
FONT = ImageFont.truetype(findfont("DejaVu Sans"), 13)  # for words that Pillow writes: matplotlib's own letters
FAST = {"compress_level": 1}  # a little more to send, far less to wait for


class Explorer(ipywidgets.VBox):
    """Controls above a picture that is drawn anew whenever one of them changes.

    A subclass makes its controls, calls `super().__init__`, and says in `draw` what they mean. Shown where nobody listens (a
    page on GitHub, a test), it is the picture of its defaults. `controls` are rows, a list of widgets or of lists of them;
    those with a `value` are watched. `description` says what the picture shows, for those who cannot see it.
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
        """The picture for the controls' values: a matplotlib Figure or a Pillow image."""
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


def png(picture):
    """A matplotlib Figure or a Pillow image as the bytes of a PNG."""
    out = io.BytesIO()
    if isinstance(picture, Image.Image):
        picture.save(out, "PNG", **FAST)
    else:
        picture.savefig(out, format="png", dpi=DPI, pil_kwargs=FAST)
    return out.getvalue()


def blank(mode, width, height):
    """A white Pillow image, and a function that writes on it in black: `write((x, y), words)`."""
    image = Image.new(mode, (width, height), "white")
    return image, functools.partial(ImageDraw.Draw(image).text, fill="black", font=FONT)


def slider(name, value, least, most):
    """A slider over whole numbers; ValueError for a `value` that is none of them."""
    return ipywidgets.IntSlider(whole_number(name, value, least, most), least, most, description=name)


def log_slider(name, value, least, most, step):
    """A slider over the powers of ten from `least` to `most`; ValueError for a `value` beyond them."""
    value = real_number(name, value, f"lie in {10**least:g} to {10**most:g}", lambda x: 10**least <= x <= 10**most)
    return ipywidgets.FloatLogSlider(value, min=least, max=most, step=step, description=name.replace("_", " "))


def choice(name, value, options):
    """A button for each of the values or `{label: value}`, one pressed; ValueError for a `value` that is none of them."""
    labels = options if isinstance(options, dict) else dict(zip(options, options))
    if value not in labels.values():
        raise ValueError(f"{name} must be one of {', '.join(labels.values())}. Received: {name}={value!r}.")
    return ipywidgets.ToggleButtons(options=list(labels.items()), value=value, description=name)
