"""Interrupted equals uninterrupted; nothing that happens to a file or a process loses what was kept before."""

import errno
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import warnings
import zipfile

import keras
import numpy as np
import pytest
from conftest import numbers, same

import dcgan_course as dc
from dcgan_course import checkpoints, places

KILLS = int(os.environ.get("DCGAN_COURSE_KILLS", 3))
SCRIPT = pathlib.Path(__file__).parents[1] / "helpers" / "killed.py"


def train(gan, images, folder, epochs, start=0, **options):
    callbacks = [dc.Checkpoint(folder, **options)]
    batches = dc.datasets.Batches(images, 32, seed=1)
    return gan.fit(batches, epochs=epochs, initial_epoch=start, callbacks=callbacks, verbose=0).history


def state_of(gan):
    return [numbers(v) for v in gan.state]


@pytest.fixture
def images(digits):
    return digits.images[:70]


def test_a_resumed_run_goes_on_like_one_that_was_not_stopped(make_gan, images, tmp_path):
    options = {"averaging": 0.9, "instance_noise": 0.1, "discriminator_learning_rate": 1e-3}
    whole, first, second = (make_gan(**options) for _ in range(3))
    for gan in (first, second):
        gan.set_weights(whole.get_weights())
    expected = train(whole, images, tmp_path / "whole", 4)
    train(first, images, tmp_path / "run", 2)
    second.generator.set_weights([w + 1 for w in second.generator.get_weights()])  # resume must put them right

    assert second.resume(tmp_path / "run") == 2
    assert same(state_of(second), state_of(first))
    found = train(second, images, tmp_path / "run", 4, start=2)
    assert list(found) == list(expected) and len(found["d_loss"]) == 4 and second.history.epoch == [0, 1, 2, 3]
    for name in set(found) - {"images_per_second"}:
        assert found[name] == pytest.approx(expected[name], rel=1e-4), name


def test_a_resumed_run_is_seen_on_the_latents_of_the_interrupted_one(make_gan, images, tmp_path):
    views = interrupted, resumed = [dc.LiveView(samples=4, seed=3) for _ in range(2)]
    for seed, view, epochs in zip((0, 1), views, (2, 4)):
        gan = make_gan(seed=seed, averaging=0.9)
        start = gan.resume(tmp_path)
        callbacks = [view, dc.Checkpoint(tmp_path)]
        gan.fit(dc.datasets.Batches(images, 32, seed=1), epochs=epochs, initial_epoch=start, callbacks=callbacks)
    assert np.array_equal(resumed.latents, interrupted.latents)
    assert list(resumed.snapshots) == [2, 3, 4] and np.array_equal(resumed.snapshots[2], interrupted.snapshots[2])


def test_a_new_folder_is_epoch_0_and_changes_nothing(make_gan, tmp_path):
    gan = make_gan()
    before = state_of(gan)
    assert gan.resume(tmp_path / "nothing yet") == 0 and same(state_of(gan), before)
    with pytest.raises(ValueError, match="Call compile"):
        dc.GAN(gan.generator, gan.discriminator).resume(tmp_path)


def test_the_newest_few_are_kept_and_the_last_epoch_always(make_gan, images, tmp_path):
    train(make_gan(), images[:32], tmp_path, 7, every=2, keep=2)
    assert [p.name for p in checkpoints.files(tmp_path)] == ["epoch-000007.npz", "epoch-000006.npz"]
    (tmp_path / f"{places.DRAFT}1234-epoch-000008.npz").write_bytes(b"half of it")
    train(make_gan(), images[:32], tmp_path, 8, start=7)
    assert not list(tmp_path.glob(f"{places.DRAFT}*"))


