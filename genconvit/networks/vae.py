"""Network B of GenConViT: a variational autoencoder before a backbone."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.networks.backbone import create_backbone
from genconvit.networks.classifier import hidden_layer, logit_layer

ENCODER_WIDTHS = (3, 16, 32, 64, 128)
DECODER_WIDTHS = (256, 64, 32, 16, 3)


class Encoder(nn.Module):
    """``[N, 3, S, S]`` to the mean ``[N, latent]``: four strided convolutions with batch normalisation, one linear."""

    def __init__(self, image_px: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(ENCODER_WIDTHS):
            convolution = nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1)
            layers += [convolution, nn.BatchNorm2d(after), nn.LeakyReLU()]
        self.features = nn.Sequential(*layers)
        self.mu: nn.Module = nn.Linear(ENCODER_WIDTHS[-1] * (image_px // 16) ** 2, latent_size(image_px))

    def forward(self, images: Tensor) -> Tensor:
        mean: Tensor = self.mu(self.features(images).flatten(start_dim=1))
        return mean


class Decoder(nn.Module):
    """``[N, latent]``, seen as ``[N, 256, S/32, S/32]``, to ``[N, 3, S/2, S/2]``."""

    def __init__(self, image_px: int) -> None:
        super().__init__()
        side = image_px // 32
        self.shape = (DECODER_WIDTHS[0], side, side)
        layers: list[nn.Module] = []
        for before, after in pairwise(DECODER_WIDTHS):
            layers += [nn.ConvTranspose2d(before, after, kernel_size=2, stride=2), nn.LeakyReLU()]
        self.features = nn.Sequential(*layers)

    def forward(self, latent: Tensor) -> Tensor:
        images: Tensor = self.features(latent.view(-1, *self.shape))
        return images


class Vae(nn.Module):
    """The image and a reconstruction at half its size through one backbone, then a classifier with ReLU.

    As in the release, the standard deviation of the noise is made from ``mu``; the release's ``var`` feeds its training
    loss only and is not built.
    """

    def __init__(self, backbone: str, image_px: int) -> None:
        """``backbone``: a timm model name. ``image_px``: S, a multiple of 32."""
        super().__init__()
        self.image_px = image_px
        self.latent = latent_size(image_px)
        self.encoder = Encoder(image_px)
        self.decoder = Decoder(image_px)
        self.convnext_backbone = create_backbone(backbone)
        self.fc = hidden_layer()
        self.fc2 = logit_layer()

    def forward(self, images: Tensor, eps: Tensor) -> Tensor:
        """``float32 [N, 3, S, S]``, RGB, normalised, to logits ``[N, 2]``: fake, real.

        ``eps``: standard normal noise, ``[latent]`` for one vector shared by all images, or ``[N, latent]``.
        """
        mean = self.encoder(images)
        sample = eps * torch.exp(0.5 * mean) + mean
        direct = self.convnext_backbone(images)
        rebuilt = self.convnext_backbone(self.decoder(sample))
        hidden = self.fc(functional.relu(torch.cat((direct, rebuilt), dim=1)))
        logits: Tensor = self.fc2(functional.relu(hidden))
        return logits


def latent_size(image_px: int) -> int:
    """``256 * (S / 32)^2``: 12,544 at 224."""
    return DECODER_WIDTHS[0] * (image_px // 32) ** 2
