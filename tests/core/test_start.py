import subprocess
import sys
import warnings
from importlib import metadata

import keras
import numpy as np
import pytest
from conftest import only_tensorflow

import dcgan_course as dc
from dcgan_course.start import Run, quiet_stderr


@pytest.fixture(autouse=True)
def no_profile_from_outside(monkeypatch):
    monkeypatch.delenv("DCGAN_COURSE_PROFILE", raising=False)


def test_start_says_what_it_runs_on(capsys):
    run = dc.start(seed=3)
    text = capsys.readouterr().out
    assert keras.__version__ in text and keras.backend.backend() in text and "profile laptop" in text and "seed 3" in text
    assert run.profile == "laptop" and run.devices and run.colab is False
    assert run.pick(smoke=1, laptop=2, gpu=3) == 2
    with pytest.raises(ValueError, match="No value for the profile 'laptop'. Received: smoke"):
        run.pick(smoke=1)


def test_start_gives_figures_the_look_of_the_course():
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        dc.start()
        assert matplotlib.rcParams["image.cmap"] == "gray" and matplotlib.rcParams["figure.constrained_layout.use"]


def test_start_seeds_numpy_weights_and_latents():
    draws = []
    for _ in range(2):
        dc.start(seed=5)
        kernel = dc.networks.discriminator((16, 16, 1), width=2).get_weights()[0]
        draws.append((np.random.rand(), kernel, keras.random.normal((2,), seed=keras.random.SeedGenerator())))
    for first, second in zip(*draws):
        assert np.array_equal(first, second)


def test_the_environment_overrides_the_profile(monkeypatch):
    monkeypatch.setenv("DCGAN_COURSE_PROFILE", "smoke")
    assert dc.start(profile="laptop").profile == "smoke"


def test_a_gpu_profile_without_gpu_warns(monkeypatch):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    with pytest.warns(UserWarning, match="no GPU was found"):
        dc.start(profile="gpu")
    assert [Run("gpu", 0, names, False).has_gpu for names in (("cpu:0",), ("cpu:0", "gpu:0"))] == [False, True]


@pytest.fixture
def say_needs(monkeypatch):
    """A function that lets the course's own metadata ask for these packages."""
    requires = metadata.requires

    def say(*needs):
        monkeypatch.setattr(metadata, "requires", lambda name: list(needs) if name == "dcgan-course" else requires(name))

    return say


def test_a_package_below_its_floor_is_named_with_the_way_out(say_needs):
    say_needs("keras>=99", "numpy>=1.26", "packaging>=98,<99", "not-installed>=1", 'pytest>=99; extra == "test"')
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dc.start()
    keras_says, packaging_says = (str(warning.message) for warning in caught)
    assert keras_says == (
        f"keras {keras.__version__} is installed, but the course needs keras>=99: "
        'run %pip install --upgrade "keras>=99" and restart the kernel.'
    )
    assert "packaging>=98" in packaging_says or "packaging<99,>=98" in packaging_says
    assert caught[0].filename == __file__


@pytest.mark.parametrize("needs", [None, [], ["keras>=3.10", "numpy"]], ids=["its own", "none", "all met"])
def test_packages_at_their_floors_are_not_mentioned(say_needs, needs):
    if needs is not None:
        say_needs(*needs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dc.start()


def test_without_metadata_nothing_is_said(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dc.start()


def test_colab_is_recognised(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert dc.start().colab is True


def test_bad_arguments(monkeypatch):
    with pytest.raises(ValueError, match="profile must be one of smoke, laptop, gpu. Received: 'desktop'"):
        dc.start(profile="desktop")
    for seed in (-1, 1.5, None, True, 2**32):
        with pytest.raises(ValueError, match="seed must be a whole number"):
            dc.start(seed=seed)
    monkeypatch.setenv("DCGAN_COURSE_PROFILE", "fast")
    with pytest.raises(ValueError, match="DCGAN_COURSE_PROFILE must be one of"):
        dc.start()


def test_importing_is_quiet_and_leaves_heavy_libraries_alone():
    code = (
        "import sys, dcgan_course as dc; dc.start();"
        "print(sorted({'sklearn.datasets', 'sklearn.svm', 'ipywidgets'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "" and result.stdout.splitlines()[-1] == "[]"


@only_tensorflow
def test_training_is_quiet_and_leaves_tensorflows_own_settings_alone():
    """The remapper trips over a discriminator's first block and says so as an error; switching it off would slow others."""
    code = (
        "import dcgan_course as dc, tensorflow as tf; dc.start(); digits = dc.datasets.load('digits', 16);"
        "gan = dc.GAN(dc.networks.generator((16, 16, 1), 8, width=4), dc.networks.discriminator((16, 16, 1), width=4));"
        "gan.compile(dc.Strategy.recipe()); gan.fit(digits.batches(300), verbose=0);"
        "print(tf.config.optimizer.get_experimental_options())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "" and "remapping" not in result.stdout.splitlines()[-1]


def test_stderr_comes_back_when_an_import_fails(capfd):
    import os

    with pytest.raises(ImportError), quiet_stderr():
        os.write(2, b"why it failed\n")
        raise ImportError
    assert "why it failed" in capfd.readouterr().err
    with quiet_stderr():
        os.write(2, b"noise\n")
    assert capfd.readouterr().err == ""
