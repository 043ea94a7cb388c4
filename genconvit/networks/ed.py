"""Network A of GenConViT: an autoencoder before a backbone."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.networks.backbone import create_backbone
from genconvit.networks.classifier import hidden_layer, logit_layer

WIDTHS = (3, 16, 32, 64, 128, 256)


class Encoder(nn.Module):
    """``[N, 3, S, S]`` to ``[N, 256, S/32, S/32]``: five times convolution, 2x2 maximum, ReLU.

    The release has ReLU before the maximum: to the bit the same, with four times as much to do.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            layers += [nn.Conv2d(before, after, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
        self.features = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.features(images)
        return features


class Decoder(nn.Module):
    """``[N, 256, S/32, S/32]`` to ``[N, 3, S, S]``: five times transposed convolution and ReLU, so never negative."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(reversed(WIDTHS)):
            layers += [nn.ConvTranspose2d(before, after, kernel_size=2, stride=2), nn.ReLU()]
        self.features = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        images: Tensor = self.features(features)
        return images


class Ed(nn.Module):
    """The image and its reconstruction through one backbone, then a classifier with GELU.

    The names of the parts are those of the released state dict; what the release carries and never runs (a Swin
    transformer and its projection) is not built.
    """

    def __init__(self, backbone: str, image_px: int) -> None:
        """``backbone``: a timm model name. ``image_px``: S, a multiple of 32."""
        super().__init__()
        self.image_px = image_px
        self.encoder: nn.Module = Encoder()
        self.decoder = Decoder()
        self.backbone = create_backbone(backbone)
        self.fc = hidden_layer()
        self.fc2 = logit_layer()

    def forward(self, images: Tensor) -> Tensor:
        """``float32 [N, 3, S, S]``, RGB, normalised, to logits ``[N, 2]``: fake, real."""
        rebuilt = self.backbone(self.decoder(self.encoder(images)))
        direct = self.backbone(images)
        hidden = self.fc(functional.gelu(torch.cat((rebuilt, direct), dim=1)))
        logits: Tensor = self.fc2(functional.gelu(hidden))
        return logits
