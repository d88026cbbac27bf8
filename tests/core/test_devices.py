"""Several devices and several processes train as one device does on the same global batch."""

import importlib.util
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import only_tensorflow

HERE = pathlib.Path(__file__).parents[1] / "helpers"
EPOCHS = 3

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="make test-backends installs JAX")


@only_tensorflow
def test_two_replicas_train_as_one_device():
    """Unequal parts, a loss over the whole batch, synchronised batch normalisation, latents and noise as on one device.

    1e-5 of a list's largest number; we have seen 1e-6.
    """
    done = subprocess.run(
        [sys.executable, HERE / "two_replicas.py"], check=True, capture_output=True, text=True, timeout=600
    )
    results = json.loads(done.stdout.splitlines()[-1])
    assert [len(result) for result in results.values()] == [2, 2, 8]
    for what, result in results.items():
        for name, found in result.items():
            assert found["to_one_device"] < 1e-5 and found.get("between_replicas", 0.0) == 0.0, (what, name)


@only_tensorflow
def test_many_machines_under_tensorflow_are_refused(make_gan, monkeypatch):
    import tensorflow as tf

    class Pretended(tf.distribute.MultiWorkerMirroredStrategy):
        pass

    with Pretended().scope():
        with pytest.raises(RuntimeError, match="keras-team/keras#20585.*KERAS_BACKEND=jax"):
            make_gan()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(folder, processes=1, devices=1, epochs=EPOCHS):
    """The workers of one run, as processes; what they say goes to FOLDER.rank.log."""
    port, workers = free_port(), []
    for rank in range(processes):
        log = open(f"{folder}.{rank}.log", "w")
        numbers = [str(n) for n in (rank, processes, devices, port)]
        command = [sys.executable, HERE / "worker.py", *numbers, folder, str(epochs)]
        workers.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ}))
    return workers


def finish(folder, workers):
    """Everything each worker ended with: weights, optimizers, losses, samples."""
    try:
        for rank, worker in enumerate(workers):
            assert worker.wait(timeout=600) == 0, pathlib.Path(f"{folder}.{rank}.log").read_text()[-2000:]
    finally:  # what waits for a failed one would wait for long
        for worker in workers:
            worker.kill()
    results = []
    for rank in range(len(workers)):
        with np.load(folder / f"{rank}.npz") as file:
            results.append([file[name] for name in file.files])
    return results


def distance(a, b):
    return max(np.abs(x - y).max() for x, y in zip(a, b, strict=True))


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "run"
    return finish(folder, start(folder))[0]


@needs_jax
@pytest.mark.parametrize("processes, devices", [(1, 2), (2, 1), (3, 1)])
def test_data_parallel_ends_where_one_device_does(alone, tmp_path, processes, devices):
    results = finish(tmp_path / "run", start(tmp_path / "run", processes, devices))
    assert all(distance(result, alone) < 1e-4 for result in results)
    assert all(distance(result, results[0]) == 0 for result in results)  # weights and samples alike on all


LAST_WORDS = {  # of the other process, by the rank of the dead one; rank 0 hosts JAX's own service
    0: "Terminating process because the JAX distributed service detected fatal errors",
    1: "RuntimeError: Process 0 of 2 lost another one, so this run is over. Start all",
}


def wait_until(true, log):
    until = time.monotonic() + 300
    while not true():
        assert time.monotonic() < until, log.read_text()[-2000:]
        time.sleep(0.05)


def newest(folder):
    return max((int(path.stem.removeprefix("epoch-")) for path in folder.glob("epoch-*.npz")), default=0)


def kill_one(folder, dead):
    """Start two workers, kill one two epochs on, and wait for the other's last words; without rank 0 it ends by itself."""
    workers, log = start(folder, processes=2, epochs=4000), pathlib.Path(f"{folder}.{1 - dead}.log")
    done = newest(folder)
    try:
        wait_until(lambda: newest(folder) >= done + 2, log)
        workers[dead].kill()
        wait_until(lambda: LAST_WORDS[dead] in log.read_text(), log)
        assert dead != 0 or workers[1].wait(timeout=300) != 0
    finally:
        for worker in workers:  # without rank 1, rank 0 would wait a minute for its heartbeat
            worker.kill()
            worker.wait()


@needs_jax
def test_a_worker_that_dies_ends_the_run_with_a_word_and_the_checkpoint_goes_on(tmp_path):
    folder = tmp_path / "run"
    for dead in LAST_WORDS:
        done = newest(folder)
        kill_one(folder, dead)
        assert f"from epoch {done}\n" in pathlib.Path(f"{folder}.0.log").read_text()
    done = newest(folder)
    finish(folder, start(folder, processes=2, epochs=done + 1))
    assert f"from epoch {done}\n" in pathlib.Path(f"{folder}.0.log").read_text()
