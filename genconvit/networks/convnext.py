"""ConvNeXt-T (Liu et al. 2022, arXiv 2201.03545), the backbone of the released networks.

The parts have timm's names and the arithmetic is timm's, operation for operation: a state dict of its ``convnext_tiny``
gives the same numbers to the bit. Made to be filled with stored weights: it has no way of its own to start training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

DEPTHS = (3, 3, 9, 3)
WIDTHS = (96, 192, 384, 768)
KERNEL_PX = 7
WIDER = 4
"""How many times wider a block is inside."""
EPSILON = 1e-6


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of ``[N, C, H, W]``."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Mlp(nn.Module):
    """Two linear layers over the last axis with a GELU between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, WIDER * width)
        self.fc2 = nn.Linear(WIDER * width, width)

    def forward(self, features: Tensor) -> Tensor:
        mixed: Tensor = self.fc2(functional.gelu(self.fc1(features)))
        return mixed


class Block(nn.Module):
    """``[N, C, H, W]`` to the same: a depthwise convolution, then each place for itself, added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(width, width, KERNEL_PX, padding=KERNEL_PX // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = Mlp(width)
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        mixed = self.mlp(self.norm(self.conv_dw(features).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        added: Tensor = mixed.mul(self.gamma.reshape(1, -1, 1, 1)) + features
        return added


class Stage(nn.Module):
    """``[N, before, H, W]`` to ``[N, width, H/2, W/2]``; the first stage keeps the size."""

    def __init__(self, before: int, width: int, depth: int) -> None:
        super().__init__()
        shrinks = before != width
        self.downsample = (
            nn.Sequential(ChannelNorm(before), nn.Conv2d(before, width, kernel_size=2, stride=2))
            if shrinks
            else nn.Identity()
        )
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))

    def forward(self, features: Tensor) -> Tensor:
        deeper: Tensor = self.blocks(self.downsample(features))
        return deeper


class Head(nn.Module):
    """``[N, C, H, W]`` to ``[N, classes]`` by the mean over all places."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(width)
        self.fc = nn.Linear(width, classes)

    def forward(self, features: Tensor) -> Tensor:
        mean = self.norm(functional.adaptive_avg_pool2d(features, 1))
        logits: Tensor = self.fc(mean.flatten(1))
        return logits


class ConvNeXtTiny(nn.Module):
    """``float32 [N, 3, H, W]``, H and W multiples of 32, to ``[N, classes]``."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, WIDTHS[0], kernel_size=4, stride=4), ChannelNorm(WIDTHS[0]))
        before = (WIDTHS[0], *WIDTHS[:-1])
        self.stages = nn.Sequential(*(Stage(*sizes) for sizes in zip(before, WIDTHS, DEPTHS, strict=True)))
        self.head = Head(WIDTHS[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.stages(self.stem(images)))
        return logits
