"""The course in a real browser: JupyterLab as `make lab` starts it, Debian's or the system's Chromium, the learner's clicks.

Screenshots of every chapter's start, every widget and a training go to a folder, light and dark, for people to look at:

    DCGAN_COURSE_SCREENSHOTS=build/screenshots python -m pytest tests/browser
"""

import os
import pathlib
import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")

from lab import CHROMIUM, ROOT, Lab, Page, chromium  # noqa: E402

from dcgan_course import widgets  # noqa: E402
from dcgan_course.callbacks.screens import MEASURING  # noqa: E402
from dcgan_course.classroom.widgets.explorer import Explorer  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (on Debian: apt install chromium)")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb")) + sorted((ROOT / "notebooks" / "assignments").glob("*.ipynb"))
CLASSES = [name for name in widgets.__all__ if isinstance(getattr(widgets, name), type)]
WIDGETS = [f"{name}()" for name in CLASSES if issubclass(getattr(widgets, name), Explorer)] + ["TrainingDesk('ring')"]

HARMLESS = {  # part of a message: why it may be ignored
    "is not trusted": "a notebook from elsewhere has no signature of this machine until it is saved here",
    "websocket_ping_timeout": "a default of jupyter_server that contradicts another of its defaults",
    "Could not restore the debugger state": "a notebook was closed before the debugger had answered",
    "TCP without encryption": "ipykernel says so of every kernel; ours listens on the loopback device alone",
}

FIRST_BUTTON = {"TrainingDesk": "one step"}  # its sliders change what comes, not what is there

START = "import dcgan_course as dc\nfrom dcgan_course import widgets\nrun = dc.start()"
TRAIN = """
import dcgan_course as dc
run = dc.start(seed=0)
digits = dc.datasets.load("digits", size=16)
gan = dc.GAN(dc.networks.generator((16, 16, 1), width=8), dc.networks.discriminator((16, 16, 1), width=8))
gan.compile(dc.Strategy())
view = dc.LiveView(samples=16)
gan.fit(digits.batches(64), epochs=3000, callbacks=[view])
"""
CATCHING = TRAIN.replace("gan.fit", "try:\n    gan.fit") + "except KeyboardInterrupt:\n    pass"
AFTER = """
epochs = len(gan.history.history["d_loss"])
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
        browser = chromium(playwright)
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


def headings(notebook):
    """Level and text of each heading, Markdown's marks left out."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return [(len(marks), words.replace("`", "")) for marks, words in re.findall(r"^(#+) (.+)$", text, re.M)]


# The notebooks come first: later tests save theirs.
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_with_its_contents_and_needs_no_scrolling_sideways(page, lab, kernel, path):
    name = path.relative_to(ROOT).as_posix()
    page.open(name, kernel)  # which runs nothing: what is seen is what was committed
    assert page.sideways() == []
    expected = headings(lab.read(name))
    page.until(lambda: page.contents()[0] == expected[0])  # it shows the notebook before for a moment
    assert page.contents() == expected
    page.picture(f"opened-{path.stem}")


def test_what_must_be_scrolled_sideways_is_found(page, lab, kernel):
    html = "from IPython.display import HTML\nHTML('<div style=\"width: 2000px\">wide</div>')"
    page.open(lab.write("wide.ipynb", f"'{'w' * 200}'", "'w'", html), kernel)
    page.run_all()
    page.finished()
    assert [place.split(":")[0] for place in page.sideways()] == ["cell 0", "cell 2"]


def test_the_first_lesson_runs_and_its_progress_moves(page, lab):
    path = "notebooks/00_start_here.ipynb"
    page.open(path)
    page.picture("lesson-opened")
    page.watch_bars()
    page.run_all()
    bar = page.tab.locator(".jp-OutputArea-output progress")
    page.until(lambda: float(bar.get_attribute("value")) < 2, seconds=120)  # the one that was committed is full
    page.picture("lesson-training", bar)
    page.until(lambda: any(0 < done < 2 and "on this machine" in line for done, line in page.bars()))  # of two epochs
    page.finished()
    (start, words), *_, (end, _) = page.bars()
    assert start == 0 and words == MEASURING and end == 2
    outputs = page.outputs()
    assert not [o for cell in outputs for o in cell if o["output_type"] == "error" or o.get("name") == "stderr"]
    progress, picture = next(cell for cell in outputs if any("<progress" in str(o.get("data")) for o in cell))
    assert 'value="2.00"' in str(progress["data"]) and "image/png" in picture["data"]
    page.picture("lesson-trained", bar)
    page.save()
    page.shut_down()


