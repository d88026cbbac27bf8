"""Strategy: how the two networks are trained, as one object. Each field is a lesson of chapter 03.3."""

import dataclasses

import keras
from keras import ops

from . import augmentation, losses
from .metrics import global_norm
from .validate import real_number

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # → Keras' name of the policy


@keras.saving.register_keras_serializable("dcgan_course")
@dataclasses.dataclass(frozen=True)
class Strategy:
    """Everything about training that is neither the networks nor the loss.

    Args:
        learning_rate: Adam's step size for the generator, and for the discriminator where it has none of its own.
        discriminator_learning_rate: the discriminator's own step size (Heusel et al. 2017: two time scales).
        beta_1: Adam's memory of past gradients; 0.9 made training oscillate for Radford et al. 2015.
        clip_norm: bound on the Euclidean norm of each variable's gradient.
        clip_value: bound on every single number of the gradients.
        global_clip_norm: bound on the norm of all gradients of a network together. At most one of the three.
        clip: whose gradients are clipped: "generator" (the article, section 3.3) or "both".
        label_smoothing: real images get the label 1 - label_smoothing; fake ones keep 0.
        instance_noise: standard deviation of noise added to what the discriminator sees (Sønderby et al. 2017).
        augment: transforms of what the discriminator sees, "translate,colour,cutout" or some of them (Zhao et al. 2020).
        augment_target: adapt how likely each transform is, so that the share of real images that D takes for real minus
            the share that it takes for fake stays near this number (Karras et al. 2020: 0.6); None for always.
        gradient_penalty: weight of a penalty on D's slope, the gradient of its logit by the image. It needs a
            discriminator without batch normalisation.
        kind: of penalty: "r1", half the squared slope at real images (Mescheder et al. 2018), or "wgan-gp", the squared
            distance of the slope from 1 between real and fake (Gulrajani et al. 2017), for the loss "wasserstein".
        averaging: decay of an exponential moving average of the generator's weights, which `sample` then uses
            (Yazıcı et al. 2019); None for none.
        precision: "float32", or "bfloat16": layers compute with numbers of 16 bits, weights, losses and optimizers keep
            32 (Micikevicius et al. 2018). Faster where the CPU or GPU has instructions for it. None leaves the networks
            as they are.

    Raises:
        ValueError: a value out of range, or fields that contradict each other.
    """

    learning_rate: float = 2e-4
    discriminator_learning_rate: float | None = None
    beta_1: float = 0.5
    clip_norm: float | None = None
    clip_value: float | None = None
    global_clip_norm: float | None = None
    clip: str = "generator"
    label_smoothing: float = 0.0
    instance_noise: float = 0.0
    augment: str | None = None
    augment_target: float | None = None
    gradient_penalty: float | None = None
    kind: str = "r1"
    averaging: float | None = None
    precision: str | None = None

    @classmethod
    def recipe(cls, **changes):
        """The course's own settings, found on the digits; `changes` replace or add fields.

        Example:
            >>> Strategy.recipe(averaging=None).clip_norm
            1.0
        """
        settings = {
            "learning_rate": 2e-3,  # ten times Radford's, for small networks that should learn within a minute
            "beta_1": 0.0,  # each move by this step's gradient alone: what the other network did before is out of date
            "clip_norm": 1.0,  # the article's section 3.3: bounds the gradient of each of the generator's variables
            "instance_noise": 0.2,  # makes D's task harder, so that it is not soon sure of every image
            "averaging": 0.995,  # samples come from the mean of about the last 200 steps' weights
        }
        return cls(**{**settings, **changes})

    def __post_init__(self):
        bounds = ("clip_norm", "clip_value", "global_clip_norm")
        for name in ("learning_rate", "discriminator_learning_rate", *bounds, "gradient_penalty"):
            must = "be a number above 0" + ("" if name == "learning_rate" else " or None")
            self._check(name, must, lambda x: x > 0, may_be_none=name != "learning_rate")
        self._check("beta_1", "lie in [0, 1)", lambda x: 0 <= x < 1)
        self._check("instance_noise", "be a standard deviation, at least 0", lambda x: x >= 0)
        self._check("averaging", "be a decay between 0 and 1, or None", lambda x: 0 < x < 1, may_be_none=True)
        self._check("label_smoothing", losses.LABEL_SMOOTHING, lambda x: 0 <= x <= 0.5)
        self._check("augment_target", "lie between -1 and 1", lambda x: -1 < x < 1, may_be_none=True)
        if self.augment is not None:
            augmentation.names(self.augment)
        elif self.augment_target is not None:
            raise ValueError('augment_target adapts an augmentation: name it, augment="translate,colour,cutout".')
        if self.kind not in losses.PENALTIES:
            raise ValueError(f"kind of penalty must be one of {', '.join(losses.PENALTIES)}. Received: kind={self.kind!r}.")
        given = [name for name in bounds if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(
                f"One way of clipping at a time: the second would act on gradients that the first has changed. "
                f"Received: {' and '.join(given)}."
            )
        if self.clip not in ("generator", "both"):
            raise ValueError(f'clip must be "generator" or "both". Received: clip={self.clip!r}.')
        if self.clip == "both" and not given:
            raise ValueError('clip="both" needs a bound: clip_norm, clip_value or global_clip_norm.')
        if self.precision not in (None, *PRECISIONS):
            raise ValueError(
                f"precision must be one of {', '.join(PRECISIONS)}, or None. Received: precision={self.precision!r}."
            )

    def _check(self, name, must, holds, may_be_none=False):
        value = getattr(self, name)
        if not (may_be_none and value is None):  # kept as Python's own number, which JSON can write
            object.__setattr__(self, name, real_number(name, value, must, holds))

    def optimizers(self):
        """A new Adam for the generator and one for the discriminator."""
        rates = (self.learning_rate, self.discriminator_learning_rate or self.learning_rate)
        return tuple(keras.optimizers.Adam(rate, beta_1=self.beta_1) for rate in rates)

    def set_precision(self, *networks):
        """Let every layer of the networks, and of networks inside them, compute in this strategy's precision."""
        if self.precision is None:
            return
        for layer in (layer for network in networks for layer in network.layers):
            layer.dtype_policy = PRECISIONS[self.precision]
            if isinstance(layer, keras.Model):
                self.set_precision(layer)

    def loss(self, loss):
        """`loss` with this strategy's label smoothing in it.

        Raises:
            ValueError: label smoothing asked for a loss that has no labels; a slope of 1, for one to which it means nothing.
        """
        of_labels = loss in losses.LOSSES.values() and loss is not losses.wasserstein
        if self.gradient_penalty and self.kind == "wgan-gp" and of_labels:
            raise ValueError(
                'kind="wgan-gp" asks for a slope of 1, as the distance behind the loss "wasserstein" has; it means nothing '
                f'in {loss.__name__!r}. Use kind="r1" with it, or compile(…, loss="wasserstein").'
            )
        if not self.label_smoothing:
            return loss
        if loss not in losses.WITH_LABELS:
            allowed = ", ".join(f.__name__ for f in losses.WITH_LABELS)
            raise ValueError(
                f"label_smoothing changes the label of real images; the loss {getattr(loss, '__name__', loss)!r} has "
                f"no labels. Use it with: {allowed}; or set label_smoothing=0."
            )
        return lambda real, fake: loss(real, fake, label_smoothing=self.label_smoothing)

    def clip_gradients(self, gradients, network):
        """The gradients of `network` ("generator" or "discriminator") after clipping: a list of tensors."""
        if self.clip != "both" and network != "generator":
            return gradients
        if self.clip_value is not None:
            return [ops.clip(g, -self.clip_value, self.clip_value) for g in gradients]
        if self.clip_norm is not None:
            return [ops.multiply(g, _shrink(global_norm([g]), self.clip_norm)) for g in gradients]
        if self.global_clip_norm is not None:
            scale = _shrink(global_norm(gradients), self.global_clip_norm)
            return [ops.multiply(g, scale) for g in gradients]
        return gradients

    def transforms(self, n, seed, probability):
        """Random transforms of `n` images, what `augmentation.apply` takes; None where there is no augmentation."""
        return augmentation.draw(self.augment, n, seed, probability) if self.augment else None

    def noise(self, shape, seed):
        """Instance noise for images of a shape, drawn anew from the `SeedGenerator`; None where there is none."""
        return keras.random.normal(shape, stddev=self.instance_noise, seed=seed) if self.instance_noise else None

    def get_config(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class OptimizerPair:
    """Two optimizers where Keras looks for one: its variables are both's, a callback that sets its rate sets both.

    Args:
        generator, discriminator: built optimizers.
        strategy: the `Strategy` that they are of, whose two rates have the ratio that is kept.
    """

    built = True

    def __init__(self, generator, discriminator, strategy):
        self.generator, self.discriminator = generator, discriminator
        self.ratio = (strategy.discriminator_learning_rate or strategy.learning_rate) / strategy.learning_rate

    @property
    def variables(self):
        return [*self.generator.variables, *self.discriminator.variables]

    @property
    def learning_rate(self):
        """The generator's rate; setting it sets the discriminator's in the strategy's ratio."""
        return self.generator.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        self.generator.learning_rate, self.discriminator.learning_rate = rate, rate * self.ratio


def _shrink(norm, bound):
    """The factor that brings a norm down to `bound`; 1 where it is below already, so small gradients stay small."""
    return ops.minimum(1.0, bound / ops.maximum(norm, 1e-12))
