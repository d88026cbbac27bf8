"""What the adversarial step is made of on every backend, beside the two networks: chance, what D sees, what moves slowly."""

import collections

import keras
from keras import ops

from . import augmentation, losses

Drawn = collections.namedtuple("Drawn", "latents real_noise fake_noise transforms mix", defaults=4 * [None])


class Step:
    """The parts of `backends.train_step` that are the same everywhere; `GAN` is one, and has networks and a `Strategy`."""

    def draw(self, n):
        """The random numbers of a step with `n` images, new at each call.

        Returns:
            `Drawn`: standard normal latents `(n, latent_dim)`; noise `(n, H, W, C)` for the real images and for the fakes;
            transforms of both, as from `augmentation.draw`; shares of the way from real to fake `(n, 1, 1, 1)` at which a
            penalty looks. What the strategy has no use for is None.
        """
        latents, shape = keras.random.normal((n, self.latent_dim), seed=self.seed_generator), (n, *self.image_shape)
        noise = [self.strategy.noise(shape, self.seed_generator) for _ in range(2)]
        probability = 1.0 if self.strategy.augment_target is None else self.augment_probability
        transforms = self.strategy.transforms(n, self.seed_generator, probability)
        between = self.strategy.gradient_penalty and self.strategy.kind == "wgan-gp"
        mix = keras.random.uniform((n, 1, 1, 1), seed=self.seed_generator) if between else None
        return Drawn(latents, *noise, transforms, mix)

    def inputs_of(self, x, labels):
        """What a network takes: latents or images, and class numbers if it knows of classes."""
        return x if self.classes is None else [x, ops.convert_to_tensor(labels, "int32")]

    def seen(self, images, noise, transforms):
        """Images as the discriminator gets them: after their transforms, with their noise."""
        images = images if transforms is None else augmentation.apply(images, transforms)
        return images if noise is None else ops.add(images, noise)

    def with_penalty(self, d_loss, slopes):
        """D's loss with the penalty on its `slopes`, the gradients `(n, H, W, C)` of logits by images."""
        return d_loss + self.strategy.gradient_penalty * ops.mean(losses.PENALTIES[self.strategy.kind](slopes))

    def update_augmentation(self, real_logits):
        """Make transforms a little likelier where D takes more real images for real than wanted, and else less likely."""
        if self.strategy.augment_target is None:
            return
        surplus = ops.mean(ops.sign(real_logits)) - self.strategy.augment_target
        move = ops.sign(surplus) * ops.cast(ops.shape(real_logits)[0], "float32") / augmentation.IMAGES
        self.augment_probability.assign(ops.clip(self.augment_probability + move, 0.0, 1.0))

    def update_average(self):
        """Move the averaged generator's weights, batch statistics included, a little towards the generator's."""
        if self.strategy.averaging is None:
            return
        done = ops.cast(self.generator_optimizer.iterations, "float32")
        decay = ops.minimum(self.strategy.averaging, (1.0 + done) / (10.0 + done))  # short memory at the start
        for average, value in zip(self.averaged_generator.weights, self.generator.weights):
            average.assign(average + (value - average) * (1.0 - decay))
