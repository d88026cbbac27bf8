"""The DCGAN's relatives: the article's pair, a dense GAN, a variational autoencoder, the coupled GAN, packing."""

from .article import article_discriminator, article_generator
from .coupled import CoupledGAN, coupled_discriminator, coupled_generator, edges, pair_agreement, unpaired
from .dense import dense_discriminator, dense_gan, dense_generator
from .packing import packed_discriminator
from .vae import VAE

__all__ = [
    "VAE",
    "CoupledGAN",
    "article_discriminator",
    "article_generator",
    "coupled_discriminator",
    "coupled_generator",
    "dense_discriminator",
    "dense_gan",
    "dense_generator",
    "edges",
    "packed_discriminator",
    "pair_agreement",
    "unpaired",
]
