"""Draw data/samples.png, the README's picture: the first lesson's network (seed 0) beside the real digits.

python tools/make_samples.py
"""

import pathlib
import sys

import dcgan_course as dc

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "benchmarks"))
from bench_start_here import RECIPE  # isort: skip
import matplotlib.pyplot as plt
import numpy as np

dc.start(seed=0)
digits = dc.datasets.load("digits", size=32)
gan = dc.GAN(
    *(make(digits.image_shape, width=RECIPE["width"]) for make in (dc.networks.generator, dc.networks.discriminator))
)
gan.compile(dc.Strategy(**RECIPE["strategy"]))
gan.fit(digits.batches(RECIPE["batch_size"]), epochs=RECIPE["epochs"], callbacks=[dc.LiveView()])
real = digits.images[np.random.default_rng(0).choice(len(digits), 48, replace=False)]

figure, axes = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
for ax, images, title in zip(axes, (gan.sample(48, seed=1), real), ("made by the network", "written by people")):
    grid = dc.plots.grid(images, columns=8)
    ax.imshow(grid.axes[0].images[0].get_array(), cmap="gray", vmin=0, vmax=1)
    ax.set_title(title)
    ax.axis("off")
figure.savefig(pathlib.Path(__file__).parents[1] / "data" / "samples.png", dpi=80)
