"""What alone differs between two arms: found in the networks and strategies that `trials` builds, not in what is said."""

import math

from keras import layers

from ... import networks
from ...gan import GAN
from . import changes, protocol, trials

KERNELS = (layers.Dense, layers.Conv2D, layers.Conv2DTranspose)
ACTIVATIONS = (layers.ReLU, layers.LeakyReLU)
ALIKE = 0.1  # numbers of parameters and multiply-adds that lie no further apart count as equal


def differences(arm, data):
    """The names, sorted, of what differs between an `Arm` and the one that it is compared with, on a data set."""
    ours, theirs = (describe(each, data) for each in (arm, protocol.arm(arm.against)))
    return sorted(name for name in ours if not _alike(ours[name], theirs[name]))


def _alike(a, b):
    return math.isclose(a, b, rel_tol=ALIKE) if isinstance(a, int) else a == b


def describe(arm, data):
    """What an `Arm` consists of on a data set, as plain values by name."""
    model = trials.build(arm, data, trials.Settings(), seed=0)
    gan = isinstance(model, GAN)
    generator, discriminator = (model.generator, model.discriminator) if gan else (model.decoder, model.encoder)
    images, _ = trials.images_of(arm, data, seed=0)
    return {
        **_of_network("G", generator),
        **_of_network("D", discriminator),
        "latents": (generator.input_shape[-1],),
        "loss": arm.loss if gan else "evidence lower bound",
        "clipping": arm.clip or "norm",
        "images": (arm.permuted, len(images), arm.case == "spiky"),
        "steps": arm.as_long_as,
        "tuning": (arm.tuned, arm.case == "fast"),
    }


def _of_network(name, network):
    flat = [layer for layer in _flat(network) if layer.name != "stretch"]  # it trains nothing
    kernels = [layer for layer in flat if isinstance(layer, KERNELS)]
    after_last = flat[flat.index(kernels[-1]) + 1 :]
    norms = [isinstance(layer, layers.BatchNormalization) for layer in flat]
    return {
        f"{name} layers": {type(layer).__name__ for layer in kernels},
        f"{name} filters": [getattr(layer, "filters", None) or layer.units for layer in kernels],
        f"{name} activations": {type(layer).__name__ for layer in flat if isinstance(layer, ACTIVATIONS)},
        f"{name} normalisation": (any(norms), any(isinstance(layer, layers.BatchNormalization) for layer in after_last)),
        f"{name} biases": ({layer.use_bias for layer in kernels[:-1]}, kernels[-1].use_bias),
        f"{name} first weights": {layer.kernel_initializer.get_config().get("stddev", "other") for layer in kernels},
        f"{name} parameters": changes.parameters(network),
        f"{name} multiply-adds": sum(networks.multiply_adds(layer) for layer in flat),
    }


def _flat(network):
    return [x for layer in network.layers for x in (_flat(layer) if hasattr(layer, "layers") else [layer])]
