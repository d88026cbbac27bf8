"""The first lesson trains what benchmarks/bench_start_here.py measured."""

import ast
import importlib.util
import pathlib
import re
import sys

import nbformat

import dcgan_course as dc

ROOT = pathlib.Path(__file__).parents[2]


def benchmark():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        spec = importlib.util.spec_from_file_location("bench_start_here", ROOT / "benchmarks" / "bench_start_here.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.pop(0)


def literals(cell, name):
    """The keyword arguments of every call of `….name(…)` in a cell, where they are plain values."""
    calls = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == name]
    return [{k.arg: ast.literal_eval(k.value) for k in call.keywords} for call in calls]


def test_the_first_lesson_trains_by_the_measured_recipe_and_names_its_settings():
    recipe = benchmark().RECIPE
    notebook = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    width, epochs = literals(code[1], "pick")
    assert width["laptop"] == recipe["width"] and epochs["laptop"] == recipe["epochs"]
    assert f"BATCH = {recipe['batch_size']} " in code[1].source
    measured = dc.Strategy(**recipe["strategy"])
    before, cell = next((a, b) for a, b in zip(notebook.cells, notebook.cells[1:]) if ".fit(" in b.source)
    (changes,) = literals(cell, "recipe")
    assert dc.Strategy.recipe(**changes) == measured
    listed = re.findall(r"^- `(\w+)=(\S+)`", before.source, re.M)
    assert dc.Strategy(**{name: float(value) for name, value in listed}) == measured
