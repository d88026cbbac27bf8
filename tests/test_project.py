"""What the project's files promise each other."""

import ast
import pathlib
import re
import subprocess
import tomllib

import pytest
import yaml

from dcgan_course import runtime

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


ALLOWED_IMPORTS = {
    "__init__": {
        "backends",
        "callbacks",
        "checks",
        "claims",
        "datasets",
        "evaluation",
        "gan",
        "losses",
        "networks",
        "plots",
        "relatives",
        "runtime",
        "strategy",
    },
    "callbacks": {"checkpoint", "datasets", "plots"},
    "checkpoint": {"backends"},
    "gan": {"backends", "checkpoint", "datasets", "losses", "strategy", "watch"},
    "overview": {"runtime"},
    "plots": {"datasets", "overview"},
    "strategy": {"losses"},
    "watch": {"strategy"},
}


def imported(file, level):
    """What a file imports relatively, from its own folder (level 1) or the one above (level 2)."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == level:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("file", sorted((ROOT / "dcgan_course").glob("*.py")), ids=lambda f: f.stem)
def test_imports_point_down(file):
    assert imported(file, level=1) <= ALLOWED_IMPORTS.get(file.stem, set())


def test_imports_of_the_callbacks_point_down():
    for file in (ROOT / "dcgan_course" / "callbacks").glob("*.py"):
        assert imported(file, level=2) <= ALLOWED_IMPORTS["callbacks"], file


def test_data_sets_and_backends_know_nothing_above_them():
    for folder in ("datasets", "backends"):
        for file in (ROOT / "dcgan_course" / folder).glob("*.py"):
            assert not re.search(r"from \.\.|import dcgan_course", file.read_text()), file


def test_every_module_can_be_held_in_the_head():
    for file in (ROOT / "dcgan_course").rglob("*.py"):
        assert len(file.read_text().splitlines()) <= 270, file


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_an_installed_package_has_every_module_and_the_evidence():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {str(f.parent.relative_to(ROOT)).replace("/", ".") for f in (ROOT / "dcgan_course").rglob("__init__.py")}
    shipped = {f"dcgan_course.data.{name}" for name in ("benchmarks", "claims", "exercises", "models")}
    assert set(settings["packages"]) == folders | shipped == folders | set(settings["package-dir"])
    for name, place in settings["package-dir"].items():
        assert runtime.shipped(name.split(".")[-1]) == ROOT / place and any((ROOT / place).iterdir())
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
