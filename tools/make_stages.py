"""Train the first lesson's network (seed 0) and keep what it makes at three moments, for the widget "real or fake?".

60 real digits are kept out of the training. As each epoch of `STAGES` begins, the averaged generator makes 20 fakes. With 20
of those real digits they are shown to the discriminator all through that epoch: kept is the mean of its D(x) over the steps,
like `d_real` and `d_fake` in the history, since at a single step D as a whole swings up and down. D sees them in inference
mode and without instance noise.

    python tools/make_stages.py
"""

import pathlib
import sys

import dcgan_course as dc

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "benchmarks"))
from bench_start_here import RECIPE  # isort: skip
import keras
import numpy as np

STAGES = {"early": 2, "middle": 6, "late": RECIPE["epochs"]}  # name: epoch
EACH = 20  # fakes, and as many real digits, per stage
OUT = pathlib.Path(__file__).parents[1] / "data" / "models" / "stages.npz"


class Stages(keras.callbacks.Callback):
    """Makes fakes when a stage's epoch begins, and asks D about them and about real digits all through it."""

    def __init__(self, real):
        super().__init__()
        self.real = dict(zip(STAGES.values(), np.split(real, len(STAGES))))
        self.images, self.answers = {}, {epoch: [] for epoch in STAGES.values()}  # D(x) at each step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1
        if self.epoch in self.real:
            fake = self.model.sample(EACH, seed=self.epoch)
            self.images[self.epoch] = dc.datasets.to_uint8(np.concatenate([fake, self.real[self.epoch]]))

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch in self.images:
            logits = self.model.discriminator(dc.datasets.to_float(self.images[self.epoch]), training=False)
            self.answers[self.epoch].append(keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))[:, 0])


def main():
    dc.start(seed=0)
    digits = dc.datasets.load("digits", size=32)
    order = np.random.default_rng(0).permutation(len(digits))
    real, rest = np.split(digits.images[order], [EACH * len(STAGES)])
    gan = dc.GAN(
        dc.networks.generator(digits.image_shape, width=RECIPE["width"]),
        dc.networks.discriminator(digits.image_shape, width=RECIPE["width"]),
    )
    gan.compile(dc.Strategy(**RECIPE["strategy"]), steps_per_execution=1)  # so that D is asked at every step
    stages = Stages(real)
    batches = dc.datasets.ImageDataset(rest).batches(RECIPE["batch_size"])
    gan.fit(batches, epochs=RECIPE["epochs"], verbose=0, callbacks=[stages])

    score = np.concatenate([np.mean(stages.answers[epoch], axis=0) for epoch in STAGES.values()])
    arrays = {
        "images": np.concatenate([stages.images[epoch] for epoch in STAGES.values()])[..., 0],
        "real": np.tile(np.repeat([False, True], EACH), len(STAGES)),
        "stage": np.repeat(np.arange(len(STAGES), dtype="uint8"), 2 * EACH),
        "score": score.astype("float32"),
        "epochs": np.array(list(STAGES.values()), "uint8"),
        "names": np.array(list(STAGES)),
    }
    OUT.parent.mkdir(exist_ok=True)
    np.savez_compressed(OUT, **arrays)
    for i, name in enumerate(STAGES):
        fake, true = (score[(arrays["stage"] == i) & (arrays["real"] == real)] for real in (False, True))
        print(
            f"{name:7s} D(x) of fakes {fake.mean():.2f}, of real digits {true.mean():.2f}; by D(x) ≥ 0.5 right: "
            f"{(fake < 0.5).mean():.0%} and {(true >= 0.5).mean():.0%}; "
            f"pairs in the right order: {(fake[:, None] < true).mean():.0%}"
        )
    print(f"{OUT.name}: {OUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
