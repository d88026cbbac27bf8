"""Where the course's files are, and how they are written and read: whole or not at all, and regular files only."""

import contextlib
import os
import pathlib
import secrets
import stat

PACKAGE = pathlib.Path(__file__).parent
DRAFT = ".draft-"


def checkout():
    """The project's folder where the package runs from a checkout; None where it is installed, as on Colab."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").exists() else None


def shipped(name):
    """The folder of "claims", "models", "people" and the like that ships with the course, a `Path`; to read only."""
    if checkout() is None:
        return PACKAGE / "data" / name
    return checkout() / ("benchmarks/results" if name == "benchmarks" else f"data/{name}")


def results(name):
    """The folder that new results of a kind go to, a `Path`: the checkout's, or `data/<name>` of the current folder."""
    return pathlib.Path.cwd() / "data" / name if checkout() is None else shipped(name)


def cache_folder():
    """Where downloads and classifiers are kept, a `Path`: DCGAN_COURSE_CACHE, or data/cache/ of the checkout or here."""
    if "DCGAN_COURSE_CACHE" in os.environ:
        return pathlib.Path(os.environ["DCGAN_COURSE_CACHE"])
    return (checkout() or pathlib.Path.cwd()) / "data" / "cache"


@contextlib.contextmanager
def whole(path):
    """`with whole(path) as draft:` gives the `Path` of a draft beside `path` that takes its place when the block ends.

    So `path` is whole or as it was, also where the block fails or the process is killed. No two processes share a draft.
    """
    path = pathlib.Path(path)
    draft = path.with_name(f"{DRAFT}{secrets.token_hex(4)}-{path.name}")
    try:
        yield draft
        with open(draft, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_drafts(folder):
    """Remove what killed processes left of files that they were writing; nobody else may be writing there now."""
    for draft in pathlib.Path(folder).glob(f"{DRAFT}*"):
        draft.unlink(missing_ok=True)


def open_regular(path, most):
    """A binary file to read from, of at most so many bytes.

    Raises:
        ValueError: not a regular file (a pipe or a device would wait for ever), or a larger one.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file, status = os.fdopen(descriptor, "rb"), os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= most:
        return file
    file.close()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    raise ValueError(f"{status.st_size:,} bytes, more than the {most:,} that such a file can have")
