"""The site that `make site` builds: its pages, its links, and a reader's clicks in Debian's or the system's Chromium."""

import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import tomllib

import numpy as np
import pytest
from PIL import Image

from dcgan_course import datasets, widgets

ROOT = pathlib.Path(__file__).parents[2]
TOOLS = pathlib.Path(sys.prefix, "site", "bin")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOTEBOOKS = [
    str(path.relative_to(ROOT).with_suffix(""))
    for path in sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("notebooks/assignments/A?.ipynb")])
]
PAGES = ["index", "notebooks/assignments/README", "data/README", *NOTEBOOKS]
CHAPTER = f"{NOTEBOOKS[0]}.html"

needs_tools = pytest.mark.skipif(
    not (TOOLS / "jupyter-book").exists(), reason="Jupyter Book is not installed (make quick and make site install it)"
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (on Debian: apt install chromium)")


def pins(name):
    lines = (ROOT / name).read_text().lower().replace("_", "-").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_tools_are_pinned_at_or_above_their_floors_and_like_the_course():
    ours, course = pins("tools/site/constraints.txt"), pins("constraints.txt")
    differing = {name for name in ours.keys() & course.keys() if ours[name] != course[name]}
    assert differing == {"markdown-it-py"}  # why there are two environments
    for line in (ROOT / "tools" / "site" / "requirements.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, floor = re.match(r"([\w-]+)>=([\d.]+)", line).groups()
            assert [int(n) for n in re.findall(r"\d+", ours[name])] >= [int(n) for n in floor.split(".")]


def test_the_address_is_said_once():
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    for path in (ROOT / "tools" / "site").glob("*.*"):
        assert repository.split("/")[-1] not in path.read_text(), path


@needs_tools
@pytest.mark.parametrize(
    "link, right",
    [("#here", True), ("other.html#here", True), ("#gone", False), ("gone.html", False), ("other.html#x", False)],
)
def test_the_check_finds_a_link_or_anchor_that_leads_nowhere(link, right, tmp_path):
    for name in ("index", "other"):
        text = f'<html><body><p id="here"><a href="{link}">a link</a> <a href="other.html">another</a></p></body></html>'
        (tmp_path / f"{name}.html").write_text(text)
    found = subprocess.run(
        [TOOLS / "python", ROOT / "tools" / "site" / "links.py", tmp_path], capture_output=True, text=True
    )
    assert (found.returncode == 0) == right, found.stdout + found.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of pages, built once."""
    if not (TOOLS / "jupyter-book").exists():
        pytest.skip("Jupyter Book is not installed (make quick and make site install it)")
    out = tmp_path_factory.mktemp("site") / "site"
    built = subprocess.run(
        [sys.executable, ROOT / "tools" / "site" / "build.py", "--out", out], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "0 warnings found. 0 errors found" in built.stdout
    return out / "html"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_and_a_notebook_opens_in_colab(site, page):
    text = (site / f"{page}.html").read_text()
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    colab = repository.replace("https://github.com", "https://colab.research.google.com/github")
    if page in NOTEBOOKS:
        assert text.count(f'href="{colab}/blob/main/{page}.ipynb"') == 2  # in the text, and in the launch menu
        assert (site / "_sources" / f"{page}.ipynb").read_bytes() == (ROOT / f"{page}.ipynb").read_bytes()
    assert not re.search(r'<(?:img|script|link|iframe)[^>]*(?:src|href)="(?:https?:)?//', text)  # nothing from the network


def test_the_index_leads_to_every_chapter(site):
    text = (site / "index.html").read_text()
    table = text[text.index('id="chapters"') : text.index('id="assignments"')]
    assert re.findall(r'href="(notebooks/\d[\w/]+)\.html"', table) == [n for n in NOTEBOOKS if "assignments" not in n]


def test_the_search_index_knows_the_words(site):
    index = json.loads(re.search(r"Search\.setIndex\((.*)\)", (site / "searchindex.js").read_text(), re.S)[1])
    assert "transpos" in index["terms"] and set(PAGES) <= set(index["docnames"])


def test_the_explorer_has_every_picture_and_is_small(site):
    sprite = site / "_static" / "explorer.png"
    numbers = json.loads(re.search(r'json">(.*?)</script>', (site / CHAPTER).read_text())[1])
    frames = numbers["starts"] * 15 * numbers["stations"]
    assert len(numbers["nearest"]) == len(numbers["distances"]) == frames and min(numbers["distances"]) > 0
    tiles = np.array(Image.open(sprite)).reshape(-1, 32, numbers["columns"], 32).swapaxes(1, 2).reshape(-1, 32, 32)
    assert max(numbers["nearest"]) < len(tiles) and sprite.stat().st_size < 1_500_000

    widget = widgets.LatentExplorer()  # the first start's rest, and its second direction's end
    for move, tile in ((0.0, 5), (3.0, 2 * numbers["stations"] - 1)):
        widget.moves[1].value = move
        image = widget.images(widget.latent()[None])
        assert np.abs(tiles[tile] - datasets.to_uint8(image)[0, ..., 0].astype(float)).max() <= 1
        neighbour, distance = widget.nearest(image[0])
        assert np.array_equal(tiles[numbers["nearest"][tile]], datasets.to_uint8(neighbour[None])[0, ..., 0])
        assert numbers["distances"][tile] == pytest.approx(distance, abs=0.06)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(site):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def tab(browser, address):
    """A tab of a small window; in the end nothing was missing or complained, and nothing was asked of another place."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    tab, wrong = context.new_page(), []
    tab.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("requestfailed", lambda request: wrong.append(request.url))
    tab.on("response", lambda response: response.status >= 400 and wrong.append(response.url))
    tab.on("request", lambda request: request.url.startswith((address, "file:", "data:")) or wrong.append(request.url))
    yield tab
    context.close()
    assert wrong == []


BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@needs_chromium
def test_the_switch_turns_the_light_off(tab, address):
    tab.goto(f"{address}/index.html")
    light = tab.evaluate(BACKGROUND)
    for _ in range(3):  # auto, light, dark
        if tab.evaluate("document.documentElement.dataset.theme") != "dark":
            tab.locator(".theme-switch-button:visible").first.click()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark" and tab.evaluate(BACKGROUND) != light


@needs_chromium
def test_the_search_finds_a_chapter(tab, address):
    tab.goto(f"{address}/{CHAPTER}")
    tab.locator(".search-button-field:visible, .search-button:visible").first.click()
    tab.locator("input[type=search]:visible").fill("transposed convolution")
    tab.keyboard.press("Enter")
    hit = tab.locator(".search a", has_text="Transposed convolution").first
    hit.wait_for()
    tab.wait_for_load_state("networkidle")  # every hit fetches its page for an excerpt
    assert "02_1_core_concepts.html" in hit.get_attribute("href")


def pictures(tab):
    return tab.eval_on_selector_all(".explorer canvas", "all => all.map(canvas => canvas.toDataURL())")


@needs_chromium
def test_the_explorer_answers_to_keys_and_clicks(tab, address):
    tab.goto(f"{address}/{CHAPTER}")
    tab.wait_for_function("document.querySelector('.explorer output').textContent")
    seen = [pictures(tab)]
    for name in ("direction 2", "how far towards it", "walk"):
        slider = tab.get_by_label(name, exact=True)
        slider.focus()
        for _ in range(5):
            tab.keyboard.press("ArrowRight")
        seen.append(pictures(tab))
        moved = tab.eval_on_selector_all(".explorer input", "all => all.filter(i => i.value !== i.defaultValue).length")
        assert moved == 1
    tab.get_by_role("combobox", name="towards").select_option("7")
    tab.get_by_label("how far towards it", exact=True).press("End")
    seen.append(pictures(tab))
    tab.get_by_role("button", name="another one").click()
    seen.append(pictures(tab))
    samples, neighbours, places = zip(*seen)
    assert len(set(samples)) == len(set(places)) == len(seen) and len(set(neighbours)) > 2


@needs_chromium
def test_the_explorer_needs_no_server(tab, site):
    tab.goto((site / CHAPTER).as_uri())
    tab.wait_for_function("document.querySelector('.explorer output').textContent")
    distance = tab.locator(".explorer output").inner_text()
    tab.get_by_role("button", name="another one").click()
    assert tab.locator(".explorer output").inner_text() != distance


@needs_chromium
def test_no_page_is_wider_than_a_small_window(tab, address):
    for page in PAGES:
        tab.goto(f"{address}/{page}.html", wait_until="networkidle")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
        assert not tab.locator("mjx-merror").count(), page  # MathJax understood every formula
