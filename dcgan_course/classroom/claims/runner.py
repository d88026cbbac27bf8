"""Makes the evidence, a run at a time: what is planned, what is done, and what comes next.

Runs are lines of JSON in data/claims/runs/, written whole. A runner that is stopped, or killed, loses the runs it is in
and no other; the next one goes on.
"""

import concurrent.futures
import contextlib
import functools
import itertools
import json
import multiprocessing
import os
import statistics
import subprocess
import time

import numpy as np

from ... import places
from . import protocol
from .provenance import provenance

ONE_THREAD = {name: "1" for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")}
RUNS_A_PROCESS = 10  # then a new one takes its place
SECONDS = {"digits": 60, "fashion": 300, "people": 300}  # of a run, as long as none is done

KEYS = ("kind", "data", "arm", "seed", "learning_rate", "noise")  # what tells one run from another


def planned():
    """Every run of the protocol, as dicts of `KEYS`, in the order in which they are made: tuning, then seed by seed."""
    tuning, data = protocol.read()["tuning"], protocol.read()["data"]
    grid = itertools.product(data, tuning["arms"], tuning["seeds"], tuning["learning_rate"], tuning["noise"])
    tries = [dict(zip(KEYS, ("tuning", *row))) for row in grid]
    runs = [
        {"kind": "run", "data": name, "arm": arm.name, "seed": seed}
        for arm in protocol.arms().values()
        for name in arm.data
        for seed in range(arm.seeds[name])
    ]
    for kind in ("accuracy",):  # "parallel" measures seconds: it is run by name, on a quiet machine
        experiment = protocol.read()["experiment"][kind]
        runs += [
            {"kind": kind, "data": name, "arm": kind, "seed": seed}
            for name in experiment["data"]
            for seed in range(experiment["seeds"][name])
        ]
    return tries + sorted(runs, key=lambda run: (run["seed"], list(data).index(run["data"])))


def key(run):
    """What tells a run, or a planned one, from all others: a tuple."""
    return tuple(run.get(name) for name in KEYS)


def _file(run):
    return places.results("claims") / "runs" / f"{'tuning' if run['kind'] == 'tuning' else run['data']}.jsonl"


def done():
    """Every run that is kept, `{key: run}`.

    Raises:
        ValueError: a run was made under another protocol, or a file is damaged.
    """
    found = {}
    for path in sorted((places.results("claims") / "runs").glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                run = json.loads(line)
            except ValueError:
                raise ValueError(
                    f"{path.name}, line {number}, is no run: remove it, and the runner makes it anew."
                ) from None
            if run["protocol"] != protocol.identity():
                raise ValueError(
                    f"{path.name}, line {number}, was made under the protocol {run['protocol']}; this one is "
                    f"{protocol.identity()}. Take data/claims/protocol.toml from that commit, or move the runs away."
                )
            found[key(run)] = run
    return found


def keep(run):
    """Add a run to its file, with the protocol and the place it was made under."""
    where = provenance()
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    run = {**run, "protocol": protocol.identity(), "commit": _commit()}
    run["where"] = f"{where['date']}, {where['machine']['cpu']}, {versions}"
    path = _file(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    with places.whole(path) as draft:
        draft.write_text(before + json.dumps(run, separators=(",", ":")) + "\n", encoding="utf-8")


@functools.cache
def _commit():
    """The commit that last changed the protocol, or "" where there is no repository."""
    file = places.shipped("claims") / "protocol.toml"
    command = ["git", "log", "-1", "--format=%h", "--abbrev=10", "--", file.name]
    try:
        return subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def chosen(data, arm, runs):
    """The settings, as a dict, that tuning chose for an arm on a data set; None as long as a trial is missing.

    Each trial is scored with averaging and without. The lowest mean logarithm over the seeds wins.
    """
    rule = protocol.read()["tuning"]
    best = None
    for rate, noise in itertools.product(rule["learning_rate"], rule["noise"]):
        tried = [runs.get(("tuning", data, arm, seed, rate, noise)) for seed in rule["seeds"]]
        if None in tried:
            return None
        for averaging, metric in ((rule["decay"], rule["metric"]), (None, f"{rule['metric']}_latest")):
            least = protocol.read()["metric"][rule["metric"]]["least"]
            scores = [max(trial["scores"]["1"][metric], least) for trial in tried]
            candidate = (float(np.mean(np.log(scores))), {"learning_rate": rate, "noise": noise, "averaging": averaging})
            best = min(best or candidate, candidate, key=lambda pair: pair[0])
    return best[1]


def make(job, settings):
    """Make one run, in the process that calls: what `planned` names, with the settings that tuning chose."""
    from . import accuracy, trials

    if job["kind"] == "accuracy":
        return {**job, **accuracy.run(job["data"], job["seed"], trials.Settings(**settings))}
    arm = protocol.arm(job["arm"])
    if job["kind"] == "tuning":
        decay = protocol.read()["tuning"]["decay"]
        settings = {"learning_rate": job["learning_rate"], "noise": job["noise"], "averaging": decay}
    shares = (protocol.read()["budget"]["usual"],) if job["kind"] == "tuning" else None
    return {**job, **trials.run(arm, job["data"], job["seed"], trials.Settings(**settings), shares)}


def be_deterministic():
    """From now on this process computes the same numbers each time: for a process of its own, since it cannot be undone."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def settings_of(job, runs):
    """The settings of a planned run; None where its tuning is not done yet, {} where it needs none."""
    if job["kind"] == "tuning":
        return {}
    tuned = "DCGAN" if job["kind"] == "accuracy" else protocol.arm(job["arm"]).tuned
    return chosen(job["data"], tuned, runs)


def seconds_of(job, runs):
    """CPU seconds that a planned run will take, from runs like it."""
    alike = [r["cpu_seconds"] for r in runs.values() if (r["kind"], r["data"], r["arm"]) == key(job)[:3]]
    alike = alike or [r["cpu_seconds"] for r in runs.values() if (r["kind"], r["data"]) == key(job)[:2]]
    return statistics.median(alike) if alike else SECONDS[job["data"]] / (4 if job["kind"] == "tuning" else 1)


def run(hours, processes=None, report=print):
    """Make the next runs for so many hours, one process per core, each on one thread. No run begins that would end later.

    Raises:
        RuntimeError: another runner is at work; or, at the end, runs failed, which it names.
    """
    end = time.monotonic() + 3600 * hours
    runs, busy, failed = done(), {}, []
    jobs = [job for job in planned() if key(job) not in runs]
    with _alone(), pool(processes or os.cpu_count()) as workers:
        while jobs or busy:
            while len(busy) < (processes or os.cpu_count()):
                job = _next(jobs, runs, end - time.monotonic())
                if job is None:
                    break
                jobs.remove(job)
                busy[workers.submit(make, job, settings_of(job, runs))] = job
            if not busy:
                break
            finished, _ = concurrent.futures.wait(busy, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                job = busy.pop(future)
                name = " · ".join(str(part) for part in key(job) if part is not None)
                if future.exception() is not None:  # the others go on; this one comes again in the next session
                    failed.append(f"{name}: {future.exception()!r}")
                    continue
                runs[key(job)] = future.result()
                keep(runs[key(job)])
                report(f"{time.strftime('%H:%M:%S')} {name}")
    report(status())
    if failed:
        raise RuntimeError("Runs that failed, and are not kept: " + "; ".join(failed))


def _next(jobs, runs, seconds):
    for job in jobs:
        if seconds_of(job, runs) < seconds and settings_of(job, runs) is not None:
            return job
    return None


def pool(processes):
    """An executor of so many processes that compute deterministically, each on one thread."""
    os.environ.update(ONE_THREAD)  # the children's; this process computes nothing
    context = multiprocessing.get_context("spawn")
    options = {"initializer": be_deterministic, "max_tasks_per_child": RUNS_A_PROCESS}
    return concurrent.futures.ProcessPoolExecutor(processes, context, **options)


@contextlib.contextmanager
def _alone():
    """Only one runner writes at a time."""
    import fcntl

    folder = places.results("claims") / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RuntimeError("Another runner is at work in data/claims/runs; wait until it has ended.") from None
        places.remove_drafts(folder)
        yield


def status():
    """How much is done, and what time the rest takes on one core, as text."""
    runs, lines = done(), []
    jobs = planned()
    groups = dict.fromkeys((job["kind"], job["data"]) for job in jobs)
    for group in groups:
        mine = [job for job in jobs if (job["kind"], job["data"]) == group]
        rest = [job for job in mine if key(job) not in runs]
        hours = sum(seconds_of(job, runs) for job in rest) / 3600
        lines.append(f"{' '.join(group):18s} {len(mine) - len(rest):4d} of {len(mine):4d} · {hours:5.1f} core hours to go")
    return "\n".join(lines)
