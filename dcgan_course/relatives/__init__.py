"""The DCGAN's relatives: the article's pair, dense GAN, variational autoencoder, coupled GAN, packing; trained GANs."""

from .article import article_discriminator, article_generator
from .coupled import CoupledGAN, coupled_discriminator, coupled_generator, edges, pair_agreement, unpaired
from .dense import dense_discriminator, dense_gan, dense_generator
from .packing import packed_discriminator
from .trained import TrainedGenerator, load_generator
from .vae import VAE

__all__ = [
    "VAE",
    "CoupledGAN",
    "TrainedGenerator",
    "article_discriminator",
    "article_generator",
    "coupled_discriminator",
    "coupled_generator",
    "dense_discriminator",
    "dense_gan",
    "dense_generator",
    "edges",
    "load_generator",
    "packed_discriminator",
    "pair_agreement",
    "unpaired",
]
