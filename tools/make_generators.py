"""Train the generators of clothes and of people that ship with the package: data/models/fashion.npz and people.npz.

Kept are the averaged generator's weights as float16, four directions in the latents (see make_digits.py), of people also the
mean latent of each tone; the first 64 samples of seed 0, unpicked, as a picture; and in a JSON file how the generator was
trained and what the quality report says.
It takes about half an hour each on two cores. With --checkpoints a run that was stopped goes on.

    python tools/make_generators.py people [--checkpoints FOLDER] [--seed 0]
"""

import argparse
import dataclasses
import json
import pathlib

import dcgan_course as dc
from dcgan_course import evaluation

import keras  # isort: skip
import numpy as np
from make_digits import find_directions
from PIL import Image

OUT = pathlib.Path(__file__).parents[1] / "data" / "models"
LATENTS = 4000  # to find directions with
RECIPES = {
    "fashion": {
        "size": 32,
        "width": 24,
        "of_a_class": True,
        "discriminator": {},
        "batch_size": 64,
        "epochs": 60,
        "strategy": {"beta_1": 0.5, "instance_noise": 0.0, "averaging": 0.998},
        "last_rate": 0.1,
    },
    "people": {
        "size": 64,
        "width": 24,
        "of_a_class": False,
        "discriminator": {"norm": False, "head": 64},  # with the penalty below: bench_people.py compares
        "batch_size": 32,
        "epochs": 400,
        "strategy": {
            "learning_rate": 1e-3,
            "augment": "translate,cutout",
            "gradient_penalty": 1.0,
            "instance_noise": 0.0,
            "averaging": 0.998,
        },
        "last_rate": 0.1,  # the learning rates fall in a line to this share of what they were
    },
}


def train(name, seed=0, checkpoints=None, **changes):
    """A GAN trained as `RECIPES` says, but for the entries in `changes`, and its data set."""
    recipe = {**RECIPES[name], **changes}
    dc.start(seed=seed)
    dataset = dc.datasets.load(name, size=recipe["size"])
    options = {"width": recipe["width"], "classes": len(dataset.class_names) if recipe["of_a_class"] else None}
    shape = dataset.image_shape
    discriminator = dc.networks.discriminator(shape, **options, **recipe["discriminator"])
    gan = dc.GAN(dc.networks.generator(shape, **options), discriminator, seed=seed)
    strategy = dc.Strategy.recipe(**recipe["strategy"])
    gan.compile(strategy)

    def rate(epoch):
        return strategy.learning_rate * (1 - (1 - recipe["last_rate"]) * epoch / recipe["epochs"])

    callbacks = [keras.callbacks.LearningRateScheduler(rate)]
    begin = 0
    if checkpoints is not None:
        begin = gan.resume(checkpoints)
        callbacks.append(dc.Checkpoint(checkpoints, every=10))
    gan.fit(
        dataset.batches(recipe["batch_size"], seed=seed),
        epochs=recipe["epochs"],
        initial_epoch=begin,
        callbacks=callbacks,
        verbose=2,
    )
    return gan, dataset


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--checkpoints", type=pathlib.Path, help="a folder to go on from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, default=OUT)
    args = parser.parse_args()
    gan, dataset = train(args.name, args.seed, args.checkpoints)
    generator = gan.averaged_generator
    generator.set_weights([w.astype("float16").astype("float32") for w in generator.get_weights()])
    latents = gan.latents(LATENTS, seed=1)
    labels = gan.labels_for(LATENTS)
    kept = {"directions": find_directions(generator, latents, *([] if labels is None else [labels]))}
    if labels is None:
        means = dc.sampling.mean_latents(gan, evaluation.classifier(dataset), LATENTS, seed=1)
        kept["means"] = np.stack([means[number] for number in range(len(dataset.class_names))])
    kept |= {"image_shape": dataset.image_shape, "class_names": dataset.class_names}
    kept |= {f"weights_{i:02d}": w.astype("float16") for i, w in enumerate(generator.get_weights())}
    np.savez_compressed(args.out / f"{args.name}.npz", **kept)
    sheet = dc.save_images(gan.sample(64, seed=0), args.out / f"{args.name}.png", columns=16)
    with Image.open(sheet) as picture:  # 256 colours: a third of the bytes
        small = picture.quantize(256, dither=Image.Dither.NONE)
    small.save(sheet, optimize=True)
    quality = evaluation.report(gan, dataset, seed=0)
    about = {"seed": args.seed, **RECIPES[args.name], "quality": dataclasses.asdict(quality)}
    (args.out / f"{args.name}.json").write_text(json.dumps(about, indent=1) + "\n")
    print(quality)


if __name__ == "__main__":
    main()
