"""Run by test_checkpoint.py in a process that may be killed: trains on from a folder's checkpoint, tiny epochs, many writes.

python tests/helpers/killed.py FOLDER EPOCHS    → FOLDER/final.npz
"""

import pathlib
import sys

import keras
import numpy as np

import dcgan_course as dc

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()

keras.utils.set_random_seed(0)
folder, epochs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
shape = (16, 16, 1)
gan = dc.GAN(dc.networks.generator(shape, 8, width=4), dc.networks.discriminator(shape, width=4), seed=1)
gan.compile(dc.Strategy(averaging=0.9, instance_noise=0.1, clip_norm=1.0), jit_compile=keras.backend.backend() == "jax")
start = gan.resume(folder)
print("from epoch", start, flush=True)
images = dc.datasets.load("digits", size=16).images[:40]
batches = dc.datasets.Batches(images, 16, seed=2)
history = gan.fit(
    batches, epochs=epochs, initial_epoch=start, verbose=0, callbacks=[dc.Checkpoint(folder)] if start < epochs else []
).history
history.pop("images_per_second", None)
np.savez(
    folder / "final.npz",
    *[keras.ops.convert_to_numpy(v) for v in gan.state],
    *[np.array(history[name]) for name in sorted(history)],
    gan.sample(4, seed=3),
)
