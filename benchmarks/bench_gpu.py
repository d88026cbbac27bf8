"""Claim: on a GPU our step under JAX or PyTorch is at least as fast as compiled, channels-last, bfloat16 PyTorch.

Same networks, 64×64, batches of 128, by turns in one process; a figure is the median of the rounds. Needs an NVIDIA GPU that
PyTorch and Keras' backend both see: of pyproject.toml's extras, `torch` brings PyTorch and `jax-cuda` JAX with CUDA. Where
one of the two sees none, it says which and measures nothing.

    KERAS_BACKEND=jax python benchmarks/bench_gpu.py [--width 64 128] [--rounds 7]
"""

import argparse
import statistics
import time

import dcgan_course as dc

import keras  # isort: skip
import torch
import torch_gan

SIZE, BATCH, STEPS = 64, 128, 40


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    run = dc.start(seed=0, profile="gpu")
    if not run.has_gpu or not torch.cuda.is_available():
        backend, gpu = keras.backend.backend(), "a GPU" if torch.cuda.is_available() else "no GPU"
        print(f"Nothing measured: Keras on {backend} sees {', '.join(run.devices)}, PyTorch {gpu}.")
        print("The extra jax-cuda installs JAX with CUDA, the extra torch PyTorch.")
        return
    data = dc.datasets.load("shapes", size=SIZE, count=BATCH * STEPS)
    images = torch.from_numpy(data.images.transpose(0, 3, 1, 2).copy()).cuda()
    result = {}
    for width in args.width:
        models = {"PyTorch compiled": torch_gan.Trainer(SIZE, data.image_shape[-1], width, "cuda", True, torch.bfloat16)}
        for precision in ("float32", "bfloat16"):
            gan = dc.GAN(
                dc.networks.generator(data.image_shape, width=width),
                dc.networks.discriminator(data.image_shape, width=width),
            )
            gan.compile(dc.Strategy(precision=precision))
            models[f"ours, {precision}"] = gan
        batches = data.batches(BATCH, drop_remainder=True)
        seconds = {name: [] for name in models}
        for round_ in range(args.rounds + 1):
            for name, model in models.items():
                begun = time.perf_counter()
                if isinstance(model, torch_gan.Trainer):
                    model.epoch(images, BATCH)
                    torch.cuda.synchronize()
                else:
                    model.fit(batches, epochs=1, verbose=0)  # its losses are read at the end, which waits for the device
                if round_:
                    seconds[name].append(time.perf_counter() - begun)
        speeds = {name: round(BATCH * STEPS / statistics.median(took)) for name, took in seconds.items()}
        pairs = zip(seconds["PyTorch compiled"], seconds["ours, bfloat16"])
        ratio = round(statistics.median(p / o for p, o in pairs), 2)
        result[f"width {width}"] = {"images_per_second": speeds, "ratio": ratio, "holds": ratio >= 1.0}
        print(f"width {width}: {speeds}; ours over PyTorch {ratio}: {'holds' if ratio >= 1 else 'FAILS'}", flush=True)
    import measure

    record = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "size": SIZE, "batch": BATCH}
    measure.keep(f"gpu_{keras.backend.backend()}", {**record, "widths": result})


if __name__ == "__main__":
    main()
