"""`make site`: the chapters as they were executed, and the assignments, as pages in build/site/html.

python tools/site/build.py [--out FOLDER] [--external]

Nothing is executed but the latent explorer's generator, whose pictures stand in for the widget. Jupyter Book and LinkChecker
live in an environment of their own, which the Makefile makes (see requirements.txt).
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import nbformat

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
TOOLS = pathlib.Path(sys.prefix, "site", "bin")
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
GUIDES = {"README.md": "index.md", "data/README.md": "data/README.md"}
GUIDES["notebooks/assignments/README.md"] = "notebooks/assignments/README.md"
EXPLORER = "widgets.LatentExplorer()"


def notebooks():
    """The notebooks that become pages, relative to the repository."""
    chapters, assignments = ROOT.glob("notebooks/*.ipynb"), ROOT.glob("notebooks/assignments/A?.ipynb")
    return [path.relative_to(ROOT) for path in sorted([*chapters, *assignments])]


def copy_notebook(path, source):
    """A notebook for the site: the explorer in the widget's place."""
    notebook = nbformat.read(ROOT / path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and EXPLORER in cell.source:
            import frames  # here, because it brings TensorFlow

            markup = frames.make(source / "static" / "explorer.png")
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": markup})]
    nbformat.write(notebook, source / path)


def copy_guide(path, target, source):
    """A README for the site: its links to files that only the repository has lead there."""

    def link(match):
        file = (ROOT / path).parent / match[1]
        there = file.resolve().relative_to(ROOT)
        ours = there in notebooks() or str(there) in GUIDES.values() or file.suffix == ".png"
        elsewhere = file.exists() and not ours  # what does not exist is for Sphinx to complain about
        return f"]({REPOSITORY}/blob/main/{there})" if elsewhere else match[0]

    text = (ROOT / path).read_text()
    (source / target).write_text(re.sub(r"\]\((?!https?://|#)([^)\s]+)\)", link, text))


def copy(source):
    """The folder that Jupyter Book builds from, laid out like the repository, so that links hold."""
    for folder in ("static", "data", "notebooks/assignments"):
        (source / folder).mkdir(parents=True)
    for path in notebooks():
        copy_notebook(path, source)
    for path, target in GUIDES.items():
        copy_guide(path, target, source)
    for name in ("samples.png", "colab.svg"):
        shutil.copy(ROOT / "data" / name, source / "data")
    shutil.copy(HERE / "_toc.yml", source)
    (source / "_config.yml").write_text((HERE / "_config.yml").read_text().replace("REPOSITORY", REPOSITORY))
    for name in ("explorer.js", "site.css"):
        shutil.copy(HERE / name, source / "static")
    (mathjax,) = TOOLS.parent.glob("lib/python*/*/sphinx-mathjax-offline/static/mathjax")
    (source / "static" / "mathjax").mkdir()
    shutil.copy(mathjax / "tex-chtml-full.js", source / "static" / "mathjax")
    fonts = "output/chtml/fonts"
    shutil.copytree(mathjax / fonts / "woff-v2", source / "static" / "mathjax" / fonts / "woff-v2")


def check(html, external=False):
    """Whether all links and anchors of the pages lead somewhere; what is wrong is printed."""
    command = [TOOLS / "python", HERE / "links.py", html, *["--external"] * external]
    return subprocess.run(command).returncode == 0


def build(out, external=False):
    """Build and check the site; it appears as `out/html` only if everything is right."""
    for name in ("source", "_build", "html"):
        shutil.rmtree(out / name, ignore_errors=True)
    copy(out / "source")
    # Any warning of Sphinx is an error; all are printed first.
    command = [TOOLS / "jupyter-book", "build", out / "source", "--path-output", out, "-W", "--keep-going", "--quiet"]
    if subprocess.run(command).returncode:
        sys.exit("Jupyter Book had something to say against the site.")
    html = out / "_build" / "html"
    if not check(html, external):
        sys.exit("There are links that lead nowhere.")
    for path in notebooks():  # "download" gives the notebook itself
        shutil.copy(ROOT / path, html / "_sources" / path)
    return html.rename(out / "html")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="build.py", description="Build the course's site.")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "site")
    parser.add_argument(
        "--external", action="store_true", help="check the links that leave the site too (needs the network)"
    )
    options = parser.parse_args()
    print(f"Open {build(options.out, options.external) / 'index.html'}")
