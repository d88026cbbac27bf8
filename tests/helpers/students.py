"""What the students of a class hand in: right, wrong, broken and hostile notebooks of the small course."""

import json
import os
import pathlib

import psutil
from fake_course import SECRET, answer, cell, right

LINGER = f"98765.{os.getpid()}"  # seconds, which no other process on the machine sleeps
ROOT = pathlib.Path(__file__).parents[2]
MARK = f"{SECRET[:9]!r} + {SECRET[9:]!r}"  # the hidden word, written so that looking for it does not find this line

DAEMON = f"""import os, subprocess
subprocess.Popen(["sleep", "{LINGER}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{LINGER}"])
    os._exit(0)"""

SPY = """import json, os, pathlib, socket, sys
word, seen, hits, sent = ({mark}).encode(), 0, [], []
own = ("/proc", "/sys", "/usr", "/lib", "/bin", "/sbin", sys.prefix, sys.base_prefix)
for place, folders, names in os.walk("/"):
    folders[:] = [f for f in folders if not os.path.join(place, f).startswith(own)]
    for name in names:
        try:
            path = pathlib.Path(place, name)
            seen += 1
            if path.is_file() and word in path.read_bytes():
                hits.append(str(path))
        except OSError:
            pass
there = [p for p in {paths} if os.path.isfile(p) or os.path.isdir(p) and os.listdir(p)]
for place, folders, names in os.walk("/proc"):
    if place == "/proc":
        folders[:] = [f for f in folders if not f.isdigit() and f not in ("self", "thread-self")]
    files = [os.path.join(place, name) for name in names]
    sent += [f"could write to {{p}}" for p in files if not os.path.islink(p) and os.access(p, os.W_OK)]
for kind, address in ((socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_INET, ("192.0.2.1", 80))):
    try:
        socket.socket(kind).connect(address)
        sent.append(address)
    except OSError:
        pass
pathlib.Path("../escaped").write_text("x")
try:
    pathlib.Path(sys.prefix, "escaped").write_text("x")
    sent.append("wrote to the Python installation")
except OSError:
    pass
print("SPY", json.dumps([seen, hits, there, sent, os.listdir()]))"""


def lingering():
    """What a `DAEMON` started and nobody ended."""
    return [p for p in psutil.process_iter(["cmdline"]) if LINGER in (p.info["cmdline"] or [])]


def extra(notebook, text, at=2):
    notebook["cells"].insert(at, cell(text))
    return notebook


def duplicated(notebook):
    """The answer copied, and the stub left behind it; Jupyter gives a copy a new cell id."""
    i = next(i for i, c in enumerate(notebook["cells"]) if c["id"] == "id-A1-double")
    stub = dict(notebook["cells"][i], id="copied")
    right(notebook)
    notebook["cells"].insert(i + 1, stub)
    return notebook


def without(notebook, name):
    notebook["cells"] = [c for c in notebook["cells"] if c["id"] != f"id-{name}"]
    return notebook


def reordered(notebook):
    """Reversed, with names that nobody knows."""
    right(notebook)["cells"].reverse()
    for i, c in enumerate(notebook["cells"]):
        if "nbgrader" in c["metadata"]:
            c["metadata"]["nbgrader"]["grade_id"] = f"mine-{i}"
    return notebook


def skipping(notebook):
    """Tries to have the tests skipped."""
    for c in notebook["cells"]:
        c["metadata"]["tags"] = ["skip-execution"]
    return notebook


def hand_in(folder, built):
    """The notebooks of the class."""

    def fresh():
        return json.loads((built / "release/A1/A1.ipynb").read_text())

    def write(student, notebook):
        (folder / f"A1_{student}.ipynb").write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))

    def with_cells(notebook, *texts):
        for i, text in enumerate(texts):
            extra(notebook, text, at=2 + i)
        return notebook

    warning = "import sys, warnings\ndef double(x):\n    print('fine', file=sys.stderr)\n    return 2 * x"
    herd = "import subprocess, time\nfor _ in range(99): subprocess.Popen(['sleep', '600'])\ntime.sleep(600)"
    forged = "import sys\ndef double(x):\n    sys.displayhook(3)\n    return 0"
    printer, shower = "while True: print('x' * 10**6)", "while True: display('x' * 10**6)"
    hoarder = "f = open('big', 'wb')\nwhile True: f.write(bytes(10**7))"
    write("right", right(fresh()))
    write("forged", skipping(answer(fresh(), double=forged, limit="limit = 7")))
    write("text", "Dear teacher,")
    write("other", json.loads((built / "release/A2/A2.ipynb").read_text()))
    write("killer", answer(right(fresh()), limit="import os\nos._exit(1)"))
    write("eater", answer(right(fresh()), limit="limit = 7\nfood = []\nwhile True: food.append(bytearray(10**6))"))
    write("herd", extra(right(fresh()), herd, at=-1))
    write("excessive", with_cells(right(fresh()), hoarder, printer, shower))
    write("mixed-up", without(duplicated(fresh()), "A1-double-test"))
    write("reordered", reordered(fresh()))
    odd = answer(right(fresh()), double=warning)
    write(
        "odd",
        with_cells(odd, "exit()", "import time\ntime.sleep(0.5)", "raise SystemExit", "raise KeyboardInterrupt", DAEMON),
    )


def spying(folder, built, port):
    places = [folder, built / "gradebook.db", built / "source"]
    places += [ROOT / name for name in ("notebooks/assignments/source", "tests", ".git")]
    notebook = right(json.loads((built / "release/A1/A1.ipynb").read_text()))
    return extra(notebook, SPY.format(mark=MARK, paths=list(map(str, places)), port=port))
