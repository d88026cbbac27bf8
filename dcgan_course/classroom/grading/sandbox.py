"""The command line that starts a kernel in a sandbox: bubblewrap where it works, limits alone where it does not.

The sandbox shows what is listed here and nothing else: system libraries, the Python installation, the course's package and
data, one folder for the kernel's sockets. Home, temporary folder and working folder are in memory and bounded.
"""

import functools
import json
import os
import pathlib
import shutil
import site
import subprocess
import sys
import tempfile

from ... import places

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/alternatives", "/etc/fonts")
SYSTEM += ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
EXCHANGE = "/usr/local/share/nbgrader"  # where nbgrader itself collects submissions
DISK = 512 * 2**20  # bytes of files, in memory
FILE = 256 * 2**20  # bytes of one file
THREADS = 2000
KERNEL = pathlib.Path(__file__).with_name("kernel.py")
PASSED_ON = ("KERAS_BACKEND",)  # variables of the environment that submissions see


def command(folder, student, gibibytes, threads, confined, secrets=()):
    """The command line of a kernel; Jupyter puts its connection file in for `{connection_file}`.

    Args:
        folder: the submission's own; has `run`, for sockets, and `files`, which the kernel gets copies of.
        student: the name that the kernel finds in `DCGAN_COURSE_STUDENT`.
        gibibytes: memory of the submission; one process may allocate 85 % of it, so that a cell which takes too much
            usually fails with MemoryError before all are ended.
        threads: how many threads numerical libraries use.
        confined: whether to use bubblewrap.
        secrets: folders that must not be seen even if they lie within a shown one.
    """
    run, files = folder / "run", folder / "files"
    scratch = pathlib.Path("/tmp" if confined else folder / "scratch")
    settings = {"files": str(files), "work": str(scratch / "home/work"), "file": FILE}
    settings |= {"data": int(0.85 * gibibytes * 2**30), "threads": THREADS if confined else 0}
    environment = [f"{name}={value}" for name, value in _environment(scratch, student, threads).items()]
    python = [sys.executable, "-P", str(KERNEL), json.dumps(settings), "-f", "{connection_file}"]
    inside = [shutil.which("env"), "-i", *environment, *python]
    return [*_bubblewrap(run, files, secrets), *inside] if confined else inside


@functools.cache
def usable():
    """Whether bubblewrap works here, tried once with the real mounts; and if not, why."""
    if not shutil.which("bwrap"):
        return False, "it is not installed"
    finished = trial("import ipykernel", confined=True)
    return finished.returncode == 0, (finished.stderr.strip() or "no reason given").splitlines()[-1]


def require_package(confined):
    """Raise ValueError unless the course's package is found where the students' code runs: without it all get 0 points."""
    finished = trial("import importlib.util, sys; sys.exit(importlib.util.find_spec('dcgan_course') is None)", confined)
    if finished.returncode:
        raise ValueError(
            "dcgan_course is not found where the submissions run, so nobody would get a point. Install it where this Python "
            "looks: pip install --editable . in the project, or use make grade. " + finished.stderr.strip()
        )


def trial(code, confined):
    """The finished process of a line of Python, in a submission's environment; with the real mounts if it is confined."""
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        for name in ("run", "files"):
            pathlib.Path(folder, name).mkdir()
        mounts = _bubblewrap(pathlib.Path(folder, "run"), pathlib.Path(folder, "files"), ()) if confined else []
        environment = {name: str(value) for name, value in _environment(pathlib.Path(folder), "", 1).items()}
        line = [*mounts, sys.executable, "-P", "-c", code]
        try:
            streams = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
            return subprocess.run(line, env=environment, timeout=600, **streams)
        except (OSError, subprocess.TimeoutExpired) as error:
            return subprocess.CompletedProcess(line, 1, "", str(error))


def _environment(scratch, student, threads):
    home = scratch / "home"
    environment = {
        "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": home,
        "USER": "student",
        "TMPDIR": scratch / "tmp",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": home / "matplotlib",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUSERBASE": site.getuserbase(),
        "NBGRADER_EXECUTION": "autograde",  # as nbgrader sets it
        "DCGAN_COURSE_STUDENT": student,
        "DCGAN_COURSE_CACHE": home / "work/cache",
        "DCGAN_COURSE_PROFILE": "smoke",  # what a notebook trains only to be looked at is cut short
        "CUDA_VISIBLE_DEVICES": "-1",  # several submissions at once would fight for one
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    environment |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return environment | dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), threads)


def _bubblewrap(run, files, secrets):
    python = {sys.prefix, sys.base_prefix, site.getusersitepackages(), pathlib.Path(sys.executable).resolve().parents[1]}
    shown = {pathlib.Path(p) for p in (*SYSTEM, *python, *course_files(), files) if os.path.exists(p)}
    hidden = {pathlib.Path(p).resolve() for p in (places.checkout(), EXCHANGE, *secrets) if p and os.path.exists(p)}
    mounts = [(path, ["--ro-bind", path, path]) for path in shown]
    mounts += [(path, ["--tmpfs", path]) for path in hidden if any(path.is_relative_to(p) for p in shown)]
    mounts += [(run, ["--bind", run, run])]
    mounts.sort(key=lambda mount: len(mount[0].parts))  # what lies within another comes after it
    words = ["bwrap", "--unshare-all", "--unshare-user", "--uid", 65534, "--gid", 65534, "--cap-drop", "ALL"]
    words += ["--die-with-parent", "--hostname", "grading", "--proc", "/proc", "--dev", "/dev"]
    words += ["--size", DISK // 4, "--tmpfs", "/dev/shm", "--size", DISK, "--tmpfs", "/tmp"]
    words += [word for _, mount in mounts for word in mount]
    closed = ["/proc", "/dev", "/", *(path for path, mount in mounts if mount[0] == "--tmpfs")]
    words += [word for path in closed for word in ("--remount-ro", path)]
    return [str(word) for word in (*words, "--chdir", "/tmp", "--")]


def course_files():
    """What submissions see of the course: its package, and in a checkout what ships with it, but no solutions."""
    root = places.checkout()
    return [places.PACKAGE, *(root / name for name in ("pyproject.toml", "data", "benchmarks/results") if root)]
