"""The networks with oneDNN's own operations on the CPU: a linear layer and what follows it in one pass.

Torch's own float32 products come from a library that uses half of what an AMD processor can do; and GELU, bias, gamma
and addition are a pass through memory each. oneDNN comes with torch. The operations here are those that torch's
compiler calls, without that compiler, which takes longer to import than torch.

The numbers are those of the plain modules but for rounding: gamma is multiplied into the layer before it, once, and
sums are taken in another order. The weights of the blocks are held in the order in which oneDNN reads them, instead of
torch's. In bfloat16 what a block hands to the next is bfloat16 too, where plain modules under autocast make it float32,
because gamma is. Other devices run the plain modules in either precision, so that bfloat16 on a GPU is not bfloat16 on
the CPU to the last digit of either. For EfficientNet-Lite see :mod:`genconvit.networks.folded`; its bfloat16 is
everywhere the plain module's.
"""

from __future__ import annotations

import functools
import re

import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.networks import folded
from genconvit.networks.convnext import Block, ConvNeXtTiny, Stage
from genconvit.networks.ed import WIDTHS, Ed, Encoder
from genconvit.networks.efficientnet import EfficientNetLite
from genconvit.networks.portions import portions
from genconvit.networks.vae import Vae

CLOSE = {torch.float32: 1e-5, torch.bfloat16: 0.05}
"""How near an operation has to come to the plain one for values around 1."""


def fuse(module: nn.Module) -> nn.Module:
    """Replace, in place, the parts for which there is a faster equal here; ``module`` is on the CPU, has its weights
    and is in evaluation mode. With bfloat16 matrices it is run under autocast, as it was before.

    Fused parts have no gradients, and tensors of other names; they stay on the CPU and cannot be copied or saved. What
    is packed or multiplied in is memory of their own, beside a mapped file: about 100 MB of float32 for ConvNeXt-T.
    Where this build of torch or this processor has not got the operations, or they are wrong, nothing is replaced.
    """
    if isinstance(module, Ed):
        module.backbone = _fused_backbone(module.backbone)
        encoder = module.encoder
        if isinstance(encoder, Encoder) and works(next(encoder.parameters()).dtype):
            module.encoder = FusedEncoder(encoder)
    elif isinstance(module, Vae):
        module.convnext_backbone = _fused_backbone(module.convnext_backbone)
        mu = module.encoder.mu
        if isinstance(mu, nn.Linear) and works(mu.weight.dtype):
            module.encoder.mu = FusedLinear(mu)
    return module


def _fused_backbone(backbone: nn.Module) -> nn.Module:
    if isinstance(backbone, EfficientNetLite):
        full = backbone.classifier.weight.dtype == torch.float32
        return folded.FoldedEfficientNet(backbone) if full and folded.works() else backbone
    if isinstance(backbone, ConvNeXtTiny) and works(backbone.head.fc.weight.dtype):
        for at, stage in enumerate(backbone.stages):
            if isinstance(stage, Stage):
                backbone.stages[at] = FusedStage(stage)
    return backbone


def fused_parts(module: nn.Module) -> tuple[str, ...]:
    """Where in a network :func:`fuse` put something of its own, by the names of ``named_modules``, in their order; the
    stages of a backbone go by one name. Empty where all of it is plain."""
    ours = (FusedStage, FusedLinear, FusedEncoder, folded.FoldedEfficientNet)
    names = (name for name, part in module.named_modules() if isinstance(part, ours))
    return tuple(dict.fromkeys(re.sub(r"\.\d+$", "", name) for name in names))


@functools.cache
def works(kind: torch.dtype) -> bool:
    """Whether torch has the operations here for float32 or bfloat16, and gets a small case right."""
    if kind not in CLOSE or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    # No two rows alike, and values to either side of where GELU bends.
    features = torch.linspace(-1, 1, 6 * 32).sin().view(2, 3, 32).to(kind)
    weight = torch.linspace(0, 300, 32 * 32).cos().view(32, 32).div(8).to(kind)
    bias = torch.linspace(-1, 1, 32).to(kind)
    plain = functional.linear(features.float(), weight.float(), bias.float())
    try:
        found = (
            (linear(features, weight, bias), plain),
            (_transposed(features[0], weight, bias), plain[0]),
            (_linear_gelu(features, packed(weight), bias), functional.gelu(plain)),
            (_linear_add(features, features, packed(weight), bias), plain + features.float()),
        )
    except (AttributeError, RuntimeError):
        return False
    return all(torch.allclose(ours.float(), wanted, rtol=0, atol=CLOSE[kind]) for ours, wanted in found)


class FusedLinear(nn.Module):
    """A linear layer, with the same tensors."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, features: Tensor) -> Tensor:
        # Reading the weights is what takes time; in bfloat16 torch reads them faster as the first factor.
        run = linear if self.weight.dtype == torch.float32 else _transposed
        return run(features, self.weight, self.bias)


class FusedBlock(nn.Module):
    """:class:`Block` with three operations after its convolution instead of six."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.conv_dw, self.norm = block.conv_dw, block.norm
        wider, narrower, gamma = block.mlp.fc1, block.mlp.fc2, block.gamma.detach().float()
        kind = wider.weight.dtype
        self.wider, self.wider_bias = packed(wider.weight.detach()), wider.bias.detach().to(kind)
        self.narrower = packed((narrower.weight.detach().float() * gamma.unsqueeze(1)).to(kind))
        self.narrower_bias = (narrower.bias.detach().float() * gamma).to(kind)

    def forward(self, features: Tensor) -> Tensor:
        mixed = self.norm(self.conv_dw(features).permute(0, 2, 3, 1))
        wide = _linear_gelu(mixed, self.wider, self.wider_bias)
        added = _linear_add(wide, features.permute(0, 2, 3, 1), self.narrower, self.narrower_bias)
        return added.permute(0, 3, 1, 2)


class FusedStage(nn.Module):
    """:class:`Stage`, a few faces at a time."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        blocks = [FusedBlock(block) for block in stage.blocks if isinstance(block, Block)]
        self.downsample, self.blocks = stage.downsample, nn.Sequential(*blocks)
        shrinks = not isinstance(stage.downsample, nn.Identity)
        self.widest = len(blocks[0].wider_bias) // (4 if shrinks else 1)
        """Values of the widest map for each place of what comes in."""

    def forward(self, features: Tensor) -> Tensor:
        few = portions(features, self.widest)
        return torch.cat([self.blocks(self.downsample(portion)) for portion in few])


class FusedEncoder(nn.Module):
    """:class:`Encoder`, a few faces at a time."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.features = encoder.features

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([self.features(portion) for portion in portions(images, WIDTHS[1])])


def packed(weight: Tensor) -> Tensor:
    """The weights of a linear layer as oneDNN reads them; for its operations below only."""
    found: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)
    return found


def linear(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The linear layer of ``[..., before]``; ``weight`` as torch holds it, or :func:`packed`."""
    found: Tensor = torch.ops.mkldnn._linear_pointwise(features, weight, bias, "none", [], "")
    return found


def _transposed(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The linear layer of ``[N, before]``, as the transpose of the product of transposes."""
    return torch.addmm(bias.to(weight.dtype).unsqueeze(1), weight, features.to(weight.dtype).t()).t().contiguous()


def _linear_gelu(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    found: Tensor = torch.ops.mkldnn._linear_pointwise(features, weight, bias, "gelu", [], "none")
    return found


def _linear_add(features: Tensor, other: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The linear layer of ``features``, and ``other`` added to it."""
    found: Tensor = torch.ops.mkldnn._linear_pointwise.binary(features, other, weight, bias, "add")
    return found
