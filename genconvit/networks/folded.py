"""EfficientNet-Lite in float32 with each batch normalisation multiplied into the convolution before it, once, and both
and ReLU6 as one operation of oneDNN, on the CPU: each was a pass through memory.

The numbers are those of the plain module but for rounding. What is folded is folded in float64.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.networks.efficientnet import EXPANSION, FIRST, EfficientNetLite, Inverted, Separable
from genconvit.networks.portions import portions

CEILING = 6.0
CLOSE = 1e-5
EARLY = 3
"""Stages that begin with maps of a quarter of the picture's width or more; the later ones take all faces together."""
WIDEST = EXPANSION * FIRST // 4
"""Values of the early stages' widest map, which has half of the picture's width and height, for each place of it."""


@functools.cache
def works() -> bool:
    """Whether torch has the operation here for float32, and gets a small case right."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    features = torch.linspace(-1, 1, 2 * 16 * 5 * 5).sin().view(2, 16, 5, 5)
    weight, bias = torch.linspace(0, 300, 16 * 3 * 3).cos().view(16, 1, 3, 3), torch.linspace(-7, 9, 16)
    plain = functional.conv2d(features, weight, bias, stride=2, padding=1, groups=16)
    try:
        found = [_convolved(features, weight, bias, (2, 2), (1, 1), 16, clips=clips) for clips in (False, True)]
    except (AttributeError, RuntimeError):
        return False
    wanted = [plain, functional.relu6(plain)]
    return all(torch.allclose(*pair, rtol=0, atol=CLOSE) for pair in zip(found, wanted, strict=True))


class FoldedConvolution(nn.Module):
    """A convolution without bias, the batch normalisation after it as in evaluation, and ReLU6 where it ``clips``."""

    def __init__(self, convolution: nn.Conv2d, norm: nn.BatchNorm2d, *, clips: bool) -> None:
        super().__init__()
        mean, variance = norm.running_mean, norm.running_var
        assert mean is not None and variance is not None
        scale = norm.weight.detach().double() / (variance.double() + norm.eps).sqrt()
        self.weight = (convolution.weight.detach().double() * scale.view(-1, 1, 1, 1)).float()
        self.bias = (norm.bias.detach().double() - mean.double() * scale).float()
        self.stride, self.groups, self.clips = convolution.stride, convolution.groups, clips
        assert not isinstance(convolution.padding, str) and convolution.dilation == (1, 1)
        self.padding = convolution.padding

    def forward(self, features: Tensor) -> Tensor:
        return _convolved(features, self.weight, self.bias, self.stride, self.padding, self.groups, clips=self.clips)


class FoldedInverted(nn.Module):
    """:class:`Inverted`."""

    def __init__(self, block: Inverted) -> None:
        super().__init__()
        self.adds = block.adds
        self.steps = nn.Sequential(
            FoldedConvolution(block.conv_pw, block.bn1, clips=True),
            FoldedConvolution(block.conv_dw, block.bn2, clips=True),
            FoldedConvolution(block.conv_pwl, block.bn3, clips=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        narrow: Tensor = self.steps(features)
        return narrow + features if self.adds else narrow


class FoldedEfficientNet(nn.Module):
    """:class:`EfficientNetLite`, its large maps a few faces at a time."""

    def __init__(self, plain: EfficientNetLite) -> None:
        super().__init__()
        stem = FoldedConvolution(plain.conv_stem, plain.bn1, clips=True)
        stages = [nn.Sequential(*(_folded(block) for block in stage.children())) for stage in plain.blocks]
        self.early, self.late = nn.Sequential(stem, *stages[:EARLY]), nn.Sequential(*stages[EARLY:])
        self.head = FoldedConvolution(plain.conv_head, plain.bn2, clips=True)
        self.classifier = plain.classifier

    def forward(self, images: Tensor) -> Tensor:
        early = torch.cat([self.early(few) for few in portions(images, WIDEST)])
        features = self.head(self.late(early))
        logits: Tensor = self.classifier(functional.adaptive_avg_pool2d(features, 1).flatten(1))
        return logits


def _folded(block: nn.Module) -> nn.Module:
    if isinstance(block, Separable):
        return nn.Sequential(
            FoldedConvolution(block.conv_dw, block.bn1, clips=True),
            FoldedConvolution(block.conv_pw, block.bn2, clips=False),
        )
    assert isinstance(block, Inverted)
    return FoldedInverted(block)


def _convolved(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    groups: int,
    *,
    clips: bool,
) -> Tensor:
    after: tuple[str, list[float], str] = ("hardtanh", [0.0, CEILING], "") if clips else ("none", [], "")
    convolve = torch.ops.mkldnn._convolution_pointwise
    found: Tensor = convolve(features, weight, bias, padding, stride, (1, 1), groups, *after)
    return found
