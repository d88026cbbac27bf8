"""Claim: `LiveView` costs under 5 % of training time in a notebook, with `Doctor` and `Checkpoint` beside it under 10 %;
`import dcgan_course` under 0.5 s after Keras.

The callbacks run in a real Jupyter kernel, so pictures are drawn, encoded and sent. Runs with and without them take
turns; the figure is the median of the ratios. The imports are timed in new processes, by turns.

    python benchmarks/bench_live_view.py [--rounds 12] [--epochs 30]
"""

import argparse
import ast
import statistics
import subprocess
import sys

import measure
import nbformat
from nbclient import NotebookClient

TRAIN = """
import tempfile, time, dcgan_course as dc
dc.start(seed=0)
digits = dc.datasets.load("digits", size=32)
gan = dc.GAN(dc.networks.generator(digits.image_shape, width=16), dc.networks.discriminator(digits.image_shape, width=16))
gan.compile(dc.Strategy.recipe())
batches, seconds = digits.batches(64), {"without": [], "view": [], "all three": []}
gan.fit(batches, epochs=EPOCHS, callbacks=[dc.LiveView()])  # warms everything up
for round_ in range(ROUNDS):
    three = [dc.LiveView(), dc.Doctor(digits), dc.Checkpoint(tempfile.mkdtemp())]
    arms = [("without", []), ("view", [dc.LiveView()]), ("all three", three)]
    for name, callbacks in arms[:: 1 if round_ % 2 else -1]:
        begun = time.perf_counter()
        gan.fit(batches, epochs=EPOCHS, callbacks=callbacks, verbose=0)
        seconds[name].append(time.perf_counter() - begun)
"""
BOUNDS = {"view": 0.05, "all three": 0.1}
IMPORT = "import time; {first}; t = time.perf_counter(); {second}; print(time.perf_counter() - t)"


def view_overhead(rounds, epochs):
    cells = [
        nbformat.v4.new_code_cell(TRAIN.replace("ROUNDS", str(rounds)).replace("EPOCHS", str(epochs))),
        nbformat.v4.new_code_cell("seconds"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=3600, kernel_name="python3").execute()
    seconds = ast.literal_eval(notebook.cells[1].outputs[0]["data"]["text/plain"])
    return {arm: [round(w / wo - 1, 4) for w, wo in zip(seconds[arm], seconds["without"])] for arm in BOUNDS}


def seconds_of(first, second):
    code = IMPORT.format(first=first, second=second)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return float(out.split()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=30)
    args = parser.parse_args()
    overheads = view_overhead(args.rounds, args.epochs)
    medians = {arm: round(statistics.median(shares), 4) for arm, shares in overheads.items()}
    for arm, shares in overheads.items():
        verdict = "claim holds" if medians[arm] < BOUNDS[arm] else "CLAIM FAILS"
        print(f"{arm}: {', '.join(f'{100 * o:+.1f} %' for o in shares)}; median {100 * medians[arm]:+.1f} %: {verdict}")
    added = [seconds_of("import keras", "import dcgan_course") for _ in range(args.rounds)]
    keras = [seconds_of("pass", "import keras") for _ in range(args.rounds)]
    print(f"import keras {statistics.median(keras):.2f} s, then import dcgan_course {statistics.median(added):.2f} s more")
    measure.keep(
        "live_view",
        {
            "epochs": args.epochs,
            "overheads": overheads,
            "medians": medians,
            "import_seconds": [round(a, 3) for a in added],
        },
    )


if __name__ == "__main__":
    main()
