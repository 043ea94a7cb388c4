"""EfficientNet-Lite0 and -Lite2 (Tan and Le 2019, arXiv 1905.11946, in the variants without squeeze-and-excitation),
the backbones of the weights that come or came with the program.

The parts have timm's names and the arithmetic is timm's, operation for operation: a state dict of its
``efficientnet_lite0`` or ``efficientnet_lite2`` gives the same numbers to the bit. Made to be filled with stored
weights: they have no way of their own to start training.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

STEM = 32
FIRST = 16
FEATURES = 1280
EXPANSION = 6
Stages = tuple[tuple[int, int, int, int], ...]
"""Of each stage after the first: blocks, kernel in px, stride of the first of them, channels."""
LITE0: Stages = ((2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80), (3, 5, 1, 112), (4, 5, 2, 192), (1, 3, 1, 320))
LITE2: Stages = ((3, 3, 2, 24), (3, 5, 2, 48), (4, 3, 2, 88), (4, 5, 1, 120), (5, 5, 2, 208), (1, 3, 1, 352))


class Separable(nn.Module):
    """``[N, before, H, W]`` to ``[N, width, H, W]``: a depthwise convolution, then one over the channels."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.conv_dw = _convolution(before, before, 3, groups=before)
        self.bn1 = nn.BatchNorm2d(before)
        self.conv_pw = _convolution(before, width)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, features: Tensor) -> Tensor:
        narrow: Tensor = self.bn2(self.conv_pw(_clipped(self.bn1(self.conv_dw(features)))))
        return narrow


class Inverted(nn.Module):
    """``[N, before, H, W]`` to ``[N, width, H/stride, W/stride]``: made wider, a depthwise convolution, made narrow;
    added to what came in where the shape is the same."""

    def __init__(self, before: int, width: int, kernel_px: int, stride: int) -> None:
        super().__init__()
        wide = EXPANSION * before
        self.adds = stride == 1 and before == width
        self.conv_pw = _convolution(before, wide)
        self.bn1 = nn.BatchNorm2d(wide)
        self.conv_dw = _convolution(wide, wide, kernel_px, stride, groups=wide)
        self.bn2 = nn.BatchNorm2d(wide)
        self.conv_pwl = _convolution(wide, width)
        self.bn3 = nn.BatchNorm2d(width)

    def forward(self, features: Tensor) -> Tensor:
        wide = _clipped(self.bn1(self.conv_pw(features)))
        wide = _clipped(self.bn2(self.conv_dw(wide)))
        narrow: Tensor = self.bn3(self.conv_pwl(wide))
        return narrow + features if self.adds else narrow


class EfficientNetLite(nn.Module):
    """``float32 [N, 3, H, W]`` to ``[N, classes]``."""

    def __init__(self, classes: int, stages: Stages) -> None:
        super().__init__()
        self.conv_stem = _convolution(3, STEM, 3, 2)
        self.bn1 = nn.BatchNorm2d(STEM)
        made = [nn.Sequential(Separable(STEM, FIRST))]
        before = FIRST
        for depth, kernel_px, stride, width in stages:
            later = (Inverted(width, width, kernel_px, 1) for _ in range(depth - 1))
            made.append(nn.Sequential(Inverted(before, width, kernel_px, stride), *later))
            before = width
        self.blocks = nn.Sequential(*made)
        self.conv_head = _convolution(before, FEATURES)
        self.bn2 = nn.BatchNorm2d(FEATURES)
        self.classifier = nn.Linear(FEATURES, classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.blocks(_clipped(self.bn1(self.conv_stem(images))))
        features = _clipped(self.bn2(self.conv_head(features)))
        logits: Tensor = self.classifier(functional.adaptive_avg_pool2d(features, 1).flatten(1))
        return logits


def _convolution(before: int, width: int, kernel_px: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(before, width, kernel_px, stride, padding=kernel_px // 2, groups=groups, bias=False)


def _clipped(features: Tensor) -> Tensor:
    return functional.relu6(features, inplace=True)
