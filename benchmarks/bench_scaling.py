"""Measures what a step costs: images per second and peak memory against batch size, width and image size.

Each setting runs in a process of its own, so that its peak memory is its own; what Python, Keras and the data take before
training begins is measured, too, and given beside it.

    python benchmarks/bench_scaling.py [--epochs 3]
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys

SETTINGS = {
    "batch": [(batch, 16, 32) for batch in (16, 32, 64, 128, 256)],
    "width": [(64, width, 32) for width in (8, 16, 32, 64)],
    "size": [(64, 16, size) for size in (16, 32, 64, 128)],
}
COUNT = 512  # images


def peak():
    """MiB; the kernel counts in KiB on Linux, in bytes on macOS."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)


def measure_one(batch, width, size, epochs):
    import dcgan_course as dc

    images = dc.datasets.load("shapes", size=size, count=COUNT).images
    nets = dc.networks.generator(images.shape[1:], width=width), dc.networks.discriminator(images.shape[1:], width=width)
    gan = dc.GAN(*nets)
    gan.compile(dc.Strategy.recipe())
    before = peak()
    history = gan.fit(dc.datasets.Batches(images, batch), epochs=epochs + 1, verbose=0).history
    speed = statistics.median(history["images_per_second"][1:])  # the first epoch compiles
    work = sum(3 * dc.networks.multiply_adds(net) for net in nets)
    print(json.dumps({
        "batch": batch, "width": width, "size": size, "images_per_second": round(speed, 1),
        "memory_before": before, "memory_peak": peak(), "multiply_adds": work,
    }))  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--one", type=int, nargs=3, metavar=("BATCH", "WIDTH", "SIZE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        return measure_one(*args.one, args.epochs)
    import measure

    result = {}
    for name, settings in SETTINGS.items():
        for setting in settings:
            command = [sys.executable, __file__, "--epochs", str(args.epochs), "--one", *map(str, setting)]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            result.setdefault(name, []).append(json.loads(out.splitlines()[-1]))
            row = result[name][-1]
            print(f"{name:6s} {setting}: {row['images_per_second']:8.1f} images/s, {row['memory_peak']} MiB", flush=True)
    measure.keep("scaling", {"images": COUNT, "settings": result})


if __name__ == "__main__":
    main()
