"""What the project's files promise each other."""

import ast
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from dcgan_course import places

ROOT = pathlib.Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def floors(requirements):
    return {re.split(r"[<>=\[]", r)[0]: r.split(">=")[1] for r in requirements if isinstance(r, str) and ">=" in r}


def test_environment_yml_says_the_same_floors_as_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(d["pip"] for d in environment if isinstance(d, dict))
    conda = {**floors(environment), **floors(pip)}
    extras = PYPROJECT["optional-dependencies"]
    ours = {**floors(PYPROJECT["dependencies"]), **floors(extras["lab"]), **floors(extras["test"])}
    assert conda == {**ours, "python": PYPROJECT["requires-python"].removeprefix(">=")}


def test_constraints_pin_every_dependency_and_no_address():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-"): line.split("==")[1] for line in lines}
    extras = PYPROJECT["optional-dependencies"]
    for name, floor in floors(PYPROJECT["dependencies"] + extras["lab"] + extras["test"]).items():
        assert _version(pinned[name]) >= _version(floor), name


def _version(text):
    return [int(n) for n in text.split(".")[:3]]


PACKAGE = ROOT / "dcgan_course"
INSTRUMENTS = {"callbacks", "evaluation", "figures", "relatives", "sampling"}
RANKS = {  # of the core's modules: each imports only what has a lower rank
    **dict.fromkeys(("metrics", "places", "validate"), 0),
    **dict.fromkeys(("augmentation", "backends", "latent_model", "layers", "losses", "start"), 1),
    **dict.fromkeys(("datasets", "networks", "step", "strategy"), 2),
    **dict.fromkeys(("guard", "checkpoints"), 3),
    "gan": 4,
}


def block(module):
    """0 for the core, 1 for the instruments, 2 for the classroom, 3 for the package itself, which names all of them."""
    parts = module.split(".")
    if len(parts) == 1:
        return 3
    return 2 if parts[1] == "classroom" else int(parts[1] in INSTRUMENTS)


def modules():
    """`{module: its file}` of the whole package."""
    files = {file: file.relative_to(ROOT).with_suffix("").parts for file in PACKAGE.rglob("*.py")}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): file for file, parts in files.items()}


MODULES = modules()


def imported(module):
    """The modules of the package that a module imports, wherever in its text."""
    base = module.split(".") if MODULES[module].name == "__init__.py" else module.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "dcgan_course"}
        if isinstance(node, ast.ImportFrom):
            above = base[: len(base) + 1 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            found |= {f"{source}.{a.name}" if f"{source}.{a.name}" in MODULES else source for a in node.names}
    return {name for name in found if name.split(".")[0] == "dcgan_course"}


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"dcgan_course"}))
def test_imports_point_down(module):
    for other in imported(module):
        assert other in MODULES, f"{module} imports {other}, which is not there"
        if other == "dcgan_course":
            assert MODULES[module].name == "__main__.py", f"{module} imports the whole package"
        else:
            assert block(other) <= block(module), f"{module} imports {other}, which is above it"
        if block(module) == 0 and other.split(".")[1] != module.split(".")[1]:
            assert RANKS[other.split(".")[1]] < RANKS[module.split(".")[1]], f"{module} imports {other}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_variable_shadows_a_module(module):
    tree = ast.parse(MODULES[module].read_text())
    ours = {name.rpartition(".")[2] for name in imported(module)}
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            bound = {alias.asname or alias.name for alias in node.names}
            names |= bound & ours if node.level else {name for name in bound if node.module == "keras" and name.islower()}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stored |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    assert not stored & names


def test_the_core_reads_in_an_afternoon():
    core = [file for name, file in MODULES.items() if block(name) == 0]
    assert sum(len(file.read_text().splitlines()) for file in core) <= 2800


def test_importing_the_package_loads_neither_the_classroom_nor_what_it_needs():
    code = "import sys, dcgan_course; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith(("dcgan_course.classroom", "dcgan_course.figures"))]
    assert "ipywidgets" not in loaded
    assert "dcgan_course.relatives.vae" in loaded  # so that load_model finds its class


def test_the_names_that_notebooks_use_are_loaded_on_first_use():
    code = "import dcgan_course as dc; print([getattr(dc, name) for name in dc.__all__]); dc.widgets.Clipping; dc.mistake"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "module 'dcgan_course' has no attribute 'mistake'" in done.stderr.splitlines()[-1]


def test_every_module_can_be_held_in_the_head():
    for file in (ROOT / "dcgan_course").rglob("*.py"):
        assert len(file.read_text().splitlines()) <= 270, file


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_what_a_docstring_says_is_built_in_a_chapter_stands_there():
    built = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                for chapter in re.findall(r"Built in chapter (\d\d(?:\.\d)?)", ast.get_docstring(node) or ""):
                    built[node.name] = chapter
    assert len(built) >= 9
    for name, chapter in built.items():
        (path,) = (ROOT / "notebooks").glob(f"{chapter.replace('.', '_')}_*.ipynb")
        assert re.search(rf"\b{name}\b", path.read_text()), f"{path.name} does not name {name}"


def test_an_installed_package_has_every_module_and_the_evidence():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {str(f.parent.relative_to(ROOT)).replace("/", ".") for f in (ROOT / "dcgan_course").rglob("__init__.py")}
    shipped = {f"dcgan_course.data.{name}" for name in ("benchmarks", "claims", "exercises", "fashion", "models", "people")}
    assert set(settings["packages"]) == folders | shipped == folders | set(settings["package-dir"])
    for name, place in settings["package-dir"].items():
        assert places.shipped(name.split(".")[-1]) == ROOT / place and any((ROOT / place).iterdir())
    assert len(list((ROOT / "data" / "claims").glob("C*.json"))) == 12


def test_no_pickle_is_loaded_anywhere():
    for file in (ROOT / "dcgan_course").rglob("*.py"):
        text = file.read_text()
        assert not re.search(r"import (c?pickle|joblib)|allow_pickle=True|RestrictedUnpickler", text), file


def test_the_readme_lists_exactly_the_chapters_there_are():
    listed = re.findall(r"\]\((notebooks/[\w./]+\.ipynb)\)", (ROOT / "README.md").read_text())
    there = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(set(listed)) == there


def test_what_readme_and_chapters_name_is_there():
    for file in (ROOT / "README.md", *(ROOT / "notebooks").glob("*.ipynb")):
        text = file.read_text()
        named = re.findall(r"`((?:benchmarks|data)/[\w./]+\w)`", text)
        linked = re.findall(r"\]\((?!https?://|#)([^)#\s]+)\)", text) if file.suffix == ".md" else []
        for name in named + linked:
            assert (ROOT / name).exists(), f"{file.name} names {name}"


def test_nothing_heavy_or_packaged_is_tracked():
    for file in tracked_files():
        assert file.suffix not in {".whl", ".zip", ".gz", ".h5", ".keras"} and file.stat().st_size < 1_500_000, file


def test_the_readme_names_only_targets_that_make_has():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`|\s{2})make ([a-z-]+)", (ROOT / "README.md").read_text(), re.M))
    assert named and named <= targets


def test_no_file_carries_the_traces_of_a_machine():
    trace = re.compile(r"/home/\w|/Users/\w|/root/|site-packages/|file:///|pypi\.org/simple|index-url")
    for file in tracked_files():
        if file.suffix in {".py", ".md", ".ipynb", ".txt", ".toml", ".yml", ".json", ""} and file != pathlib.Path(__file__):
            found = trace.search(file.read_text(errors="ignore"))
            assert not found or "test_form" in file.name, f"{file}: {found.group()}"
