"""Whose file is it, and what is it?"""

import io
import json
import os
import zipfile

import fake_course
import pytest
from fake_course import right, source

from dcgan_course import checks
from dcgan_course.classroom.grading import course, files, submissions
from dcgan_course.classroom.identity import normal_id

built, released = fake_course.built, fake_course.released


@pytest.mark.parametrize(
    ("name", "student", "platform_id"),
    [
        ("A1_ada", "ada", ""),
        ("ada_A1", "ada", ""),
        ("ada", "ada", ""),
        ("a1-ada", "ada", ""),
        ("ada a1", "ada", ""),
        ("A1_ada (1)", "ada", ""),
        ("A1_ada-Copy1", "ada", ""),
        ("A1_ada-Copy1 (2)", "ada", ""),
        ("ada_A1_copy", "ada", ""),
        ("Ada Lovelace_12345_assignsubmission_file_A1", "Ada_Lovelace", "12345"),
        ("Ada Lovelace_12345_assignsubmission_file_", "Ada_Lovelace", "12345"),
        ("Ada Lovelace_12345_assignsubmission_file", "Ada_Lovelace", "12345"),
        ("Ada_Lovelace_12345_assignsubmission_file_A1 (1)", "Ada_Lovelace", "12345"),
        ("lovelaceada_1234_5678_A1", "lovelaceada", "1234"),
        ("lovelaceada_LATE_1234_5678_A1-1", "lovelaceada", "1234"),
        ("A1", "A1", ""),
        ("A1 (1)", "A1_1", ""),
        ("A12_ada", "A12_ada", ""),
        ("Mia_A1son", "Mia_A1son", ""),
        ("../../etc/passwd", "etc_passwd", ""),
        ("=1+1", "1_1", ""),
        ("Zoë Ōkubo", "Zoë_Ōkubo", ""),
        ("किरण", "किरण", ""),
        ("...", "", ""),
    ],
)
def test_names(name, student, platform_id):
    assert submissions.owner_of(name, ["A1", "A2"]) == (student, platform_id)


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("alan_turing", "Alan Turing", "alan turin"),
        ("O'Brien", "o\N{RIGHT SINGLE QUOTATION MARK}brien", "obrien"),
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "zoe\N{COMBINING DIAERESIS}", "zoe"),
        ("Stra\N{LATIN SMALL LETTER SHARP S}e", "STRASSE", "strase"),
        ("ada-lovelace ", " ada__lovelace", "adalovelace"),
        ("\N{DEVANAGARI LETTER KA}\N{DEVANAGARI VOWEL SIGN I}", "कि", "का"),
    ],
)
def test_the_file_and_the_student_mean_the_same_id(one, same, other, monkeypatch):
    """The grader's name, made safe for files, gives the numbers that the student saw."""
    assert normal_id(one) == normal_id(same) == normal_id(submissions.safe(one)) != normal_id(other)
    monkeypatch.delenv("DCGAN_COURSE_STUDENT", raising=False)
    seen = checks.variant("A1", same)
    monkeypatch.setenv("DCGAN_COURSE_STUDENT", submissions.owner_of(f"A1_{one}", ["A1"])[0])
    assert checks.variant("A1", "whatever was typed") == seen


@pytest.fixture
def folder(tmp_path):
    def write(name, notebook, age=0):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = notebook if isinstance(notebook, (str, bytes)) else json.dumps(notebook)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        os.utime(path, (1e9 - age, 1e9 - age))
        return path

    write.path = tmp_path
    return write


def collect(folder, built, assignment=None):
    name, collected = submissions.collect(folder.path, course.read(built), assignment)
    return name, {s.label: s for s in collected}


def test_the_newest_of_the_right_assignment_counts(folder, built, released):
    folder("A1_ada.ipynb", released, age=60)
    new = folder("A1_ada (1).ipynb", right(released))
    folder("A2_ada.ipynb", source("A2"), age=-60)
    folder("bob.ipynb", released)
    name, students = collect(folder, built)
    assert name == "A1" and set(students) == {"ada", "bob"}
    assert students["ada"].path == new and "A1_ada.ipynb (older)" in students["ada"].remarks[0]
    assert len(students["ada"].remarks) == 1 and not students["ada"].problem


def test_folders_and_mixtures(folder, built, released):
    folder("ada/A1.ipynb", released)
    folder("bob/A1/A1.ipynb", released)
    folder("bob/A1/.ipynb_checkpoints/A1-checkpoint.ipynb", released, age=-60)
    folder("__MACOSX/._A1.ipynb", "junk")
    folder("A1/cy.ipynb", released)
    folder("dan.ipynb", source("A2"))
    name, students = collect(folder, built)
    assert name == "A1" and set(students) == {"ada", "bob", "cy", "dan"}
    assert students["dan"].problem == "this is A2, A1 is being graded"


def test_students_csv_overrides(folder, built, released):
    folder("1.ipynb", released)
    folder("A1_2.ipynb", released)
    folder("students.csv", "\ufefffile,student\n1.ipynb,Ada Lovelace\ngone.ipynb,Bob\n")
    students = collect(folder, built)[1]
    assert set(students) == {"Ada_Lovelace", "2", "Bob"}
    assert "not in the folder" in students["Bob"].problem
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
    (folder.path / "eve").symlink_to(built / "source")
    folder("cy.ipynb", b"\x89PNG\xff\x00")
    os.mkfifo(folder.path / "dan.ipynb")
    students = collect(folder, built)[1]
    assert "link" in students["ada"].problem and "link" in students["eve"].problem
    assert "not JSON" in students["cy"].problem and "not a regular file" in students["dan"].problem
    assert not students["bob"].problem


