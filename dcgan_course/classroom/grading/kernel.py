"""What runs inside the sandbox: takes its limits upon itself, then becomes an IPython kernel.

Started by the command line that `sandbox` makes; imports nothing of the grading tool, which is not there.
"""

import functools
import json
import os
import pathlib
import platform
import resource
import shutil
import sys

OUTPUT = 20_000_000  # characters that one cell may write; twenty times what its notebook keeps


def limit(data, file, threads):
    """Bytes of memory and of one file, and threads where the sandbox counts them apart; each may only be lowered."""
    limits = {resource.RLIMIT_DATA: data, resource.RLIMIT_FSIZE: file, resource.RLIMIT_CORE: 0}
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2] if part.isdigit())
    if threads and release >= (5, 14):  # earlier Linux counts all threads of the teacher
        limits[resource.RLIMIT_NPROC] = threads
    for name, value in limits.items():
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(name, (value, value))
        except (ValueError, OSError):  # macOS refuses some
            pass


def bound_output():
    """Let a cell that prints or displays without end fail, before the messages about it fill the memory.

    To be called before the streams are made; what it returns, before each cell.
    """
    from ipykernel.iostream import OutStream
    from ipykernel.zmqshell import ZMQDisplayPublisher

    written = 0

    def bounded(method, size):
        @functools.wraps(method)
        def write(self, *args, **kwargs):
            nonlocal written
            written += size(*args, **kwargs)
            if written > OUTPUT:
                raise OSError(f"this cell has written more than {OUTPUT // 10**6} million characters")
            return method(self, *args, **kwargs)

        return write

    def shown(data, *_, **__):  # a message weighs something even if it says little
        return 1000 + sum(len(str(value)) for value in data.values())

    def begin(*_):
        nonlocal written
        written = 0

    OutStream.write = bounded(OutStream.write, len)
    ZMQDisplayPublisher.publish = bounded(ZMQDisplayPublisher.publish, shown)
    return begin


def main(settings, arguments):
    work = pathlib.Path(settings["work"])
    for folder in (os.environ["HOME"], os.environ["TMPDIR"], os.environ["MPLCONFIGDIR"]):
        os.makedirs(folder, exist_ok=True)
    shutil.copytree(settings["files"], work, dirs_exist_ok=True)
    os.chdir(work)
    limit(settings["data"], settings["file"], settings["threads"])

    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    app = IPKernelApp.instance(config=config)
    begin = bound_output()
    app.initialize(arguments)
    app.shell.user_ns.update(exit=sys.exit, quit=sys.exit)  # an error in that cell, not the kernel's end
    app.shell.events.register("pre_run_cell", begin)
    app.start()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
