"""Whose file is it?"""

import json
import os

import fake_course
import pytest
from fake_course import right, source

from dcgan_course.classroom.grading import course, submissions

built, released = fake_course.built, fake_course.released


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("A1_ada", "ada"),
        ("ada_A1", "ada"),
        ("ada", "ada"),
        ("a1-ada", "ada"),
        ("ada a1", "ada"),
        ("A1_ada (1)", "ada"),
        ("A1_ada-Copy1", "ada"),
        ("A1_ada-Copy1 (2)", "ada"),
        ("ada_A1_copy", "ada"),
        ("Ada Lovelace_12345_assignsubmission_file_A1", "Ada_Lovelace"),
        ("Ada Lovelace_12345_assignsubmission_file_", "Ada_Lovelace"),
        ("Ada_Lovelace_12345_assignsubmission_file_A1 (1)", "Ada_Lovelace"),
        ("lovelaceada_1234_5678_A1", "lovelaceada"),
        ("lovelaceada_LATE_1234_5678_A1-1", "lovelaceada"),
        ("A1", "A1"),
        ("A1 (1)", "A1_1"),
        ("A12_ada", "A12_ada"),
        ("Mia_A1son", "Mia_A1son"),
        ("../../etc/passwd", "etc_passwd"),
        ("=1+1", "1_1"),
        ("Zoë Ōkubo", "Zoë_Ōkubo"),
        ("...", "student"),
        ("x" * 300, "x" * 80),
    ],
)
def test_names(name, student):
    assert submissions.student_of(name, ["A1", "A2"]) == student


@pytest.fixture
def folder(tmp_path):
    def write(name, notebook, age=0):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
        os.utime(path, (1e9 - age, 1e9 - age))
        return path

    write.path = tmp_path
    return write


def collect(folder, built, assignment=None):
    name, found = submissions.collect(folder.path, course.read(built), assignment)
    return name, {s.student: s for s in found}


def test_the_newest_of_the_right_assignment_counts(folder, built, released):
    folder("A1_ada.ipynb", released, age=60)
    new = folder("A1_ada (1).ipynb", right(released))
    folder("A2_ada.ipynb", source("A2"), age=-60)
    folder("bob.ipynb", released)
    name, found = collect(folder, built)
    assert name == "A1" and set(found) == {"ada", "bob"}
    assert found["ada"].path == new and "A1_ada.ipynb (older)" in found["ada"].remarks[0]
    assert len(found["ada"].remarks) == 1 and not found["ada"].problem


def test_folders_and_mixtures(folder, built, released):
    folder("ada/A1.ipynb", released)
    folder("bob/A1/A1.ipynb", released)
    folder("bob/A1/.ipynb_checkpoints/A1-checkpoint.ipynb", released, age=-60)
    folder("__MACOSX/._A1.ipynb", "junk")
    folder("A1/cy.ipynb", released)
    folder("dan.ipynb", source("A2"))
    name, found = collect(folder, built)
    assert name == "A1" and set(found) == {"ada", "bob", "cy", "dan"}
    assert found["dan"].problem == "this is A2, A1 is being graded"


def test_students_csv_overrides(folder, built, released):
    folder("1.ipynb", released)
    folder("A1_2.ipynb", released)
    folder("students.csv", "\ufefffile,student\n1.ipynb,Ada Lovelace\ngone.ipynb,Bob\n")
    found = collect(folder, built)[1]
    assert set(found) == {"Ada_Lovelace", "2", "Bob"}
    assert "not in the folder" in found["Bob"].problem
    folder("students.csv", "name;who\n1;2\n")
    with pytest.raises(ValueError, match="file,student"):
        collect(folder, built)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("[" * 100_000, "not JSON"),
        ('{"cells": [', "not JSON"),
        ("[]", "no notebook"),
        ('{"a": 1}', "no cells"),
        ('{"cells": [], "nbformat": 4}', "no cells"),
        ('{"cells": [1], "nbformat": 4}', "no valid notebook"),
        ('{"cells": [{"cell_type": "code", "source": [1]}], "nbformat": 4}', "no valid notebook"),
        ('{"worksheets": [], "nbformat": 3}', "format 3"),
        ('{"cells": [{"cell_type": "code", "source": "1"}], "nbformat": 4}', "none of its cells is of A1"),
    ],
)
def test_what_is_no_notebook(folder, built, content, words):
    folder("ada.ipynb", content)
    assert words in collect(folder, built, "A1")[1]["ada"].problem


def test_links_and_bytes_are_refused(folder, built, released):
    folder("bob.ipynb", released)
    (folder.path / "ada.ipynb").symlink_to(built / "source/A1/A1.ipynb")
    (folder.path / "cy.ipynb").write_bytes(b"\x89PNG\xff\x00")
    found = collect(folder, built)[1]
    assert "link" in found["ada"].problem and "not JSON" in found["cy"].problem and not found["bob"].problem


def test_an_assignment_is_known_without_names(released, built):
    releases = course.read(built)
    for cell in released["cells"]:
        cell["metadata"] = {}
    assert submissions.assignment_of(released, releases) == "A1"
