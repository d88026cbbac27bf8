"""Claim: a changed control of a widget shows within 200 ms, and a run of the training desk draws five pictures a second.

In JupyterLab and Chromium, as in `tests/browser`: from the key or the click until the new picture is on the screen, the
median for each control. A picture counts when the frame after its `load` event has been drawn. Without Chromium it says
so and measures nothing.

    python benchmarks/bench_widgets.py [--changes 16] [--seconds 6]
"""

import argparse
import os
import pathlib
import re
import statistics
import sys
import tempfile

import measure
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "helpers"))
from lab import CHROMIUM, Lab, Page, chromium  # noqa: E402

LIMIT, LEAST = 200, 5  # milliseconds; pictures a second
CELL = "import dcgan_course as dc\nfrom dcgan_course import widgets\ndc.start(seed=0)\nshown = widgets.{}\n{}\nshown"
BEFORE = {"LatentExplorer()": "shown.digit.value, shown.share.value = 1, 0.5"}  # so that every control changes the picture
PLAN = {  # what is shown: its controls; a slider's name, of others the options or the buttons to take in turn
    "LatentExplorer()": [
        ("slider", "direction 1"),
        ("slider", "direction 4"),
        ("slider", "walk"),
        ("button", "another one"),
        ("option", "3", "8"),  # of "towards"
        ("slider", "how far"),
    ],
    "TransposedConvolution()": [
        ("slider", "size"),
        ("slider", "kernel"),
        ("slider", "stride"),
        ("button", "valid", "same"),
    ],
    "Clipping()": [
        ("slider", "bound"),
        ("slider", "scale"),
        ("button", "by value", "by global norm", "by norm"),
    ],
    "RealOrFake(rounds=120)": [("button", "real", "fake"), ("button", "real", "new game")],
    "TrainingDesk()": [("button", "one step"), ("button", "one step", "start again")],
    "TrainingDesk('ring')": [("button", "one step"), ("button", "one step", "start again")],
}
WATCH = """image => {
    window.begun = null, window.painted = [];
    const input = event => { window.begun ??= event.timeStamp; };
    for (const kind of ['keydown', 'click', 'change']) document.addEventListener(kind, input, true);
    image.addEventListener('load', () => requestAnimationFrame(() => setTimeout(() => painted.push(performance.now()))));
}"""


def actions(page, output, kind, names):
    """What to do in turn at one control, as functions."""
    if kind == "slider":
        named = page.tab.locator("label", has_text=re.compile(f"^{names[0]}$"))
        handle = output.locator(".widget-slider", has=named).locator(".noUi-handle")
        return [lambda key=key: handle.press(key) for key in ("ArrowRight", "ArrowLeft")]
    if kind == "option":
        return [lambda name=name: output.locator("select").select_option(name) for name in names]
    return [button(output, name).click for name in names]


def button(output, name):
    return output.locator("button", has_text=re.compile(rf"^\W*{name}$"))  # an icon may stand before it


def delays(page, todo, changes):
    """Milliseconds from the input to the picture, one for each change."""
    milliseconds = []
    for i in range(changes):
        page.tab.wait_for_timeout(150)
        page.tab.evaluate("window.begun = null, window.painted = []")
        todo[i % len(todo)]()
        page.tab.wait_for_function("painted.length", polling=20)
        milliseconds.append(page.tab.evaluate("painted[0] - begun"))
    return milliseconds


def rate(page, output, seconds):
    """Pictures a second while the desk runs, both networks learning."""
    button(output, "run").click()
    page.tab.wait_for_timeout(1000)
    page.tab.evaluate("painted = []")
    page.tab.wait_for_timeout(1000 * seconds)
    times = page.tab.evaluate("painted")
    button(output, "pause").click()
    return 1000 * (len(times) - 1) / (times[-1] - times[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=6)
    args = parser.parse_args()
    if CHROMIUM is None:
        print("No Chromium here: nothing measured.")
        return
    milliseconds, rates = {}, {}
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = pathlib.Path(folder)
        lab, browser = Lab(folder), chromium(playwright)
        try:
            page = Page(browser, lab, folder)
            page.load()
            kernel = lab.ask("POST", "/api/kernels", name="python3")["id"]
            for shown, controls in PLAN.items():
                page.open(lab.write(f"{shown.split('(')[0]}.ipynb", CELL.format(shown, BEFORE.get(shown, ""))), kernel)
                page.run_all()
                page.finished()
                output = page.tab.locator(".jp-OutputArea-output:has(img)")
                output.locator("img").first.evaluate(WATCH)
                for kind, *names in controls:
                    waits = delays(page, actions(page, output, kind, names), args.changes)
                    median, largest, name = statistics.median(waits), max(waits), f"{shown} {', '.join(names)}"
                    milliseconds[name] = {"median": round(median), "largest": round(largest)}
                    fails = "" if median <= LIMIT else "   FAILS"
                    print(f"{name:45s} median {median:4.0f} ms, largest {largest:4.0f} ms{fails}", flush=True)
                if shown.startswith("TrainingDesk"):
                    rates[shown] = round(rate(page, output, args.seconds), 1)
                    fails = "" if rates[shown] >= LEAST else "   FAILS"
                    print(f"{shown:45s} {rates[shown]} pictures a second in a run{fails}", flush=True)
        finally:
            browser.close()
            lab.close()
    load = round(os.getloadavg()[0], 1)
    print(f"load after: {load}")
    result = {"milliseconds": milliseconds, "asked": LIMIT, "pictures_per_second": rates, "asked_rate": LEAST, "load": load}
    measure.keep("widgets", result)


if __name__ == "__main__":
    main()
