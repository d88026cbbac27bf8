import dcgan_course as dc  # isort: skip  (first: it keeps TensorFlow's start-up messages back)
import keras
import numpy as np
import pytest

only_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about TensorFlow")


@pytest.hookimpl(tryfirst=True)  # before the plugin that reads the marks
def pytest_collection_modifyitems(items):
    """A file's tests share a process, and what it has made; the bank of answers, which is long, by exercise."""
    for item in items:
        file = item.path.stem
        exercise = item.callspec.params["name"] if file == "test_bank" else ""
        item.add_marker(pytest.mark.xdist_group(f"{file} {exercise}"))


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def digits():
    return dc.datasets.load("digits", size=16)


@pytest.fixture
def make_gan():
    """A small GAN for 16×16 images, compiled; keyword arguments go to Strategy.

    It runs eagerly, which for a few steps is faster than tracing a graph, unless `steps_per_execution` is given or the
    backend is JAX, where it is far slower.
    """

    def make(loss="non_saturating", steps_per_execution=None, seed=0, **strategy):
        shape = (16, 16, 1)
        gan = dc.GAN(dc.networks.generator(shape, 8, width=4), dc.networks.discriminator(shape, width=4), seed=seed)
        jax = keras.backend.backend() == "jax"
        eager = steps_per_execution is None and not jax
        steps = steps_per_execution or 1  # without XLA, which would draw other latents than plain TensorFlow
        gan.compile(dc.Strategy(**strategy), loss, jit_compile=jax, steps_per_execution=steps, run_eagerly=eager)
        return gan

    return make


def numbers(tensor):
    """A NumPy copy of any backend's tensor."""
    return np.array(keras.ops.convert_to_numpy(tensor))


def weights_of(model):
    return [np.array(w) for w in model.get_weights()]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