def test_a_run_that_is_stopped_early_keeps_its_last_epoch(make_gan, images, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 3

    gan = make_gan()
    callbacks = [dc.Checkpoint(tmp_path, every=3), Stop()]
    history = gan.fit(images[:32], epochs=60, callbacks=callbacks, verbose=0).history
    assert [p.name for p in checkpoints.files(tmp_path)] == ["epoch-000004.npz", "epoch-000003.npz"]
    other = make_gan(seed=1)
    assert other.resume(tmp_path) == 4 and same(state_of(other), state_of(gan))
    assert other.resumed["history"] == history


def test_another_run_in_a_used_folder_is_refused_and_nothing_is_lost(make_gan, images, tmp_path):
    train(make_gan(), images[:32], tmp_path, 5)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="epoch-000005.npz, and this one begins after epoch 0. Take that one up"):
        train(make_gan(), images[:32], tmp_path, 9)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_run_taken_up_from_one_folder_does_not_mix_with_that_of_another(make_gan, images, tmp_path):
    for name, epochs in (("one", 2), ("other", 4)):
        train(make_gan(), images[:32], tmp_path / name, epochs)
    gan = make_gan()
    start = gan.resume(tmp_path / "one")
    with pytest.raises(ValueError, match="epoch-000004.npz, and this one begins after epoch 2"):
        train(gan, images[:32], tmp_path / "other", 5, start=start)
    train(gan, images[:32], tmp_path / "one", 5, start=start)
    assert checkpoints.files(tmp_path / "one")[0].name == "epoch-000005.npz"


def damage(path, how):
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "cut off": content[:middle],
            "empty": b"",
            "a flipped byte": content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :],
            "something else": b"not a checkpoint at all",
        }[how]
    )


@pytest.mark.parametrize("how", ["cut off", "empty", "a flipped byte", "something else"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(make_gan, images, tmp_path, how):
    gan = make_gan()
    train(gan, images[:32], tmp_path, 2)
    kept = {}
    with np.load(tmp_path / "epoch-000001.npz") as file:
        kept = [file[f"arr_{i}"] for i in range(len(gan.state))]
    damage(tmp_path / "epoch-000002.npz", how)
    with pytest.warns(UserWarning, match="epoch-000002.npz is damaged"):
        assert gan.resume(tmp_path) == 1
    assert same(state_of(gan), kept)

    damage(tmp_path / "epoch-000001.npz", how)
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="None of the 2 checkpoints"):
        gan.resume(tmp_path)
    assert same(state_of(gan), kept)  # unchanged


def test_a_foreign_checkpoint_is_named(make_gan, images, tmp_path):
    train(make_gan(), images[:32], tmp_path, 1)
    shape = (16, 16, 1)
    other = dc.GAN(dc.networks.generator(shape, 8, width=8), dc.networks.discriminator(shape, width=8))
    other.compile()
    with pytest.warns(UserWarning, match=r"of a GAN with other networks.*this GAN has .*kernel"):
        with pytest.raises(ValueError, match="Build the GAN as it was"):
            other.resume(tmp_path)


def test_behind_a_foreign_checkpoint_the_sound_one_before_is_used(make_gan, images, tmp_path):
    gan = make_gan()
    train(gan, images[:32], tmp_path / "run", 1)
    kept = state_of(gan)
    shape = (16, 16, 1)
    other = dc.GAN(dc.networks.generator(shape, 8, width=8), dc.networks.discriminator(shape, width=8))
    other.compile()
    train(other, images[:32], tmp_path / "other", 2)
    os.replace(tmp_path / "other" / "epoch-000002.npz", tmp_path / "run" / "epoch-000002.npz")
    again = make_gan(seed=1)
    with pytest.warns(UserWarning, match="epoch-000002.npz is of a GAN with other networks.*trying the one before") as said:
        assert again.resume(tmp_path / "run") == 1
    assert len(said) == 1 and same(state_of(again), kept)


def test_another_strategy_is_pointed_out(make_gan, images, tmp_path):
    train(make_gan(clip_norm=1.0), images[:32], tmp_path, 1)
    with pytest.warns(UserWarning, match="trained with another strategy: clip_norm=1.0"):
        assert make_gan().resume(tmp_path) == 1


def test_another_loss_is_pointed_out(make_gan, images, tmp_path):
    train(make_gan("hinge"), images, tmp_path, 1)
    with pytest.warns(UserWarning, match="epoch-000001.npz was trained with another loss: hinge. It goes on with minimax."):
        assert make_gan("minimax").resume(tmp_path) == 1
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning)
        assert make_gan("hinge").resume(tmp_path) == 1


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def far_too_large(path):
    with open(path, "ab") as file:
        file.truncate(3 * 2**30)  # sparse: nothing of it is on the disk


