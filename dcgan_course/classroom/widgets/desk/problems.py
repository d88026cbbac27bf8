"""What the training desk can be given to learn: digits, or a toy whose whole world fits into one picture."""

import keras
import numpy as np
from keras import layers
from scipy.special import expit

from .... import datasets, networks
from .density import Density

REACH = 1.7  # the toy's plane goes from -REACH to REACH
FINE = 41  # points along one side at which the discriminator is asked for its field
TRIANGLES = 32  # generated points that are drawn one by one: more would hide the real ones


class Digits:
    """Real handwritten digits, 16×16, and the course's own two networks at width 8."""

    title = "samples from fixed latents"
    batch_size = 64  # examples in one step
    n_latents = 128  # fixed latents whose fakes the picture needs
    probes = None  # further inputs (n, …) whose logits the picture needs

    def __init__(self):
        self.data = datasets.load("digits", size=16).images  # float32 (N, 16, 16, 1) in [-1, 1]

    def networks(self):
        """A new generator, latents `(B, 100)` → images, and discriminator, images → logits `(B, 1)`."""
        shape = self.data.shape[1:]
        return networks.generator(shape, width=8), networks.discriminator(shape, width=8)

    def artists(self, axes, real):
        """Prepare the axes of the samples; the artists that `show` moves."""
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        self.image = axes.imshow(np.zeros((6 * 18, 8 * 18)), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
        return [self.image]

    def show(self, fakes, probe_logits):
        """Put the first 48 of the images `(n, 16, 16, 1)` into the picture."""
        framed = np.pad(fakes[:48, ..., 0], ((0, 0), (1, 1), (1, 1)), constant_values=1)
        self.image.set_data(framed.reshape(6, 8, 18, 18).swapaxes(1, 2).reshape(6 * 18, 8 * 18))


class Ring:
    """Points on a ring of eight Gaussians (Metz et al. 2017, arXiv 1611.02163, figure 2), dense networks for both.

    Its picture is the plane: D(x) as a field of colours, the generator's density, some of its points as triangles, and real
    points as dots.
    """

    title = "D(x), G's density, and real points"
    batch_size, n_latents = 128, 2000

    def __init__(self):
        self.data = ring(4096)
        side = np.linspace(-REACH, REACH, FINE, dtype="float32")
        self.probes = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)  # a grid over the plane

    def networks(self):
        """A new generator, latents `(B, 8)` → points `(B, 2)`, and discriminator, points → logits `(B, 1)`."""
        latents, points = keras.Input((8,), name="latents"), keras.Input((2,), name="points")
        fakes = layers.Dense(2, name="to_point")(_hidden(latents, "relu"))
        logits = layers.Dense(1, name="logit")(_hidden(points, "leaky_relu"))
        return keras.Model(latents, fakes, name="generator"), keras.Model(points, logits, name="discriminator")

    def artists(self, axes, real):
        """Prepare the plane; the artists that `show` moves."""
        axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal")
        extent = (-REACH, REACH, -REACH, REACH)
        look = {"cmap": "cividis", "vmin": 0, "vmax": 1, "alpha": 0.5, "interpolation": "bilinear"}
        self.field = axes.imshow(np.zeros((FINE, FINE)), origin="lower", extent=extent, **look)
        axes.figure.colorbar(self.field, ax=axes, fraction=0.04, pad=0.02, ticks=[0, 0.5, 1])  # the title says of what
        self.density = Density(axes)
        look = {"color": "white", "markeredgecolor": "black", "markeredgewidth": 0.6, "markersize": 4}
        (self.triangles,) = axes.plot([], [], "^", label="G(z)", **look)
        (dots,) = axes.plot(*real.T, ".", color="black", markersize=2, label="real")
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.1), "borderaxespad": 0, "ncols": 4, "frameon": False}
        tight = {"fontsize": "x-small", "handlelength": 1, "handletextpad": 0.4, "columnspacing": 1}
        axes.legend(handles=[dots, self.triangles, *self.density.key], **below, **tight)
        return [self.field, self.density.artist, self.triangles, dots]

    def show(self, fakes, probe_logits):
        """Put points `(n, 2)` and the grid's logits `(FINE²,)` into the picture."""
        self.field.set_data(expit(probe_logits).reshape(FINE, FINE))
        self.density.show(fakes)
        self.triangles.set_data(*fakes[:TRIANGLES].T)


def ring(n, seed=0):
    """Points, float32 `(n, 2)`, of eight Gaussians (standard deviation 0.05) with centres evenly on the unit circle."""
    rng = np.random.default_rng(seed)
    angles = rng.integers(8, size=n) * (2 * np.pi / 8)
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return (centres + 0.05 * rng.standard_normal((n, 2))).astype("float32")


def _hidden(x, activation):
    for i in (1, 2):
        x = layers.Dense(32, activation, name=f"hidden{i}")(x)
    return x


PROBLEMS = {"digits": Digits, "ring": Ring}
