"""A notebook opened with nothing beside it, as on Colab: its first cell installs the package, and the rest runs.

The environment is a new one. It sees what pyproject.toml's dependencies and a kernel need (Keras, TensorFlow, NumPy, …),
which Colab has, and nothing else that is installed here: no pytest, nbgrader, JAX or PyTorch, and not the course's package.
That comes from a wheel that DCGAN_COURSE_SOURCE names; nothing else may be installed or changed.
"""

import os
import pathlib
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROFILE = os.environ.get("DCGAN_COURSE_PROFILE") or "smoke"  # laptop by hand, before a release
ASSIGNMENTS = sorted((ROOT / "notebooks" / "assignments").glob("*.ipynb"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True, timeout=600
    )
    return next(folder.glob("*.whl"))


def with_what_they_need(requirements):
    """The installed distributions that requirements name, and those that these need in turn, by name."""
    found, ahead = {}, [Requirement(r) for r in requirements]
    while ahead:
        need = ahead.pop()
        name = canonicalize_name(need.name)
        if name not in found and (need.marker is None or need.marker.evaluate({"extra": ""})):
            found[name] = metadata.distribution(name)
            ahead += map(Requirement, found[name].requires or ())
    return found


ON_COLAB = with_what_they_need(["ipykernel", *PYPROJECT["dependencies"]])


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A new environment's Python. Its .pth line adds a folder of links to what Colab has.

    The folder lies outside the environment, so that pip never writes through a link.
    """
    folder, links = tmp_path_factory.mktemp("colab"), tmp_path_factory.mktemp("links")
    for distribution in ON_COLAB.values():
        for name in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            if not (links / name).is_symlink():  # two distributions may share a folder, as those of Google do
                (links / name).symlink_to(distribution.locate_file(name))
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True
    )
    pathlib.Path(own.stdout.strip(), "as_on_colab.pth").write_text(f"{links}\n")
    return python


def installed(python):
    listed = subprocess.run([python, "-m", "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True)
    return {line for line in listed.stdout.splitlines() if not line.startswith("dcgan-course")}


def run(notebook, python, wheel, folder):
    """Execute a notebook in an empty folder and return it."""
    manager = KernelManager()
    manager.kernel_spec.argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "DCGAN_COURSE_CACHE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"DCGAN_COURSE_SOURCE": str(wheel), "DCGAN_COURSE_PROFILE": PROFILE, "HOME": str(folder.parent)}
    client = NotebookClient(notebook, km=manager, timeout=600, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute(cwd=str(folder), env=environment)
    finally:
        manager.shutdown_kernel(now=True)  # nbclient ends only kernels of its own making
    return notebook


IMPORT = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    print(name)
"""


def test_what_the_extras_install_is_out_of_reach(python):
    extras = [Requirement(r) for extra in PYPROJECT["optional-dependencies"].values() for r in extra]
    names = {canonicalize_name(r.name) for r in extras} - set(ON_COLAB)
    modules = [m for m, owners in metadata.packages_distributions().items() if names & set(map(canonicalize_name, owners))]
    assert {"pytest", "nbgrader", "playwright", "jupyterlab"} <= set(modules) and "keras" not in modules
    command = [python, "-c", IMPORT, *modules, "keras"]  # not run here: the repository, too, has a folder named tools
    done = subprocess.run(command, cwd=python.parent, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["keras"]


def test_the_first_cell_installs_the_package_and_changes_nothing_else(python, wheel, tmp_path):
    before = installed(python)
    notebook = nbformat.read(CHAPTERS[0], 4)
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    where = "import dcgan_course as dc; lengths = [len(dc.datasets.load(name)) for name in ('fashion', 'people')]"
    where += "; print('package', dc.__file__, lengths)"
    notebook.cells = [setup, nbformat.v4.new_code_cell(where)]
    (tmp_path / "alone").mkdir()
    run(notebook, python, wheel, tmp_path / "alone")
    assert str(python.parents[1]) in notebook.cells[1].outputs[0].text  # not the one that these tests are part of
    assert "[6000, 930]" in notebook.cells[1].outputs[0].text
    assert installed(python) == before


def test_the_wheel_holds_the_data_that_ship_with_their_licences(wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("dcgan_course/data/")}
    read = (".npz", ".json", ".txt", ".webp")  # by the package; the sheets of samples are there to be looked at
    files = [f for f in (ROOT / "data").glob("*/*.*") if f.parent.name != "cache" and f.suffix in read]
    assert {f"dcgan_course/data/{f.parent.name}/{f.name}" for f in files} <= packed
    assert {f"dcgan_course/data/{name}/LICENSE.txt" for name in ("fashion", "people")} <= packed


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_alone(path, python, wheel, tmp_path):
    (tmp_path / "alone").mkdir()
    done = run(nbformat.read(path, 4), python, wheel, tmp_path / "alone")
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code" and cell.source.strip())


@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_an_assignment_opens_alone(path, python, wheel, tmp_path):
    """Its set-up, and what it shows to a student with an id; the answers are not written yet."""
    notebook = nbformat.read(path, 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[1].source = 'STUDENT = "ada"'
    notebook.cells = code[: next(i for i, cell in enumerate(code) if cell.metadata.get("nbgrader", {}).get("solution"))]
    (tmp_path / "alone").mkdir()
    run(notebook, python, wheel, tmp_path / "alone")
