"""Grading where only the package is installed: no checkout, no PYTHONPATH."""

import fake_course
import pytest

from dcgan_course import places
from dcgan_course.classroom.grading import __main__, course, sandbox

built = fake_course.built


def test_the_command_works_outside_a_checkout(built):
    """`built` runs it there, for all tests of grading."""
    assert (built / "gradebook.db").exists() and (built / "release/A1/numbers.txt").exists()
    assert 'course_id = "dcgan"' in (built / "nbgrader_config.py").read_text()


def test_without_a_checkout_the_source_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "checkout", lambda: None)
    with pytest.raises(SystemExit, match="Name the folder of the assignments with --source"):
        __main__.main(["build", str(tmp_path / "out")])


def test_what_submissions_see_of_the_course(monkeypatch):
    """In a checkout also what ships with it; the solutions never."""
    root = places.checkout()
    shown = sandbox.course_files()
    assert places.PACKAGE in shown and places.shipped("exercises").parent in shown
    assert not [path for path in shown if (root / "notebooks/assignments/source").is_relative_to(path)]
    monkeypatch.setattr(places, "checkout", lambda: None)
    assert sandbox.course_files() == [places.PACKAGE]


def test_what_is_only_on_pythonpath_is_not_there_for_submissions(built, tmp_path, monkeypatch):
    """They get a clean environment, so a package found that way would give everybody nothing: that is said first."""
    (tmp_path / "on_path").mkdir()
    (tmp_path / "on_path/only_there.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "on_path"))
    assert sandbox.trial("import only_there", confined=False).returncode == 1
    assert sandbox.trial("import ipykernel", confined=False).returncode == 0
