"""start(): what every notebook does first. Seed, device, profile and versions."""

import contextlib
import dataclasses
import os
import pathlib
import platform
import sys
import tempfile
import warnings
from importlib import metadata

from .validate import whole_number

STYLE = pathlib.Path(__file__).with_name("course.mplstyle")
PROFILES = {
    "smoke": "seconds a notebook; results mean nothing",
    "laptop": "two cores, at most three minutes a notebook",
    "gpu": "larger networks, trained for longer",
}


@dataclasses.dataclass(frozen=True)
class Run:
    """What `start` found out."""

    profile: str  # "smoke", "laptop" or "gpu"
    seed: int  # of everything random
    devices: tuple  # names of the devices that Keras computes on
    colab: bool  # whether this is Google Colab

    @property
    def has_gpu(self):
        """Whether one of the devices is a GPU or another accelerator."""
        return any(not name.lower().startswith("cpu") for name in self.devices)

    def pick(self, **choices):
        """The value for this profile, `pick(smoke=1, laptop=30, gpu=200)`.

        Raises:
            ValueError: no value for this profile.
        """
        if self.profile not in choices:
            raise ValueError(f"No value for the profile {self.profile!r}. Received: {', '.join(choices)}.")
        return choices[self.profile]


def start(seed=0, profile="laptop"):
    """Seed everything, choose a profile and the look of figures, and say what this course runs on.

    Args:
        seed: a whole number; NumPy, Python and the Keras backend start from it.
        profile: "smoke", "laptop" or "gpu"; the environment variable DCGAN_COURSE_PROFILE overrides it.

    Returns:
        `Run`.

    Raises:
        ValueError: unknown profile, or a seed that is no whole number from 0 to 2³² - 1.

    Warns:
        UserWarning: an installed package is older than the course needs; the profile is "gpu", but there is no GPU.
    """
    import keras
    import matplotlib.style

    seed = whole_number("seed", seed, least=0, most=2**32 - 1)
    asked = os.environ.get("DCGAN_COURSE_PROFILE") or profile
    if asked not in PROFILES:
        origin = "profile" if asked == profile else "DCGAN_COURSE_PROFILE"
        raise ValueError(f"{origin} must be one of {', '.join(PROFILES)}. Received: {asked!r}.")
    for sentence in _too_old():
        warnings.warn(sentence, stacklevel=2)
    # CUDA says on stderr why it found no GPU: worth reading in the gpu profile alone
    with contextlib.nullcontext() if asked == "gpu" else quiet_stderr():
        devices = tuple(_devices())
        keras.utils.set_random_seed(seed)  # brings TensorFlow in, where it is installed, on any backend
    run = Run(asked, seed, devices, "google.colab" in sys.modules)
    matplotlib.style.use(STYLE)

    backend = keras.backend.backend()
    print(f"Python {platform.python_version()} · Keras {keras.__version__} · {backend} {metadata.version(backend)}")
    print(f"device  {', '.join(devices)}{' · Colab' if run.colab else ''} · {os.cpu_count()} CPU cores")
    print(f"profile {asked}: {PROFILES[asked]} · seed {seed}")
    if asked == "gpu" and not run.has_gpu:
        advice = 'profile="laptop"' if asked == profile else "DCGAN_COURSE_PROFILE=laptop"
        warnings.warn(f'The profile is "gpu", but no GPU was found: expect hours. Take {advice}.', stacklevel=2)
    return run


def _too_old():
    """A sentence for each installed package that is older than the course's own metadata asks for."""
    from packaging.requirements import Requirement

    try:
        needs = [Requirement(text) for text in metadata.requires("dcgan-course") or ()]
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return
    for need in needs:
        with contextlib.suppress(metadata.PackageNotFoundError):
            version = metadata.version(need.name)
            unasked = need.marker and not need.marker.evaluate({"extra": ""})
            if not unasked and not need.specifier.contains(version, prereleases=True):
                yield (
                    f"{need.name} {version} is installed, but the course needs {need.name}{need.specifier}: "
                    f'run %pip install --upgrade "{need.name}{need.specifier}" and restart the kernel.'
                )


def _devices():
    import keras

    if keras.backend.backend() != "torch":
        return keras.distribution.list_devices()
    import torch  # for which Keras has no list

    if torch.backends.mps.is_available():
        return ["mps:0"]
    return [f"cuda:{i}" for i in range(torch.cuda.device_count())] or ["cpu:0"]


@contextlib.contextmanager
def quiet_stderr():
    """Hold back what native libraries write to stderr; show it if the block fails. Sets TensorFlow's log level."""
    # TensorFlow also logs, as an error, that its remapper leaves a convolution before a LeakyReLU as it is: no harm done
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2" if os.environ.get("DCGAN_COURSE_PROFILE") == "gpu" else "3")
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(stderr, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
