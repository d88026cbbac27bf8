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
    """The folder of what ships with the course, a `Path`.

    In a checkout it is the project's own; where only the package is installed, its copy there. Nothing is written to it
    from an installed package: that is what `results` is for.

    Args:
        name: "claims", "exercises", "models" or "benchmarks".
    """
    root = checkout()
    if root is None:
        return PACKAGE / "data" / name
    return root / ("benchmarks/results" if name == "benchmarks" else f"data/{name}")


def results(name):
    """The folder that new results of a kind go to, a `Path`: the checkout's, or `data/<name>` of the current folder."""
    return pathlib.Path.cwd() / "data" / name if checkout() is None else shipped(name)


def cache_folder():
    """Where downloads and classifiers are kept, a `Path`.

    The environment variable DCGAN_COURSE_CACHE names it; else it is data/cache/ of the checkout, or of the current folder.
    """
    if "DCGAN_COURSE_CACHE" in os.environ:
        return pathlib.Path(os.environ["DCGAN_COURSE_CACHE"])
    return (checkout() or pathlib.Path.cwd()) / "data" / "cache"


@contextlib.contextmanager
def whole(path):
    """A draft beside `path` that takes its place when the block ends, and vanishes when the block fails.

    So `path` is whole or as it was, also when the process is killed; two processes never share a draft.

    Args:
        path: `str` or `Path` of the file to write.

    Yields:
        `Path` of the draft, with the same suffixes.

    Raises:
        OSError: it could not be written.
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
    """Remove what killed processes left of files that they were writing."""
    for draft in pathlib.Path(folder).glob(f"{DRAFT}*"):
        draft.unlink(missing_ok=True)


def open_regular(path, most):
    """Open a file to read bytes from; never a pipe or a device, which would wait for ever, nor a file of any size.

    Args:
        path: `str` or `Path`; a link is followed.
        most: bytes that the file may have.

    Returns:
        A binary file.

    Raises:
        ValueError: not a regular file, or larger.
        OSError: it cannot be opened.
    """
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("not a regular file")
        if found.st_size > most:
            raise ValueError(f"{found.st_size:,} bytes, more than the {most:,} that such a file can have")
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise
