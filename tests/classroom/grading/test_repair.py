"""Each way to break a notebook, and back."""

import fake_course
import pytest
from fake_course import RIGHT, cell, right

from dcgan_course.classroom.grading import course, repair

built, released = fake_course.built, fake_course.released


def repaired(submitted, release):
    """The repaired cells by name, the repaired list, and what was said."""
    cells, words = repair.repair(submitted["cells"], release["cells"])
    return {course.name_of(c): c for c in cells}, cells, "; ".join(words)


@pytest.fixture
def submitted(released):
    return right({**released, "cells": [{**c, "metadata": dict(c["metadata"])} for c in released["cells"]]})


def position(notebook, name):
    return next(i for i, c in enumerate(notebook["cells"]) if course.name_of(c) == name)


def test_a_sound_notebook_is_left_alone(submitted, released):
    by_name, cells, words = repaired(submitted, released)
    assert words == "" and len(cells) == len(released["cells"])
    assert {name: by_name[name]["source"] for name in RIGHT} == RIGHT


def test_a_copy_of_an_answer(submitted, released):
    """The last that was filled in counts; whatever stands behind it does not undo it."""
    i = position(submitted, "A1-double")
    stub = released["cells"][i]
    for filled in ("def double(x): return 0", RIGHT["A1-double"]):
        copies = [cell("def double(x): return 1", "A1-double"), cell(filled, "A1-double"), cell(stub["source"], "A1-double")]
        submitted["cells"][i : i + 1] = copies
        by_name, cells, words = repaired(submitted, released)
        assert by_name["A1-double"]["source"] == filled
        assert "A1-double was there 3 times" in words
        assert [c["source"] for c in cells].index(filled) > [c["source"] for c in cells].index(stub["source"])
        submitted["cells"][i : i + 3] = [submitted["cells"][i]]


def test_a_copy_of_a_test(submitted, released):
    i = position(submitted, "A1-double-test")
    submitted["cells"].insert(i + 1, cell("pass", "A1-double-test"))
    by_name, cells, words = repaired(submitted, released)
    assert by_name["A1-double-test"]["source"] == released["cells"][i]["source"]
    assert sum(course.name_of(c) == "A1-double-test" for c in cells) == 1 and "2 times" in words


@pytest.mark.parametrize("name", ["A1-double", "A1-double-test", "A1-conclusions"])
def test_a_deleted_cell_comes_back(submitted, released, name):
    del submitted["cells"][position(submitted, name)]
    by_name, cells, words = repaired(submitted, released)
    assert [course.name_of(c) for c in cells] == [course.name_of(c) for c in released["cells"]]
    assert words == f"{name} was missing and is put back"
    assert by_name[name]["source"] == released["cells"][position(released, name)]["source"]


def test_a_deleted_import_comes_back(submitted, released):
    submitted["cells"] = [c for c in submitted["cells"] if c["source"] != "import math"]
    assert "import math" in [c["source"] for c in repaired(submitted, released)[1]]


@pytest.mark.parametrize("with_ids", [True, False])
def test_lost_names(submitted, released, with_ids):
    for i, c in enumerate(submitted["cells"]):
        c["metadata"] = {}
        if not with_ids:
            c["id"] = f"other-{i}"
    by_name, cells, words = repaired(submitted, released)
    for name in ("A1-double", "A1-limit"):
        assert by_name[name]["source"] == RIGHT[name]
    assert ("its cell id" if with_ids else "what it defines") in words
    assert by_name["A1-conclusions"]["source"] == (RIGHT["A1-conclusions"] if with_ids else "YOUR ANSWER HERE")


def test_another_order(submitted, released):
    own = cell("helper = 1")
    submitted["cells"].reverse()
    submitted["cells"].insert(position(submitted, "A1-limit") + 1, own)
    by_name, cells, words = repaired(submitted, released)
    names = [course.name_of(c) for c in cells if c["source"] != "helper = 1"]
    assert names == [course.name_of(c) for c in released["cells"]] and "out of order" in words
    assert cells[[course.name_of(c) for c in cells].index("A1-limit") + 1]["source"] == "helper = 1"


def test_an_edited_test_is_restored(submitted, released):
    submitted["cells"][position(submitted, "A1-double-test")]["source"] = "pass"
    by_name, _, words = repaired(submitted, released)
    assert "double(2)" in by_name["A1-double-test"]["source"] and words == "A1-double-test had been edited and is restored"


def test_another_cell_type(submitted, released):
    submitted["cells"][position(submitted, "A1-double")]["cell_type"] = "markdown"
    by_name, _, words = repaired(submitted, released)
    assert by_name["A1-double"]["cell_type"] == "code" and "was a markdown cell" in words


def test_metadata_are_the_releases(submitted, released):
    """Tags could skip a test; points and outputs could be invented."""
    for c in submitted["cells"]:
        c["metadata"] |= {"tags": ["skip-execution"]}
        if "nbgrader" in c["metadata"]:
            c["metadata"]["nbgrader"] = c["metadata"]["nbgrader"] | {"points": 100, "locked": False}
    submitted["cells"].append({"cell_type": "strange", "source": "x", "metadata": {"tags": ["a"]}, "outputs": 3, "id": 7})
    *cells, own = repaired(submitted, released)[1]
    assert [c["metadata"] for c in cells] == [c["metadata"] for c in released["cells"]]
    assert own == {"cell_type": "raw", "metadata": {}, "source": "x", "id": own["id"]}


@pytest.mark.parametrize("mark", [[], {"grade_id": []}, {"grade_id": None}, "A1-double", {"grade_id": "A1-" + "x" * 999}])
def test_nonsense_in_metadata(submitted, released, mark):
    for c in submitted["cells"]:
        c["metadata"] = {"nbgrader": mark}
    assert repaired(submitted, released)[0]["A1-double"]["source"] == RIGHT["A1-double"]
    for c in submitted["cells"]:
        c["metadata"] = None
    assert repaired(submitted, released)[0]["A1-double"]["source"] == RIGHT["A1-double"]
