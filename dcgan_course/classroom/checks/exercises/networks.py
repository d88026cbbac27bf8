"""Checks of whole networks: the generator of A1, the discriminator of A2, exercises of chapters 04.1 and 04.2."""

import keras
import numpy as np

from ..engine import probe
from ..engine.result import Wrong, check, expect
from ..engine.stand_ins import traced

LATENT_DIMS, COUNT = (16, 7), 4
ENDS = np.arctanh(0.999)  # beyond it, a float32 in [-1, 1] is too coarse


@check("chapter 04.1, Build Radford's generator")
def generator(answer, size=64, latent_dim=LATENT_DIMS[0], channels=1):
    """`answer(latent_dim, channels)`: a generator for square images of `size` pixels a side (A1, chapter 04.1)."""
    tried, models = {(latent_dim, channels), (LATENT_DIMS[1], 3)}, []
    for latent_dim, channels in sorted(tried, reverse=True):
        model = _network(answer, "generator", (latent_dim,), latent_dim=latent_dim, channels=channels)
        latents = np.random.default_rng(0).standard_normal((COUNT, latent_dim)).astype("float32")
        with traced() as calls:
            images = probe.array(model(latents, training=True), "The generator's output")
        _image_shape(images.shape[1:], size, channels)
        models.append(model)
    yield f"latents become images of {size}×{size}, grey and colour"
    probe.separate(models, "generators")
    extreme = probe.array(model(1e8 * latents, training=False), "The generator's output")
    expect(np.isfinite(images).all() and np.isfinite(extreme).all(), "Some pixels are infinite or NaN.")
    varied = min(np.ptp(x, axis=0).max() / (np.abs(x).max() or 1) for x in (images, extreme))
    expect(varied > 1e-4, "Every latent gives the same image: is it used at all?")
    _in_range(images, extreme)
    yield "pixels in [-1, 1] whatever the latents are"
    probe.follows_batches(model, latents)
    yield "batch normalisation that follows the batches in training and rests in sampling"
    expect(
        _curved(lambda z: np.arctanh(probe.array(model(z, training=False), "The output")), latents, ENDS),
        "But for the last activation the network is linear: several layers in a row without an activation in between can do "
        "no more than one.",
        "chapter 03.1, Third question",
    )
    yield "activations between the layers"
    _convolutional(model)
    _narrowing(calls)
    yield "filters that become fewer towards the image"
    probe.gradients_reach_everything(model, latents)
    yield "gradients reach the first layer"