def test_two_students_of_one_name(folder, built, released):
    """The platform's number tells them apart, and brings together what is one student's."""
    first = folder("Ada Lovelace_111_assignsubmission_file_/A1.ipynb", released)
    folder("Ada Lovelace_111_assignsubmission_onlinetext_/onlinetext.html", "Dear teacher")
    second = folder("Ada Lovelace_222_assignsubmission_file_/A1.ipynb", right(released))
    third = folder("lovelaceada_333_9001_A1.ipynb", released, age=5)
    newer = folder("lovelaceada_333_9002_A1-1.ipynb", released)
    fourth = folder("lovelaceada_444_9003_A1.ipynb", released)
    students = collect(folder, built)[1]
    assert {label: s.path for label, s in students.items()} == {
        "Ada_Lovelace_111": first,
        "Ada_Lovelace_222": second,
        "lovelaceada_333": newer,
        "lovelaceada_444": fourth,
    }
    assert [s.platform_id for s in students.values()] == ["111", "222", "333", "444"]
    assert "onlinetext.html" in students["Ada_Lovelace_111"].remarks[0]
    assert third.name in students["lovelaceada_333"].remarks[0]


def test_one_student_by_two_spellings(folder, built, released):
    folder("alan_turing.ipynb", released, age=60)
    new = folder("Alan Turing.ipynb", released)
    folder("().ipynb", released)
    folder("[].ipynb", released)  # nobody's name, and not the same nobody's
    students = collect(folder, built)[1]
    assert set(students) == {"Alan_Turing", "student", "student_2"} and students["Alan_Turing"].path == new


def test_labels_fit_a_file_system_and_differ(folder, built, released):
    for letter in "ab":
        folder("字" * 60 + letter + ".ipynb", released)
    students = collect(folder, built)[1]
    assert len(students) == 2 and all(len(label.encode()) < 100 for label in students)
    assert {s.student[-1] for s in students.values()} == {"a", "b"}  # the student's own numbers are drawn from all of it


def packed(*members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content if isinstance(content, (str, bytes)) else json.dumps(content))
    return data.getvalue()


def test_every_entry_has_a_row(folder, built, released):
    folder("A1_zip.zip", packed(("A1/A1.ipynb", released), ("A1/leaves/1.png", b"x"), ("__MACOSX/._A1.ipynb", b"")))
    folder("A1_capitals.IPYNB", released)
    folder("zipped/A1.ZIP", packed(("A1.ipynb", released)))
    damaged = bytearray(packed(("A1.ipynb", released)))
    damaged[60:90] = bytes(30)
    folder("A1_damaged.zip", bytes(damaged))
    folder("A1_nozip.zip", "text")
    folder("A1_two.zip", packed(("A1.ipynb", released), ("B.ipynb", released)))
    folder("A1_none.zip", packed(("answer.py", "1")))
    folder("A1_huge.zip", packed(("A1.ipynb", released), ("zeros.npy", bytes(files.BESIDE + 1))))
    folder("A1_text.ipynb.txt", released)
    folder("A1_program.py", "1")
    folder("scripts/A1.py", "1")
    (folder.path / "nothing").mkdir()
    (folder.path / ".DS_Store").write_text("")
    name, students = collect(folder, built)
    problems = {label: s.problem for label, s in students.items()}
    assert {label for label, problem in problems.items() if not problem} == {"zip", "capitals", "zipped"}
    for label, words in {
        "damaged": "the .zip cannot be unpacked",
        "nozip": "the .zip cannot be unpacked: File is not a zip file",
        "two": "a .zip with 2 notebooks in it: A1.ipynb, B.ipynb",
        "none": "a .zip with no notebook in it: answer.py",
        "huge": "bytes of files, more than",
        "text": "A1_text.ipynb.txt is no notebook and no .zip with one",
        "program": "A1_program.py is no notebook",
        "scripts": "a folder without a notebook: A1.py",
        "nothing": "an empty folder",
    }.items():
        assert words in problems.pop(label)
    assert set(problems) == {"zip", "capitals", "zipped"}


def test_pictures_go_with_the_notebook_and_programs_do_not(folder, released, tmp_path):
    """Out of a student's own folder, or out of a .zip; and no file of it lands elsewhere."""
    inside = [("A5/A5.ipynb", released), ("A5/leaves/1.png", b"1"), ("A5/numpy.py", b"x"), ("A5/../../up.png", b"x")]
    inside += [("/etc/2.png", b"x"), ("else/3.png", b"x"), ("A5/.hidden.png", b"x")]
    archive = folder("ada.zip", packed(*inside))
    own = folder("bob/A5.ipynb", released)
    folder("bob/leaves/1.png", b"1")
    folder("bob/numpy.py", b"x")
    (own.parent / "link.png").symlink_to("/etc/passwd")
    os.mkfifo(own.parent / "pipe.png")
    lone, leaf = folder("cy.ipynb", released), ["leaves/1.png"]
    for path, own_folder, expected in ((archive, None, leaf), (own, own.parent, leaf), (lone, None, [])):
        to = tmp_path / "to" / path.stem / "files"
        files.copy_beside(path, to, own_folder)
        assert [p.relative_to(to).as_posix() for p in to.parent.rglob("*.*")] == expected


def test_an_assignment_is_known_without_names(released, built):
    releases = course.read(built)
    for cell in released["cells"]:
        cell["metadata"] = {}
    assert submissions.assignment_of(released, releases) == "A1"
