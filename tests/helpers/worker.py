"""Run by test_devices.py under JAX: one of several processes that train one GAN together, or one with several devices.

python tests/helpers/worker.py RANK PROCESSES DEVICES PORT FOLDER EPOCHS    → FOLDER/RANK.npz
"""

import os
import pathlib
import sys

rank, processes, devices, port = (int(n) for n in sys.argv[1:5])
folder, epochs = pathlib.Path(sys.argv[5]), int(sys.argv[6])
os.environ["KERAS_BACKEND"] = "jax"
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"

import keras  # noqa: E402

if processes > 1:
    keras.distribution.initialize(f"127.0.0.1:{port}", processes, rank)

import numpy as np  # noqa: E402

import dcgan_course as dc  # noqa: E402

keras.utils.set_random_seed(0)
if processes * devices > 1:
    keras.distribution.set_distribution(keras.distribution.DataParallel())
shape = (16, 16, 1)
gan = dc.GAN(dc.networks.generator(shape, 8, width=4), dc.networks.discriminator(shape, width=4), seed=1)
gan.compile(dc.Strategy(averaging=0.9, instance_noise=0.1, clip_norm=1.0))
images = dc.datasets.load("digits", size=16).images[:96]
start = gan.resume(folder)
print("from epoch", start, flush=True)
batches = dc.datasets.Batches(images, 12, seed=2)
history = gan.fit(batches, epochs=epochs, initial_epoch=start, verbose=0, callbacks=[dc.Checkpoint(folder)]).history
np.savez(
    folder / f"{rank}.npz",
    *[keras.ops.convert_to_numpy(v) for v in gan.state],
    np.array(history["d_loss"]),
    gan.sample(4, seed=3),
)