def _image_shape(shape, size, channels):
    if len(shape) != 3:
        raise Wrong(
            f"Images (height, width, channels) should come out. Received: {shape}."
            + (" A Flatten or Dense at the end has nothing to do here." if len(shape) == 1 else "")
        )
    if shape[:2] != (size, size):
        hint = f"The images are {shape[0]}×{shape[1]}, not {size}×{size}."
        if shape[0] != shape[1]:
            raise Wrong(hint + " The axes are height, width, channels, in this order.")
        doublings = {size // 2: " One doubling is missing.", size * 2: " One doubling is too many."}
        even = size % shape[0] == 0 or shape[0] % size == 0
        other = (
            " Count the doublings from the first map on. Which argument doubles?" if even else " Which padding adds pixels?"
        )
        raise Wrong(hint + doublings.get(shape[0], other))
    expect(
        shape[2] == channels,
        f"Channels asked for: {channels}; the images have {shape[2]}. Is the number written in, or does the last layer "
        "have hidden filters?",
    )


def _network(answer, name, shape, **arguments):
    """The model that an answer makes for inputs of a shape."""
    expect(not isinstance(answer, keras.Model), f"That is a {name}. The check needs the function that makes it: its name.")
    model = probe.network(probe.call(answer, **arguments), f"The {name}")
    takes = getattr(model, "input_shape", None)
    expect(
        takes is None or [b if a is None else a for a, b in zip(takes[1:], shape)] == list(shape),
        f"A network for inputs of shape {shape} was asked for, and yours takes {takes}: is a size written in?",
    )
    return model


def _convolutional(model):
    expect(
        any(len(v.shape) == 4 for v in model.variables),
        "There is no convolution in it: a dense layer does not know which pixels are neighbours.",
        "chapter 02.1, Convolution",
    )


def _curved(function, x, ends=np.inf):
    """Whether f(a + b) + f(0) differs from f(a) + f(b) by more than rounding: whether f is not affine.

    Asked with short and long a and b: a short one may be too little to wake a unit whose running mean is far from 0. Where
    a long one drives most of f beyond `ends`, it says nothing more.
    """
    for length in (0.1, 1.0, 10.0, 100.0, 1000.0):
        a, b = length * x[0], length * x[1]
        with np.errstate(divide="ignore", invalid="ignore"):  # arctanh at 1
            values = function(np.stack([a + b, 0 * a, a, b]))
        inside = np.abs(values).max(axis=0) < ends
        if inside.mean() < 0.5:
            return False
        both, none, first, second = values[:, inside]
        rounding = 1e-3 * np.abs(first - none).max() + 1e-5 * np.abs(values[:, inside]).max()
        if np.abs(both + none - first - second).max() > rounding:
            return True
    return False


def _in_range(images, extreme):
    """Raise `Wrong` unless images, and those of very large latents, lie in [-1, 1] and use that range."""
    pixels = np.concatenate([images.ravel(), extreme.ravel()])
    expect(
        np.abs(pixels).max() <= 1 + 1e-5,
        "Pixels leave [-1, 1], where all real images lie: the discriminator tells fakes by that alone. Which activation "
        "ends a generator, and does anything come after it?",
        "chapter 03.1, First question",
    )
    expect(
        pixels.min() < -1e-6,
        "No pixel is below 0, as after a sigmoid or a ReLU; the real images' background is -1.",
        "chapter 03.1, First question",
    )
    expect(
        np.abs(extreme).max() > 0.5 and pixels.max() > 1e-6,
        "Even for very large latents all pixels stay near 0. Is the range cut off, or the signal lost on its way?",
    )


def _narrowing(calls):
    """Filters must not grow from map to map, as far as the convolutions are Keras layers."""
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    hidden = [shape for layer, shape in calls if isinstance(layer, kinds)][:-1]
    growing = [(a, b) for a, b in zip(hidden, hidden[1:]) if b[-1] > a[-1] and b[1] > a[1]]
    expect(
        not growing,
        f"Filters grow towards the image: {', '.join(f'{a[-1]} → {b[-1]} at {b[1]}×{b[2]}' for a, b in growing)}. Four "
        "times the positions with more filters each: the last layers do nearly all the work.",
        "chapter 04.1, Defect 3",
    )


@check("chapter 04.2, Build Radford's discriminator")
def discriminator(answer, sizes=(32, 16), channels=(1, 3)):
    """`answer(image_shape)`: a discriminator, images → one logit each (A2, chapter 04.2)."""
    models = []
    for size, depth in zip(sizes, channels):
        model = _network(answer, "discriminator", (size, size, depth), image_shape=(size, size, depth))
        images = np.random.default_rng(0).uniform(-1, 1, (COUNT, size, size, depth)).astype("float32")
        with traced() as calls:
            logits = probe.array(model(images, training=True), "The discriminator's output")
        _one_number_each(logits.shape)
        models.append(model)
    yield f"{COUNT} images become {COUNT} numbers, grey and colour, two sizes"
    probe.separate(models, "discriminators")
    extreme = _extreme(model, images), _turned_round(calls, lambda: _extreme(model, images))
    expect(
        all(np.isfinite(batch).all() for batch in (logits, *extreme)),
        "Some logits are infinite or NaN. Does the last layer take a logarithm or a root?",
    )
    expect(  # a ReLU at the end may be 0 for all images as they are
        any(np.ptp(batch) > 1e-5 * np.abs(batch).max() for batch in (logits, *extreme)),
        "Every image gets the same number. A softmax over a single number, for one, is always 1.",
    )
    extreme = np.concatenate(extreme)
    expect(
        np.abs(extreme).max() > 1 + 1e-3,
        "All outputs lie in [0, 1], as after a sigmoid. The losses are written for logits and apply the sigmoid "
        "themselves; twice is once too often."
        if extreme.min() >= 0
        else "All outputs lie in [-1, 1], as after tanh. A logit is any number: the last layer has no activation.",
        "chapter 04.2, The idea",
    )
    expect(
        extreme.min() < 0,
        "No output is ever negative, as after a ReLU: then nothing can be called fake. A logit is any number.",
        "chapter 04.2, The idea",
    )
    expect(
        extreme.max() > 0,
        "No output is ever positive, as after the logarithm of a sigmoid: then nothing can be called real. A logit is any "
        "number.",
        "chapter 04.2, The idea",
    )
    yield "logits, unbounded on both sides"
    expect(
        _curved(lambda x: probe.array(model(x, training=False), "The output"), images),
        "The network is linear: several layers in a row without an activation in between can do no more than one.",
        "chapter 03.1, Third question",
    )
    yield "activations between the layers"
    _convolutional(model)
    if probe.statistics(model):
        probe.follows_batches(model, images)
        yield "batch normalisation that follows the batches in training and rests in inference"
    probe.gradients_reach_everything(model, images)
    yield "gradients reach the first layer"


def _extreme(model, images):
    """The outputs for images a million times as bright, and for their negatives."""
    bright = np.concatenate([1e6 * images, -1e6 * images])
    return probe.array(model(bright, training=False), "The discriminator's output").ravel()


def _turned_round(calls, function):
    """What `function` gives with the last layer's weights times -1000: for a logit, -1000 times as much."""
    last = [layer for layer, _ in calls if layer.weights and not list(layer._flatten_layers(include_self=False))][-1:]
    weights = [v for layer in last for v in layer.trainable_weights]
    before = probe.copies(weights)
    try:
        for v, value in zip(weights, before):
            v.assign(-1000 * value)
        return function()
    finally:
        for v, value in zip(weights, before):
            v.assign(value)


def _one_number_each(shape):
    if shape in ((COUNT, 1), (COUNT,)):
        return
    hint = f"One number for each of {COUNT} images should come out, shape ({COUNT}, 1). Received: {shape}."
    if shape == () or shape[0] == 1:
        hint += " Was there a mean over the batch? Every image needs its own."
    elif len(shape) == 4:
        hint += " That is still a map: was Flatten called before the last layer?"
    elif len(shape) == 2:
        hint += " Real or fake is one question: one number answers it."
    raise Wrong(hint, "chapter 04.2, Defect 1: Flatten is never called")
