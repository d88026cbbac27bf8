"""Reading what students handed in without trusting it: notebooks, alone or in a .zip."""

import contextlib
import json
import lzma
import pathlib
import shutil
import zipfile
import zlib

from ...places import open_regular

LARGEST = 32 * 2**20  # bytes of a notebook; pictures included, the course's own have less than two million
BESIDE = 128 * 2**20  # bytes of all files beside it, and of a .zip
MOST = 5000  # files in a .zip
DATA = set(".bmp .csv .gif .jpeg .jpg .json .npy .npz .png .tif .tiff .txt .webp".split())  # no code: a teacher reads cells


class Unreadable(ValueError):
    """A file is no notebook; the message says what it is."""


def is_hidden(path):
    """Whether a path is the operating system's or Jupyter's own: `.ipynb_checkpoints`, `__MACOSX`."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def can_be_read(path):
    """Whether the name promises a notebook: .ipynb or .zip, in capitals or not."""
    return path.suffix.lower() in (".ipynb", ".zip")


def read(path):
    """The notebook in a file, as JSON says it: a dict with a list of cells, whose sources are strings.

    Args:
        path: `Path` of a notebook, or of a .zip with exactly one.

    Raises:
        Unreadable: it is something else; the message says what.
    """
    if path.is_symlink():
        raise Unreadable("it is a link, not a file")
    try:
        if path.suffix.lower() == ".zip":
            with _archive(path) as archive:
                return parse(_bytes(archive, _notebook_in(archive)))
        with open_regular(path, LARGEST) as file:
            return parse(file.read())
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror or error}") from None
    except Unreadable:
        raise
    except ValueError as error:  # of open_regular
        raise Unreadable(f"it is {error}; a notebook gets smaller when its outputs are cleared") from None


def parse(data):
    """The notebook in a file's bytes, as `read` gives it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not JSON, so it is no notebook; it is not even text") from None
    if not text.strip():
        raise Unreadable("the file is empty")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file is not JSON, so it is no notebook: {error}") from None
    if not isinstance(notebook, dict) or not {"cells", "worksheets"} & set(notebook):
        raise Unreadable("the file is JSON, but no notebook: it has no cells")
    if notebook.get("nbformat") != 4:
        raise Unreadable(f"the notebook has format {str(notebook.get('nbformat'))[:9]}, not 4; save it again in JupyterLab")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise Unreadable("the file is JSON, but no valid notebook: a cell lacks its type or its text")
    if not cells:
        raise Unreadable("the notebook has no cells")
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return notebook


def _is_cell(cell):
    source = cell.get("source") if isinstance(cell, dict) else None
    text = isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))
    return text and isinstance(cell.get("cell_type"), str)


def copy_beside(path, to, folder=None):
    """Copy the pictures and other data that came with a notebook, of A5 for instance. Links and programs stay behind.

    Args:
        path: `Path` of the notebook or the .zip.
        to: `Path` of the folder to make; files keep their place relative to the notebook.
        folder: `Path` of the student's own folder; None for a file that lies among other students' files.

    Raises:
        Unreadable: they are too large, or damaged.
    """
    to.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".zip":
        with _archive(path) as archive:
            top = pathlib.PurePosixPath(_notebook_in(archive).filename).parent
            for member in _members(archive):
                name = pathlib.PurePosixPath(member.filename)
                if name.is_relative_to(top) and name.suffix.lower() in DATA and ".." not in name.parts:
                    target = to / name.relative_to(top)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(_bytes(archive, member, BESIDE))
    elif folder is not None:
        _require_small(sum(p.stat().st_size for p in path.parent.rglob("*") if p.is_file() and not p.is_symlink()))
        shutil.copytree(path.parent, to, ignore=_left_behind, dirs_exist_ok=True)


def _left_behind(folder, names):
    paths = [pathlib.Path(folder, name) for name in names]
    copied = (p for p in paths if p.is_dir() or (p.is_file() and p.suffix.lower() in DATA))
    return set(names) - {p.name for p in copied if not p.is_symlink() and not is_hidden(pathlib.Path(p.name))}


@contextlib.contextmanager
def _archive(path):
    """A .zip that is small enough to be opened; whatever is wrong with it is Unreadable."""
    try:
        with open_regular(path, BESIDE) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        raise Unreadable(f"the .zip cannot be unpacked: {error}") from None


def _members(archive):
    """The files in a .zip, if they are few and small enough, as its directory says; more than that is never read."""
    members = [m for m in archive.infolist() if not m.is_dir() and not is_hidden(pathlib.PurePosixPath(m.filename))]
    if len(members) > MOST:
        raise Unreadable(f"a .zip with {len(members)} files; at most {MOST} are unpacked")
    _require_small(sum(member.file_size for member in members))
    return members


def _notebook_in(archive):
    members = _members(archive)
    notebooks = [m for m in members if m.filename.lower().endswith(".ipynb")]
    if len(notebooks) != 1:
        count = f"{len(notebooks)} notebooks" if notebooks else "no notebook"
        raise Unreadable(f"a .zip with {count} in it: {listing(m.filename for m in members)}")
    return notebooks[0]


def _bytes(archive, member, most=LARGEST):
    if member.file_size > most:
        raise Unreadable(f"{member.filename} in the .zip has {member.file_size:,} bytes, more than {most:,}")
    return archive.read(member)  # no more bytes than its directory says


def _require_small(size):
    if size > BESIDE:
        raise Unreadable(f"{size:,} bytes of files, more than {BESIDE:,}")


def listing(files):
    """Names for a message: the first four."""
    first, *rest = [str(name)[:60] for name in files] or ["nothing"]
    return ", ".join([first, *rest[:3]]) + (", …" if len(rest) > 3 else "")
