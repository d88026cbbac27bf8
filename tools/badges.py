"""`make badges REPO=owner/name`: the repository's address in pyproject.toml, and from there in every notebook.

python tools/badges.py [owner/name]
"""

import pathlib
import re
import sys
import tomllib

import nbformat

ROOT = pathlib.Path(__file__).parents[1]
ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")
FIRST_LINK = re.compile(r"^\[.*Open in Colab.*\]\(.*\)$", re.MULTILINE)
SETUP = """import importlib.util
import os

# On Colab with a GPU (Runtime → Change runtime type): os.environ["DCGAN_COURSE_PROFILE"] = "gpu"
if importlib.util.find_spec("dcgan_course") is None:  # on Colab: the package, and nothing else
    repository = "git+https://github.com/{repo}"
    source = os.environ.get("DCGAN_COURSE_SOURCE", repository)
    %pip install --quiet --no-deps {{source}}
"""


def notebooks():
    return [*sorted((ROOT / "notebooks").glob("*.ipynb")), *sorted((ROOT / "notebooks" / "assignments").rglob("*.ipynb"))]


def repository():
    """The owner/name that pyproject.toml says."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    return ADDRESS.match(urls["Repository"])[1]


def badge(path, repo):
    """The line that opens a notebook of the repository in Colab; assignments open in the student's version.

    Its picture is the repository's own, so that nothing is missing where there is no network.
    """
    place = path.relative_to(ROOT)
    if place.parts[:3] == ("notebooks", "assignments", "source"):
        place = pathlib.Path("notebooks", "assignments", place.name)
    link = f"https://colab.research.google.com/github/{repo}/blob/main/{place}"
    picture = "../" * (len(place.parts) - 1) + "data/colab.svg"
    return f"[![Open in Colab]({picture})]({link})"


def install_lines(repo):
    """The beginning of every notebook's first code cell."""
    return SETUP.format(repo=repo)


def write(path, repo):
    """Put the badge and the install lines into one notebook."""
    notebook = nbformat.read(path, 4)
    title = notebook.cells[0]
    title.source = FIRST_LINK.sub(lambda _: badge(path, repo), title.source, count=1)
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    setup.source = install_lines(repo) + setup.source[setup.source.index("\nimport dcgan_course") :]
    nbformat.write(notebook, path)


def main(repo):
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        sys.exit(f"REPO must be owner/name, as in the repository's address. Received: {repo!r}.")
    project = ROOT / "pyproject.toml"
    project.write_text(project.read_text().replace(f"https://github.com/{repository()}", f"https://github.com/{repo}"))
    for path in notebooks():
        write(path, repo)
    print(f"{len(notebooks())} notebooks open from https://github.com/{repo}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else repository())
