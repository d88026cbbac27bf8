"""Every hint that says where to read names a chapter that there is, and headings that stand in it.

A heading is named in full, or up to its colon or question mark: "chapter 02.1, Padding and stride, and Its size".
"""

import ast
import pathlib
import re

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]
CHAPTER = re.compile(r"\bchapter (\d\d(?:\.\d)?)")


def headings(notebook):
    """Every name that a heading of a notebook goes by."""
    cells = nbformat.read(notebook, 4).cells
    text = re.sub(r"^```.*?^```", "", "\n".join(c.source for c in cells if c.cell_type == "markdown"), flags=re.M | re.S)
    names = re.findall(r"^##+ (.+?) *$", text, re.M)
    return {*names, *(re.split(r"[:?]", name)[0] for name in names)}


HEADINGS = {
    re.match(r"(\d\d(?:_\d)?)_", path.stem)[1].replace("_", "."): headings(path)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
}


def after_headings(text, names):
    """What follows the headings that a text begins with: "A, and B. More." → ". More."; None where it begins with none."""
    name = max((name for name in names if text.startswith(name)), key=len, default=None)
    if name is None:
        return None
    rest = text[len(name) :]
    further = after_headings(rest.removeprefix(", and "), names) if rest.startswith(", and ") else None
    return rest if further is None else further


def faults(text):
    """What is wrong with the chapters and headings that a text names."""
    whole = CHAPTER.match(text)  # a text that begins with a chapter is nothing but a place to read
    for chapter in CHAPTER.finditer(text):
        number, rest = chapter[1], text[chapter.end() :]
        if number not in HEADINGS:
            yield f"there is no chapter {number}: {text!r}"
        elif re.match(r", [A-Z0-9β]", rest) or whole:
            left = after_headings(rest.removeprefix(", "), HEADINGS[number]) if rest.startswith(", ") else None
            if left is None:
                yield f"no heading of chapter {number} is named: {text!r}"
            elif whole and left and not left.startswith(", and chapter "):
                yield f"what is {left!r} in {text!r}?"


def texts(path):
    """`(line, text)` for every text in a source file, its pieces joined; documentation is one of them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHAPTER.search(node.value):
            yield node.lineno, node.value


SOURCES = [*(ROOT / "dcgan_course").rglob("*.py"), *(ROOT / "tests" / "classroom" / "bank").glob("*.py")]


def test_every_chapter_and_heading_that_the_package_names_is_there():
    named = [(path, line, text) for path in SOURCES for line, text in texts(path)]
    assert sum(bool(CHAPTER.match(text)) for _, _, text in named) > 30, "are the hints found?"
    wrong = [f"{path.relative_to(ROOT)}:{line}: {fault}" for path, line, text in named for fault in faults(text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text, fault",
    [
        ("chapter 02.1, Padding and stride", None),
        ("chapter 02.1, Padding and stride, and Its size", None),
        ("chapter 04.3, Three mistakes, and how they look", None),
        ("chapter 03.1, First question", None),
        ("chapter 00, Train it, and chapter 05.1, Variety", None),
        ("The loop (chapter 04.3, Build the step, line by line) is yours.", None),
        ("Built in chapter 04.1.", None),
        ("chapter 09.1, The idea", "no chapter 09.1"),
        ("chapter 02.1", "no heading"),
        ("chapter 02.1, Padding and pace", "no heading"),
        ("chapter 02.1, Padding and stride, and its size", "what is ', and its size'"),
        ("Read chapter 02.1, Padding and pace, first.", "no heading"),
    ],
)
def test_a_place_that_is_not_there_is_seen(text, fault):
    seen = list(faults(text))
    assert len(seen) == (fault is not None) and all(fault in message for message in seen), seen
