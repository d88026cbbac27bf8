"""Make data/fashion/: 6,000 training pictures and 2,000 test pictures of Fashion-MNIST, 28×28, loss-free.

The files are those of Debian's package `dataset-fashion-mnist`. Of each class 600 training pictures and 200 test pictures
are drawn (seed 0), each without putting back. One lossless WebP file per class, 40 pictures wide: 15 rows of training
pictures, then 5 rows of test pictures. What hangs compresses better lying: such a sheet is stored on its side, columns for
rows. The licence notice beside the files is not made here.

    apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb unpacked
    python tools/make_fashion.py unpacked/usr/share/datasets/fashion-mnist
"""

import argparse
import gzip
import io
import pathlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parents[1] / "data" / "fashion"
COUNTS = {"train": 600, "t10k": 200}  # of each class; the names are those of the package's files
COLUMNS = 40


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    folder = parser.parse_args().folder
    rng = np.random.default_rng(0)
    drawn = [draw(*read(folder, part), count, rng) for part, count in COUNTS.items()]
    OUT.mkdir(exist_ok=True)
    for number, pictures in enumerate(zip(*drawn)):
        rows = np.concatenate(pictures).reshape(-1, COLUMNS, 28, 28)
        sheet = rows.transpose(0, 2, 1, 3).reshape(-1, COLUMNS * 28)
        file = min(webp(sheet), webp(sheet.T), key=len)
        (OUT / f"{number}.webp").write_bytes(file)
        print(number, len(file), "bytes")


def read(folder, part):
    """The package's images `(N, 28, 28)` and labels `(N,)`, uint8."""
    with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), "uint8", offset=16).reshape(-1, 28, 28)
    with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as file:
        return images, np.frombuffer(file.read(), "uint8", offset=8)


def webp(sheet):
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(sheet)).save(file, "WEBP", lossless=True, quality=80, method=6)
    return file.getvalue()


def draw(images, labels, count, rng):
    """`count` images of each class, `(10, count, 28, 28)`, in the order they have in the package."""
    of_class = [np.flatnonzero(labels == number) for number in range(10)]
    return images[[np.sort(rng.choice(there, count, replace=False)) for there in of_class]]


if __name__ == "__main__":
    main()
