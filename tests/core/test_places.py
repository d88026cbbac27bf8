"""Files of the course: where they are, whole or not at all, and regular ones only."""

import os

import pytest

from dcgan_course import places


def test_new_results_never_go_into_an_installed_package(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert places.results("claims") == places.shipped("claims") == places.checkout() / "data" / "claims"
    monkeypatch.setattr(places, "PACKAGE", tmp_path / "site" / "dcgan_course")  # installed: no pyproject.toml beside it
    assert places.checkout() is None and places.shipped("claims") == places.PACKAGE / "data" / "claims"
    assert places.results("claims") == tmp_path / "data" / "claims"
    monkeypatch.delenv("DCGAN_COURSE_CACHE", raising=False)
    assert places.cache_folder() == tmp_path / "data" / "cache"


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "kept.json"
    with places.whole(path) as draft:
        draft.write_text("first")
        assert not path.exists() and draft.parent == tmp_path and draft.name.endswith("kept.json")
    with pytest.raises(KeyboardInterrupt), places.whole(path) as draft:
        draft.write_text("half of the sec")
        raise KeyboardInterrupt
    assert path.read_text() == "first" and os.listdir(tmp_path) == ["kept.json"]


def test_two_writers_of_one_file_have_drafts_of_their_own(tmp_path):
    path = tmp_path / "kept.json"
    with places.whole(path) as one, places.whole(path) as two:
        one.write_text("one")
        two.write_text("two")
    assert one != two and path.read_text() == "one" and os.listdir(tmp_path) == ["kept.json"]


def test_what_a_killed_writer_left_is_removed(tmp_path):
    (tmp_path / f"{places.DRAFT}1234-kept.json").write_text("half")
    (tmp_path / "kept.json").write_text("whole")
    places.remove_drafts(tmp_path)
    assert os.listdir(tmp_path) == ["kept.json"]


def test_only_regular_files_of_a_bounded_size_are_opened(tmp_path):
    (tmp_path / "small").write_bytes(b"12345")
    with places.open_regular(tmp_path / "small", 5) as file:
        assert file.read() == b"12345"
    with pytest.raises(ValueError, match="5 bytes, more than the 4 that such a file can have"):
        places.open_regular(tmp_path / "small", 4)
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", os.devnull):
        with pytest.raises(ValueError, match="not a regular file"):
            places.open_regular(tmp_path / name, 5)
    with pytest.raises((ValueError, OSError)):
        places.open_regular(tmp_path, 5)
    with pytest.raises(FileNotFoundError):
        places.open_regular(tmp_path / "missing", 5)
