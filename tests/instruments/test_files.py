"""Images that leave the notebook."""

import base64
import re

import numpy as np
import pytest
from PIL import Image
from test_plots import SNAPSHOTS

import dcgan_course as dc
from dcgan_course.figures import files

GREY = np.linspace(-1, 1, 5 * 8 * 8, dtype="float32").reshape(5, 8, 8, 1)
COLOUR = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 3)).astype("float32")


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_a_grid_is_one_picture(tmp_path):
    path = dc.save_images(GREY, tmp_path / "new" / "grid.PNG", scale=3, columns=2)
    pixels = read(path)
    assert path == tmp_path / "new" / "grid.PNG" and pixels.shape == (3 * 30, 2 * 30) and pixels.dtype == "uint8"
    assert np.array_equal(pixels[3:27:3, 3:27:3], dc.datasets.to_uint8(GREY[0, ..., 0])) and pixels[0, 0] == 255


@pytest.mark.parametrize("images", [GREY, COLOUR], ids=["grey", "colour"])
def test_a_folder_has_a_file_for_each_image(images, tmp_path):
    (tmp_path / "run.1").mkdir()
    (tmp_path / "run.1" / "mine.txt").write_text("stays")
    for path in (f"{tmp_path}/a/b/", tmp_path / "c", f"{tmp_path}/d.5/", tmp_path / "run.1"):  # / or no suffix, or it is one
        folder = dc.save_images(images, path)
        names = [f"{i:04}.png" for i in range(len(images))]
        assert sorted(f.name for f in folder.iterdir() if f.name != "mine.txt") == names
        back = np.stack([read(folder / name) for name in names]).reshape(images.shape)
        assert np.array_equal(back, dc.datasets.to_uint8(images))
    assert (tmp_path / "run.1" / "mine.txt").read_text() == "stays"
    assert read(dc.save_images(images, tmp_path / "c", scale=4) / "0000.png").shape[:2] == (32, 32)  # replaced


def test_saved_images_can_be_loaded_as_a_data_set(tmp_path):
    images = dc.datasets.load("digits", size=8).images[:60]
    dc.save_images(images, tmp_path / "samples/", scale=2)
    loaded = dc.datasets.load(tmp_path / "samples", size=16, channels=1)
    assert np.allclose(loaded.images[:, ::2, ::2], images, atol=0.01)


def test_images_that_cannot_be_saved_leave_nothing(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"images must lie in \[-1, 1\].*Rescale: images / 127.5 - 1"):
        dc.save_images(127 * (GREY + 1), tmp_path / "samples/")
    with pytest.raises(ValueError, match=r"images must have the shape \(N, H, W, C\)"):
        dc.save_images(GREY[0], tmp_path / "grid.png")
    with pytest.raises(ValueError, match=r'saved as "grid.png", or in a folder, "samples/". Received: path=.*grid.jpg'):
        dc.save_images(GREY, tmp_path / "grid.jpg")
    for name in ("scale", "columns"):
        with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1. Received: {name}=0"):
            dc.save_images(GREY, tmp_path / "grid.png", **{name: 0})
    assert not list(tmp_path.iterdir())

    def half(picture, path, *args, **kwargs):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(OSError, match="disk full"):
        dc.save_images(GREY, tmp_path / "grid.png")
    assert not list(tmp_path.iterdir())


def gif(data, path):
    path.write_bytes(data)
    with Image.open(path) as picture:
        frames = []
        for i in range(picture.n_frames):
            picture.seek(i)
            frames.append((np.asarray(picture.convert("RGB")), picture.info["duration"]))
    return frames


def test_an_animation_has_a_frame_for_each_moment(tmp_path):
    moving = dc.plots.animation(SNAPSHOTS, tmp_path / "a.gif", scale=2)
    assert (tmp_path / "a.gif").read_bytes() == moving.data and repr(moving).startswith("An animation of 12 frames, ")
    frames = gif(moving.data, tmp_path / "b.gif")
    assert len(frames) == 12 and [d for _, d in frames] == 11 * [150] + [1500]
    height, width = 2 * 2 * 18, 2 * 4 * 18
    assert frames[0][0].shape == (height + files.CAPTION, width, 3)
    assert frames[0][0][: files.CAPTION].min() < 100  # words
    for epoch, (frame, _) in enumerate(frames):
        assert abs(int(frame[files.CAPTION + 20, 20, 0]) - round(epoch * 12.75)) <= 6  # 32 greys


@pytest.mark.parametrize("images", [GREY, COLOUR], ids=["grey", "colour"])
def test_images_in_a_row_are_frames(images, tmp_path):
    frames = gif(dc.plots.animation(images, scale=1, milliseconds=40).data, tmp_path / "a.gif")
    assert len(frames) == len(images) and [d for _, d in frames][0] == 40
    for image, (frame, _) in zip(images, frames):
        error = np.abs(frame[1:-1, 1:-1].astype(int) - dc.datasets.to_uint8(image))
        assert frame.shape == (10, 10, 3) and error.mean() < 20  # noise has more colours than the palette


def test_a_notebook_shows_it_with_words_for_those_who_do_not_see_it():
    moving = dc.plots.animation(GREY)
    html = moving._repr_html_()
    assert base64.b64decode(re.search(r'src="data:image/gif;base64,([^"]+)"', html).group(1)) == moving.data
    assert f'alt="{moving!r}"' in html and "width: 480px" in html


def test_an_animation_stays_within_a_megabyte():
    noise = np.random.default_rng(0).uniform(-1, 1, (24, 128, 128, 1)).astype("float32")
    few, many, most = (dc.plots.animation(np.concatenate(n * [noise])) for n in (1, 3, 6))
    assert (few.width, few.frames) == (260, 24) and (many.width, many.frames) == (130, 72)  # smaller, for more of them
    assert most.width == 130 and most.frames in (72, 36)  # and if that is not enough, fewer
    assert all(len(moving.data) <= files.LIMIT for moving in (few, many, most))


def test_animations_that_cannot_be_made_are_refused(tmp_path):
    for nothing in ({}, GREY[:0]):
        with pytest.raises(ValueError, match="No snapshots to show"):
            dc.plots.animation(nothing)
    with pytest.raises(ValueError, match=r"must lie in \[-1, 1\]"):
        dc.plots.animation({0: 3 * GREY})
    with pytest.raises(ValueError, match='saved as "name.gif". Received: path=.*a.mp4'):
        dc.plots.animation(GREY, tmp_path / "a.mp4")
    for name, value in {"scale": 0, "milliseconds": 5}.items():
        with pytest.raises(ValueError, match=f"{name} must be a whole number of at least"):
            dc.plots.animation(GREY, tmp_path / "a.gif", **{name: value})
    assert not list(tmp_path.iterdir())


def test_an_animation_has_room_in_a_notebook():
    wide = {epoch: np.tile(GREY[:1], (32, 4, 4, 1)) for epoch in range(3)}  # eight images of 32 pixels in a row
    assert dc.plots.animation(wide).width == 2 * 8 * 34 and dc.plots.animation(wide, scale=4).width == 4 * 8 * 34
