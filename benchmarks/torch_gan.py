"""The same pair of networks and a training step as people write them in PyTorch: the opponent of our benchmarks."""

import torch
from torch import nn
from torch.nn import functional as F


def generator(size, channels=1, latent_dim=100, width=32):
    """The layers of `dcgan_course.networks.generator`, one for one."""
    depth = (size // 4).bit_length() - 1
    filters = width * 2 ** (depth - 1)
    layers = [nn.Linear(latent_dim, 16 * filters, bias=False), nn.Unflatten(1, (filters, 4, 4))]
    layers += [nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]
    for _ in range(depth - 1):
        layers += [nn.ConvTranspose2d(filters, filters // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(filters // 2)]
        layers += [nn.ReLU(inplace=True)]
        filters //= 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(filters, channels, 4, 2, 1), nn.Tanh())


def discriminator(size, channels=1, width=32):
    """The layers of `dcgan_course.networks.discriminator`, one for one."""
    layers = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
    filters = width
    while size > 8:
        layers += [nn.Conv2d(filters, 2 * filters, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * filters)]
        layers += [nn.LeakyReLU(0.2, inplace=True)]
        filters, size = 2 * filters, size // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * filters, 1))


def parameters(network):
    return sum(p.numel() for p in network.parameters())


class Trainer:
    """The step of PyTorch's own DCGAN example: D on real and on detached fakes, then G through D; channels-last.

    Args:
        size, channels, width: of the images and the networks.
        device: where.
        compiled: `torch.compile` each network, forwards and backwards, and Adam as one fused kernel. The step as a whole
            cannot be compiled: the second `backward` would need what the first has freed.
        precision: None for float32, or the type that layers compute in.
    """

    def __init__(self, size, channels=1, width=32, device="cpu", compiled=False, precision=None):
        self.device, self.precision = device, precision
        nets = generator(size, channels, width=width), discriminator(size, channels, width=width)
        self.generator, self.discriminator = (net.to(device, memory_format=torch.channels_last) for net in nets)
        self.g_optimizer, self.d_optimizer = (
            torch.optim.Adam(net.parameters(), 2e-4, betas=(0.5, 0.999), fused=compiled or None) for net in nets
        )
        if compiled:
            for net in nets:
                net.compile()

    def step(self, real):
        latents = torch.randn(len(real), 100, device=self.device)
        with torch.autocast(self.device, self.precision or torch.bfloat16, enabled=self.precision is not None):
            fake = self.generator(latents)
            real_logits, fake_logits = self.discriminator(real), self.discriminator(fake.detach())
        d_loss = F.softplus(-real_logits.float()).mean() + F.softplus(fake_logits.float()).mean()
        self.d_optimizer.zero_grad(set_to_none=True)
        d_loss.backward()
        self.d_optimizer.step()
        with torch.autocast(self.device, self.precision or torch.bfloat16, enabled=self.precision is not None):
            fake_logits = self.discriminator(fake)
        g_loss = F.softplus(-fake_logits.float()).mean()
        self.g_optimizer.zero_grad(set_to_none=True)
        g_loss.backward()
        self.g_optimizer.step()
        return d_loss.detach(), g_loss.detach()

    def epoch(self, images, batch):
        """One epoch over images `(N, C, H, W)` on the device, in a new order."""
        order = torch.randperm(len(images), device=images.device)
        for i in range(0, len(images) // batch * batch, batch):
            losses = self.step(images[order[i : i + batch]].contiguous(memory_format=torch.channels_last))
        return [float(loss) for loss in losses]
