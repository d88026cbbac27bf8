"""Claim: a newcomer sees digits appear within a minute of starting the first lesson.

A fresh clone, `make lab` without pip's cache (the network counts here, so it is reported and not judged), then Chromium
opens the first lesson and runs all cells. Needs git, the network and Chromium.

    python benchmarks/bench_newcomer.py
"""

import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import types
import urllib.error
import urllib.request

import measure
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(measure.RESULTS.parents[1] / "tests" / "helpers"))
from lab import ROOT, Page, chromium  # noqa: E402

LIMIT = 60  # seconds from "run all cells" to the last picture of the training
PROGRESS = ".widget-html progress"


def make_lab(clone, folder, port, token):
    """`make lab` in the clone, with settings of its own."""
    options = f"--no-browser --port {port} --IdentityProvider.token={token} --expose-app-in-browser"
    own = {"PIP_NO_CACHE_DIR": "1", "JUPYTERLAB_SETTINGS_DIR": folder, "JUPYTERLAB_WORKSPACES_DIR": folder}
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")} | own
    command = ["make", "lab", f"ARGS={options}"]
    return subprocess.Popen(command, cwd=clone, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)


def wait(server, url, token):
    request = urllib.request.Request(f"{url}/api/status", headers={"Authorization": f"token {token}"})
    while True:
        try:
            return urllib.request.urlopen(request, timeout=5).read()
        except urllib.error.URLError:
            assert server.poll() is None, "make lab failed"
            time.sleep(0.2)


def main():
    seconds, begun = {}, time.perf_counter()

    def note(name):
        seconds[name] = round(time.perf_counter() - begun, 1)
        print(f"{seconds[name]:6.1f} s  {name}", flush=True)

    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        clone, token = pathlib.Path(folder, "clone"), secrets.token_hex(16)
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = make_lab(clone, folder, port, token)
        try:
            lab = types.SimpleNamespace(url=f"http://127.0.0.1:{port}", token=token)
            wait(server, lab.url, token)
            note("installed, and JupyterLab is up")
            with sync_playwright() as playwright:
                page = Page(chromium(playwright), lab, pathlib.Path(folder))
                page.load()
                page.open("notebooks/00_start_here.ipynb")
                note("the first lesson is open")
                opened, begun = dict(seconds), time.perf_counter()
                page.tab.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
                page.run_all()
                page.tab.locator(f".jp-OutputArea:has({PROGRESS}) img").first.wait_for(timeout=120_000)
                note("first samples, of a network that has hardly learned")
                page.until(lambda: page.tab.locator(PROGRESS).count() == 0, seconds=300)
                note("digits: training is done")
                page.until(page.has_run, seconds=300)
                note("every cell has run")
                assert not [o for cell in page.outputs() for o in cell if o["output_type"] == "error"]
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(60)
    print("" if seconds["digits: training is done"] <= LIMIT else "   FAILS")
    measure.keep("newcomer", {"from_make_lab": opened, "from_run": {k: v for k, v in seconds.items() if k not in opened}})


if __name__ == "__main__":
    main()
