"""A variational autoencoder with convolutions (Kingma & Welling 2014): a model of the data's distribution."""

import math

import keras
import numpy as np
from keras import layers, ops

from .. import networks
from ..latent_model import LatentModel


@keras.saving.register_keras_serializable("dcgan_course")
class VAE(LatentModel):
    """Encoder, decoder, and the evidence lower bound as loss; an ordinary Keras model on any backend.

    The decoder is the course's generator. A pixel is Gaussian around the decoder's image, with one learned deviation
    for all pixels (Rybkin et al. 2021), so the bound is a true likelihood in nats and no weight has to be chosen.

    Args:
        image_shape: `(H, W, C)`, as for `networks.generator`.
        latent_dim: numbers in one latent.
        width: as for the DCGAN's networks.
        seed: seed of the latents drawn in training.

    Example:
        >>> vae = VAE((16, 16, 1), width=4)
        >>> vae.compile(keras.optimizers.Adam(2e-3))
        >>> history = vae.fit(digits.images, batch_size=64, epochs=1, verbose=0)
        >>> vae.sample(48, seed=1).shape
        (48, 16, 16, 1)
    """

    def __init__(self, image_shape, latent_dim=32, width=32, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.settings = {"image_shape": tuple(image_shape), "latent_dim": latent_dim, "width": width, "seed": seed}
        self.decoder = networks.generator(image_shape, latent_dim, width)
        self.encoder = _encoder(image_shape, latent_dim, width)
        self.log_deviation = self.add_weight(shape=(), initializer="zeros", name="log_deviation")
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.reconstruction = keras.metrics.Mean(name="reconstruction")
        self.divergence = keras.metrics.Mean(name="kl")
        self.built = True

    @property
    def latent_dim(self):
        return self.settings["latent_dim"]

    @property
    def image_shape(self):
        return self.settings["image_shape"]

    def call(self, images, training=False):
        """Images `(B, H, W, C)` → reconstructions of the same shape, by way of the mean of their latents.

        In training: by way of drawn latents, and with their means and log variances `(B, latent_dim)` for the loss.
        """
        mean, log_variance = self.encoder(images, training=training)
        if not training:
            return self.decoder(mean, training=False)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return self.decoder(mean + ops.exp(0.5 * log_variance) * noise, training=True), mean, log_variance

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Minus the evidence lower bound, a mean over the batch in nats; its two parts are metrics of their own."""
        error, kl = self._terms(x, *(y_pred if training else (y_pred, *self.encoder(x, training=False))))
        self.reconstruction.update_state(error)
        self.divergence.update_state(kl)
        return ops.mean(error + kl)

    def _terms(self, images, reconstructions, mean, log_variance):
        """Per image, in nats: minus log p(x|z), and the divergence of q(z|x) from the standard normal."""
        scaled = ops.square((images - reconstructions) * ops.exp(-self.log_deviation))
        pixels = math.prod(self.image_shape)
        error = 0.5 * ops.sum(scaled, axis=(1, 2, 3)) + pixels * (self.log_deviation + 0.5 * math.log(2 * math.pi))
        kl = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance, axis=1)
        return error, kl

    def elbo(self, images, seed=0):
        """Evidence lower bound of each image `(n,)`, in nats, with one latent drawn per image."""
        images = ops.convert_to_tensor(images)
        mean, log_variance = self.encoder(images, training=False)
        noise = np.random.default_rng(seed).standard_normal(mean.shape).astype("float32")
        reconstructions = self.decoder(mean + ops.exp(0.5 * log_variance) * ops.convert_to_tensor(noise), training=False)
        error, kl = self._terms(images, reconstructions, mean, log_variance)
        return -ops.convert_to_numpy(error + kl)

    def decode(self, latents, labels=None):
        """The decoder's means `(n, H, W, C)`, without the pixels' own noise."""
        return self.decoder(latents, training=False)

    def get_config(self):
        return {**super().get_config(), **self.settings}


def _encoder(image_shape, latent_dim, width):
    """The discriminator's blocks without its last layer → mean and log variance, `(B, latent_dim)` each."""
    blocks = networks.discriminator(image_shape, width)
    features = blocks.get_layer("flatten").output
    mean = layers.Dense(latent_dim, name="mean")(features)
    log_variance = layers.Dense(latent_dim, kernel_initializer="zeros", name="log_variance")(features)
    return keras.Model(blocks.input, [mean, log_variance], name="encoder")
