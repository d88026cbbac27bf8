"""The course in a real browser: JupyterLab as `make lab` starts it, Debian's or the system's Chromium, the learner's clicks.

Screenshots go to the folder named by DCGAN_COURSE_SCREENSHOTS, light and dark.
"""

import os
import pathlib
import shutil

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")

from lab import Lab, Page  # noqa: E402

from dcgan_course import widgets  # noqa: E402
from dcgan_course.widgets.explorer import Explorer  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (on Debian: apt install chromium)")
WIDGETS = [name for name in widgets.__all__ if isinstance(getattr(widgets, name), type)]

HARMLESS = {  # part of a message: why it may be ignored
    "colab-badge.svg": "the badge at the top of a chapter is on the network, and the course needs none",
    "is not trusted": "a notebook from elsewhere has no signature of this machine until it is saved here",
    "websocket_ping_timeout": "a default of jupyter_server that contradicts another of its defaults",
    "TCP without encryption": "ipykernel says so of every kernel; ours listens on the loopback device alone",
}

FIRST_BUTTON = {"TrainingDesk": "one step"}  # its sliders change what comes, not what is there

TRAIN = """
import dcgan_course as dc
run = dc.start(seed=0)
digits = dc.datasets.load("digits", size=16)
gan = dc.GAN(dc.networks.generator((16, 16, 1), width=8), dc.networks.discriminator((16, 16, 1), width=8))
gan.compile(dc.Strategy())
view = dc.LiveView(samples=16)
history = gan.fit(digits.batches(64), epochs=3000, callbacks=[view])
"""
AFTER = """
epochs = len(history.history["d_loss"])
print(epochs < 3000, list(view.snapshots)[-1] == epochs, gan.sample(2).shape)
"""


def unexpected(complaints):
    return [text for text in complaints if not any(part in text for part in HARMLESS)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = os.environ.get("DCGAN_COURSE_SCREENSHOTS")
    folder = pathlib.Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def kernel(lab):
    """One kernel for every widget, so that Keras is imported once."""
    kernel = lab.ask("POST", "/api/kernels", name="python3")["id"]
    yield kernel
    lab.ask("DELETE", f"/api/kernels/{kernel}")


@pytest.fixture(scope="module")
def tab(lab, browser, pictures):
    page = Page(browser, lab, pictures)
    page.load()
    yield page
    page.close()


@pytest.fixture
def page(lab, tab):
    before = len(tab.complaints), len(lab.complaints())
    yield tab
    assert unexpected(tab.complaints[before[0] :]) == []
    assert unexpected(lab.complaints()[before[1] :]) == []


def texts(outputs):
    return "".join(o.get("text", "") for o in outputs if o["output_type"] == "stream")


def test_the_first_lesson_runs_and_its_progress_moves(page, lab):
    path = "notebooks/00_start_here.ipynb"
    page.open(path)
    page.picture("lesson-opened")
    page.run_all()
    bar = page.tab.locator(".jp-OutputArea-output .widget-html progress")
    bar.wait_for(timeout=120_000)
    assert page.stop.is_visible()
    page.picture("lesson-training", page.stop)
    page.finished()
    outputs = page.outputs()
    assert not [o for cell in outputs for o in cell if o["output_type"] == "error" or o.get("name") == "stderr"]
    progress, picture = next(cell for cell in outputs if any("<progress" in str(o.get("data")) for o in cell))
    assert 'value="2.00"' in str(progress["data"]) and "image/png" in picture["data"]
    assert page.tab.locator(".widget-html progress").count() == 0 and page.stop.count() == 0
    page.picture("lesson-trained", page.tab.locator(".jp-OutputArea-output progress"))
    page.save()
    page.shut_down()


def test_stop_keeps_everything_and_the_saved_notebook_shows_it(page, lab):
    path = lab.write("stop.ipynb", TRAIN, AFTER)
    page.open(path)
    page.run_all()
    bar = page.tab.locator(".widget-html progress")
    bar.wait_for(timeout=120_000)
    page.until(lambda: float(bar.get_attribute("value")) > 1)
    first = float(bar.get_attribute("value"))
    page.until(lambda: float(bar.get_attribute("value")) > first)
    image = page.tab.locator(".jp-OutputArea-output img").first
    image.wait_for()
    page.picture("training", page.stop)
    assert not page.has_run()
    page.stop.click()
    page.until(page.has_run)
    page.picture("stopped", page.tab.locator(".jp-OutputArea-output progress"))
    fit, after = page.outputs()
    assert texts(after) == "True True (2, 16, 16, 1)\n"
    page.save()

    saved = lab.read(path)
    assert "widgets" not in saved.metadata and [c.execution_count for c in saved.cells] == [1, 2]
    bar, picture = [o.data for o in saved.cells[0].outputs if o.output_type == "display_data"]
    assert set(bar) == {"text/html", "text/plain"} and "stopped after epoch" in bar["text/html"]
    assert "everything is kept" in bar["text/html"] and "image/png" in picture

    page.shut_down()
    page.load()
    page.open(path)
    page.tab.locator(".jp-OutputArea-output progress").wait_for()
    assert page.bytes_of(page.tab.locator(".jp-OutputArea-output img").first)[:4] == [0x89, *b"PNG"]
    assert page.stop.count() == 0
    page.picture("reopened")
    page.shut_down()


def test_an_interrupted_cell_keeps_everything_too(page, lab):
    page.open(lab.write("interrupt.ipynb", TRAIN))
    page.run_all()
    bar = page.tab.locator(".widget-html progress")
    bar.wait_for(timeout=120_000)
    page.until(lambda: float(bar.get_attribute("value")) > 1)
    page.tab.evaluate("window.panel.sessionContext.session.kernel.interrupt()")
    page.finished()
    (outputs,) = page.outputs()
    assert any("everything is kept" in str(o.get("data")) for o in outputs) and outputs[-1]["ename"] == "KeyboardInterrupt"
    page.picture("interrupted", page.tab.locator(".jp-OutputArea-output progress"))
    page.shut_down()


@pytest.mark.parametrize("name", [n for n in WIDGETS if issubclass(getattr(widgets, n), Explorer)])
def test_a_widget_answers_to_its_first_control(page, lab, kernel, name):
    page.open(lab.write(f"{name}.ipynb", f"from dcgan_course import widgets\nwidgets.{name}()"), kernel)
    page.run_all()
    page.finished()
    output = page.tab.locator(".jp-OutputArea-output:has(img)")
    image = output.locator("img.widget-image, .widget-image img").first
    image.wait_for()
    before = page.bytes_of(image)
    slider = output.locator(".noUi-handle")
    if name in FIRST_BUTTON:
        output.get_by_role("button", name=FIRST_BUTTON[name]).click()
    elif slider.count():
        slider.first.focus()
        page.tab.keyboard.press("ArrowRight")
    else:
        output.get_by_role("button").first.click()
    page.until(lambda: page.bytes_of(image) != before)
    page.picture(f"widget-{name}-after", image)
    page.save()
    (output,) = lab.read(f"{name}.ipynb").cells[0].outputs
    assert "image/png" in output.data  # what GitHub shows
