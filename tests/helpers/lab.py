"""A JupyterLab of our own, and a page in it: what test_lab.py drives."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat

ROOT = pathlib.Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def chromium(playwright):
    """Debian's or the system's browser, without a window."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])


def options_of_make_lab():
    """What the Makefile gives JupyterLab."""
    recipe = re.search(r"^\t\$\(BIN\)/jupyter lab (.*)\$\(ARGS\)$", (ROOT / "Makefile").read_text(), re.M)
    return shlex.split(recipe.group(1))


class Lab:
    """JupyterLab on a copy of the notebooks, with settings, cache and kernels of its own; `close` ends it."""

    def __init__(self, folder):
        self.root, self.log = folder / "root", folder / "server.log"
        shutil.copytree(ROOT / "notebooks", self.root / "notebooks", ignore=shutil.ignore_patterns("data", ".ipynb_*"))
        shutil.copytree(ROOT / "data", self.root / "data", ignore=lambda folder, names: set(names) - {"colab.svg"})
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self.token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)  # the question whether to fetch news would lie over the first notebook
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        own = {
            "JUPYTER_CONFIG_DIR": folder / "config",
            "JUPYTER_DATA_DIR": folder / "data",
            "JUPYTER_RUNTIME_DIR": folder / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
            "IPYTHONDIR": folder / "ipython",
            "DCGAN_COURSE_CACHE": folder / "cache",
            "DCGAN_COURSE_PROFILE": "smoke",
            "TF_CPP_MIN_LOG_LEVEL": "2",  # as the Makefile has it
        }
        ours = ["--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--expose-app-in-browser"]
        ours += [f"--ServerApp.root_dir={self.root}", f"--IdentityProvider.token={self.token}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter", "lab", *options_of_make_lab(), *ours],
                cwd=self.root,
                env=os.environ | {name: str(value) for name, value in own.items()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self):
        for _ in range(240):
            try:
                return self.ask("GET", "/api/status")
            except urllib.error.URLError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.25)
        self.close()
        raise TimeoutError(self.log.read_text())

    def ask(self, method, path, **content):
        """The server's answer, as JSON."""
        request = urllib.request.Request(self.url + path, json.dumps(content).encode() if content else None, method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def write(self, name, *cells):
        """A notebook with these code cells; its path from the root."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(notebook, self.root / name)
        return name

    def read(self, name):
        return nbformat.read(self.root / name, as_version=4)

    def complaints(self):
        """Lines of the log at warning or above, and tracebacks."""
        lines = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text()).splitlines()
        return [line for line in lines if re.match(r"\[[WEC] |\[\w+\] (WARN|ERR|CRIT)|.*(Traceback|Error|No such)", line)]

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


LAID_OUT = """() => window.panel.content.widgets.every(({node, model}) =>
    node.querySelector(model.type === 'markdown' ? '.jp-MarkdownOutput' : '.cm-scroller') &&
    (model.type !== 'markdown' || !/[$].+[$]/s.test(model.sharedModel.source) || node.querySelector('mjx-container')) &&
    [...node.querySelectorAll('.jp-OutputArea img')].every(image => image.complete))"""
SIDEWAYS = """() => {
    const cells = window.panel.content.widgets.map(cell => cell.node);
    const scrolls = part => /auto|scroll/.test(getComputedStyle(part).overflowX) && part.scrollWidth > part.clientWidth + 1;
    return [...window.panel.node.querySelectorAll('*')].filter(scrolls).map(part =>
        `cell ${cells.findIndex(c => c.contains(part))}: ${part.scrollWidth} in ${part.clientWidth} (${part.className})`
    );
}"""
CONTENTS = """() => [...document.querySelectorAll('.jp-TableOfContents-tree .jp-tocItem-content')].map(entry => {
    let level = 0;
    for (let item = entry; (item = item.parentElement.closest('.jp-tocItem')); ) level++;
    return [level, entry.title];
})"""


WATCH_BARS = """() => {
    window.bars = [];
    new MutationObserver(() => {
        for (const bar of window.panel.node.querySelectorAll('.jp-OutputArea-output progress')) {
            const seen = [bar.value, bar.parentElement.textContent.trim()];
            if (String(window.bars.at(-1)) !== String(seen)) window.bars.push(seen);
        }
    }).observe(window.panel.node, {subtree: true, childList: true});
}"""


class Page:
    """One browser tab in the lab.

    Attributes:
        tab: Playwright's page.
        complaints: what the console said at error level, exceptions, and answers of 400 and above.
    """

    def __init__(self, browser, lab, pictures):
        self.lab, self.pictures = lab, pictures
        self.context = browser.new_context(viewport={"width": 1280, "height": 1000})
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(60_000)
        self.complaints = []
        self.tab.on("console", lambda m: m.type == "error" and self.complaints.append(f"console: {m.text} {m.location}"))
        self.tab.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.tab.on("response", lambda r: r.status >= 400 and self.complaints.append(f"{r.status} {r.url}"))

    def load(self):
        """JupyterLab, with an empty workspace."""
        self.tab.goto(f"{self.lab.url}/lab/workspaces/{secrets.token_hex(4)}?reset&token={self.lab.token}")
        self.tab.wait_for_function("window.jupyterapp && window.jupyterapp.started")
        self.tab.evaluate("window.jupyterapp.restored")

    def open(self, path, kernel=None):
        """A notebook, its kernel ready, in place of the one before; `kernel` is the id of one that runs already."""
        self.tab.evaluate(
            """async ([path, kernel]) => {
                const options = {path, factory: 'Notebook', ...(kernel ? {kernel: {id: kernel}} : {})};
                window.panel?.dispose();
                const panel = await window.jupyterapp.commands.execute('docmanager:open', options);
                window.panel = panel;
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }""",
            [path, kernel],
        )
        self.tab.locator(".jp-Notebook .jp-Cell").first.wait_for()

    def shut_down(self):
        """End the notebook's kernel."""
        self.tab.evaluate("window.panel.sessionContext.shutdown()")

    def sideways(self):
        """What of the notebook can be scrolled sideways, cells out of sight included."""
        self.tab.wait_for_function(LAID_OUT)
        self.tab.add_style_tag(content=".jp-Cell { content-visibility: visible !important; }")
        return self.tab.evaluate(SIDEWAYS)

    def contents(self):
        """JupyterLab's table of contents of the notebook: level and text of each entry."""
        self.tab.evaluate("window.jupyterapp.shell.activateById('table-of-contents')")
        self.tab.locator(".jp-tocItem-content").first.wait_for()
        return [tuple(entry) for entry in self.tab.evaluate(CONTENTS)]

    def run_all(self):
        """Start every cell, and go on; `finished` waits for the last."""
        self.tab.evaluate("""() => {
                window.done = false;
                window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.done = true; });
            }""")

    def watch_bars(self):
        """From now on notice every state of a progress bar in the notebook, however briefly it is shown."""
        self.tab.evaluate(WATCH_BARS)

    def bars(self):
        """What was noticed: value and line of each state, in order."""
        return self.tab.evaluate("window.bars")

    def finished(self):
        self.until(self.has_run, seconds=150)

    def interrupt(self):
        """Interrupt the running cell; again where nothing came of it, for Python drops one that falls into a finalizer."""
        for _ in range(3):
            self.tab.evaluate("window.panel.sessionContext.session.kernel.interrupt()")
            with contextlib.suppress(TimeoutError):
                return self.until(self.has_run, seconds=20)
        raise TimeoutError("The cell goes on after three interrupts.")

    def has_run(self):
        return self.tab.evaluate("window.done")

    def outputs(self):
        """The outputs of every code cell, as a saved file would hold them."""
        cells = self.tab.evaluate("window.panel.context.model.toJSON().cells")
        return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]

    def save(self):
        self.tab.evaluate("window.panel.context.save()")

    def theme(self, name):
        self.tab.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        light = "true" if "Light" in name else "false"
        self.tab.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")

    def picture(self, name, of=None):
        """Photograph the page, with a part of it in view, in the light and the dark theme."""
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            self.theme(theme)
            for _ in range(2):  # what is scrolled past changes its height
                if of is not None and of.count():
                    of.evaluate("part => part.scrollIntoView({block: 'center'})")
                self.tab.wait_for_timeout(200)
            self.tab.screenshot(path=self.pictures / f"{name}-{theme.split()[-1].lower()}.png")

    def bytes_of(self, image):
        """The bytes behind an `<img>`, as numbers."""
        return image.evaluate("async img => Array.from(new Uint8Array(await (await fetch(img.src)).arrayBuffer()))")

    def until(self, condition, seconds=60):
        """Wait in small steps until a function is true of the page."""
        for _ in range(int(seconds / 0.1)):
            found = condition()
            if found:
                return found
            self.tab.wait_for_timeout(100)
        self.tab.screenshot(path=self.pictures / "waited-in-vain.png")
        raise TimeoutError(f"{condition} after {seconds} s")

    def close(self):
        self.context.close()