def test_an_interrupt_keeps_everything_and_the_saved_notebook_shows_it(page, lab):
    path = lab.write("interrupted.ipynb", CATCHING, AFTER)
    page.open(path)
    page.run_all()
    bar = page.tab.locator(".jp-OutputArea-output progress")
    bar.wait_for(timeout=120_000)
    page.until(lambda: float(bar.get_attribute("value")) > 1)
    first = float(bar.get_attribute("value"))
    page.until(lambda: float(bar.get_attribute("value")) > first)
    image = page.tab.locator(".jp-OutputArea-output img").first
    image.wait_for()
    page.picture("training", bar)
    assert not page.has_run()
    page.interrupt()
    assert page.tab.locator(".jp-OutputArea-output code").evaluate("line => line.getClientRects().length") == 1
    page.picture("stopped", bar)
    fit, after = page.outputs()
    assert texts(after) == "True True (2, 16, 16, 1)\n"
    page.save()

    saved = lab.read(path)
    assert "widgets" not in saved.metadata and [c.execution_count for c in saved.cells] == [1, 2]
    shown, picture = [o.data for o in saved.cells[0].outputs if o.output_type == "display_data"]
    assert set(shown) == {"text/html", "text/plain"} and "stopped after epoch" in shown["text/plain"]
    assert "everything is kept" in shown["text/html"] and "image/png" in picture

    page.shut_down()
    page.load()
    page.open(path)
    bar.wait_for()
    assert page.bytes_of(page.tab.locator(".jp-OutputArea-output img").first)[:4] == [0x89, *b"PNG"]
    page.picture("reopened")
    page.shut_down()


def test_an_interrupted_cell_keeps_everything_too(page, lab):
    page.open(lab.write("interrupt.ipynb", TRAIN))
    page.run_all()
    bar = page.tab.locator(".jp-OutputArea-output progress")
    bar.wait_for(timeout=120_000)
    page.until(lambda: float(bar.get_attribute("value")) > 1)
    page.interrupt()
    (outputs,) = page.outputs()
    assert any("everything is kept" in str(o.get("data")) for o in outputs) and outputs[-1]["ename"] == "KeyboardInterrupt"
    page.picture("interrupted", bar)
    page.shut_down()


@pytest.mark.parametrize("shown", WIDGETS)
def test_a_widget_answers_to_its_first_control(page, lab, kernel, shown):
    name = re.sub(r"\W+", "-", shown).strip("-")
    path = lab.write(f"{name}.ipynb", START, f"widgets.{shown}")
    page.open(path, kernel)
    page.run_all()
    page.finished()
    output = page.tab.locator(".jp-OutputArea-output:has(img)")
    image = output.locator("img.widget-image, .widget-image img").first
    image.wait_for()
    before = page.bytes_of(image)
    slider = output.locator(".noUi-handle")
    button = FIRST_BUTTON.get(shown.split("(")[0])
    if button:
        output.get_by_role("button", name=button).click()
    elif slider.count():
        slider.first.focus()
        page.tab.keyboard.press("ArrowRight")
    else:
        output.get_by_role("button").first.click()
    page.until(lambda: page.bytes_of(image) != before)
    page.picture(f"widget-{name}", image)
    cut = "parts => parts.filter(part => part.scrollWidth > part.clientWidth).map(part => part.innerText)"
    assert output.locator("label, button").evaluate_all(cut) == []
    assert image.evaluate("image => image.clientWidth / image.naturalWidth") == 1  # sharp: neither blown up nor squeezed
    assert page.sideways() == []
    page.save()
    (output,) = lab.read(path).cells[-1].outputs
    assert "image/png" in output.data  # what GitHub shows