def a_bomb(path):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("arr_999.npy", bytes(2**27))


@pytest.mark.parametrize("become", [a_pipe, far_too_large, a_bomb])
def test_a_file_that_would_hang_or_fill_the_memory_is_left_aside(make_gan, images, tmp_path, become):
    train(make_gan(), images, tmp_path, 2)
    become(tmp_path / "epoch-000002.npz")
    with pytest.warns(UserWarning, match="epoch-000002.npz is damaged .*trying the one before"):
        assert make_gan().resume(tmp_path) == 1


@pytest.mark.parametrize("change", ["a shorter list", "another shape", "not a number", "no history", "a strategy of text"])
def test_a_checkpoint_is_taken_up_whole_or_not_at_all(make_gan, images, tmp_path, change):
    train(make_gan(), images, tmp_path, 1)
    path = tmp_path / "epoch-000001.npz"
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    about, last = json.loads(str(arrays["about"])), f"arr_{len(arrays) - 2}"
    if change == "a shorter list":
        del arrays[last]
    elif change == "another shape":
        arrays[last] = np.zeros((3, 3), "float32")
    elif change == "not a number":
        arrays[last] = np.full_like(arrays[last], np.nan)
    elif change == "no history":
        del about["history"]
    else:
        about["strategy"] = "hinge"
    np.savez(path, **{**arrays, "about": json.dumps(about)})
    gan = make_gan()
    before = state_of(gan)
    with (
        pytest.raises(ValueError, match="None of the 1 checkpoints"),
        pytest.warns(UserWarning, match="epoch-000001.npz is"),
    ):
        gan.resume(tmp_path)
    assert same(before, state_of(gan)) and gan.resumed is None


def test_a_full_disk_is_an_error_and_loses_nothing(make_gan, images, tmp_path, monkeypatch):
    gan = make_gan()
    train(gan, images[:32], tmp_path, 2)
    before = {p.name: p.read_bytes() for p in checkpoints.files(tmp_path)}

    def full(file, *values, **named):
        file.write(b"the first bytes still fit")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints.np, "savez", full)
    with pytest.raises(OSError, match="epoch 3 could not be written.*epoch-000002.npz, epoch-000001.npz. Make room"):
        train(gan, images[:32], tmp_path, 4, start=2)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert np.isfinite(gan.sample(2)).all()


@pytest.mark.parametrize("bad", [{"every": 0}, {"keep": 0}, {"every": 1.5}, {"keep": True}])
def test_numbers_that_make_no_sense_are_refused(bad, tmp_path):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be a whole number.*Received"):
        dc.Checkpoint(tmp_path, **bad)


def run_to_the_end(folder, epochs):
    subprocess.run([sys.executable, SCRIPT, folder, str(epochs)], check=True, capture_output=True, timeout=300)
    with np.load(folder / "final.npz") as file:
        return [file[name] for name in file.files]


def test_killed_at_random_moments_it_ends_bit_for_bit_the_same(tmp_path):
    """`make soak` does it fifty times. Bit for bit on TensorFlow with deterministic ops, and on the others' CPUs."""
    epochs = 30 * (KILLS + 1)
    whole = run_to_the_end(tmp_path / "whole", epochs)
    folder, chance = tmp_path / "killed", random.Random(0)
    done = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, SCRIPT, folder, str(epochs)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout.readline() == f"from epoch {done}\n"  # never behind the last one that was there
        target = done + chance.randrange(1, 25)
        while not (folder / f"epoch-{target:06d}.npz").exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.03))  # somewhere in a step or in the middle of a write
        process.send_signal(signal.SIGKILL)
        process.communicate()
        done = int(checkpoints.files(folder)[0].stem.removeprefix("epoch-"))
        assert done >= target
    assert done < epochs
    killed = run_to_the_end(folder, epochs)
    assert all(np.array_equal(a, b) for a, b in zip(whole, killed, strict=True))
