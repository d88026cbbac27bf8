import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from dcgan_course import networks, plots
from dcgan_course.figures import overview
from dcgan_course.metrics import NAMES as METRICS
from dcgan_course.start import STYLE

HISTORY = {name: [0.5, 0.6, 0.7] for name in METRICS}
SNAPSHOTS = {epoch: np.full((8, 16, 16, 1), epoch / 10 - 1, "float32") for epoch in range(12)}


def drawn(figure):
    """The figure's pixels: proof that it can be drawn."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


@pytest.mark.parametrize("channels", [1, 3])
def test_grid_shows_each_image_in_its_place(channels):
    images = np.full((5, 4, 4, channels), -1.0, "float32")
    images[4] = 0.0
    mosaic = plots.grid(images, columns=3, title="five").axes[0].images[0].get_array()
    assert mosaic.shape[:2] == (2 * 6, 3 * 6)
    assert np.all(mosaic[1:5, 1:5] == 0.0) and np.all(mosaic[7:11, 7:11] == 0.5)  # 0..1 for display
    assert drawn(plots.grid(images)).std() > 0


def test_curves_take_a_history_and_show_each_line():
    figure = plots.curves(HISTORY)
    assert [len(ax.lines) for ax in figure.axes] == [2, 3, 4] and drawn(figure).std() > 0
    history = type("History", (), {"history": HISTORY})()
    assert plots.curves(history).axes[0].lines[0].get_ydata().tolist() == [0.5, 0.6, 0.7]


def test_live_shows_samples_and_curves():
    figure = plots.live(HISTORY, SNAPSHOTS[3], epoch=3)
    assert figure.axes[0].get_title() == "samples after epoch 3" and drawn(figure).std() > 0


def test_timeline_names_its_epochs():
    figure = plots.timeline(SNAPSHOTS, rows=3)
    assert [ax.get_ylabel() for ax in figure.axes] == ["epoch 0", "epoch 6", "epoch 11"]
    assert len(plots.timeline({0: SNAPSHOTS[0]}).axes) == 1


def test_bad_input():
    with pytest.raises(ValueError, match=r"Images to draw must be .* Received: shape \(16, 16\)"):
        plots.grid(np.zeros((16, 16)))
    for history in ({}, {"d_loss": []}):
        with pytest.raises(ValueError, match="No epoch to draw"):
            plots.curves(history)
    with pytest.raises(ValueError, match="No snapshots to show"):
        plots.timeline({})


def inked(figure):
    """What the overview names, and whether it does so in ink."""
    return {text.get_text(): text.get_color() != overview.FAINT for text in figure.axes[0].texts}


def test_overview_lights_what_is_asked_for():
    assert all(inked(plots.overview()).values())
    lit = inked(plots.overview("generator", "evaluation"))
    assert lit["generator"] and lit["evaluation: quality,\nvariety, copies"]
    assert not (lit["discriminator"] or lit["z"] or lit["sample G(z)"] or lit["G's loss changes G's weights"])
    assert np.any(drawn(plots.overview()) != drawn(plots.overview("generator")))
    with pytest.raises(ValueError, match="must be one of latents, .*evaluation. Received: 'encoder'"):
        plots.overview("encoder")


def test_overview_has_the_sizes_of_the_networks():
    shapes = [layer.output.shape[1:] for layer in networks.generator((32, 32, 1), width=16).layers]
    maps = list(dict.fromkeys(shape for shape in shapes if len(shape) == 3))  # each once, in order
    assert [m[0] for m in maps] == list(overview.SIDES)
    assert [m[2] for m in maps[:-1]] == list(overview.FILTERS[:-1])


def lightness(color):
    """CIE L*, 0 to 100: what grey print keeps of a colour."""
    rgb = np.array(mpl.colors.to_rgb(color))
    luminance = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)
    return 116 * np.cbrt(luminance) - 16


def test_lines_are_told_apart_without_colour():
    cycle = mpl.rc_params_from_file(STYLE, use_default_template=False)["axes.prop_cycle"].by_key()
    assert len(set(map(str, cycle["linestyle"]))) == len(cycle["color"])  # every one has a dash of its own
    colors = [f"#{color.removeprefix('#')}" for color in cycle["color"]]
    tones = [lightness(color) for color in colors]
    assert np.abs(np.diff(tones[:3])).min() > 15 and max(tones[:4]) < 62  # and dark enough for white paper
    assert (overview.LIT["discriminator"], overview.LIT["generator"]) == tuple(
        f"#{c.strip('#')}" for c in cycle["color"][:2]
    )
