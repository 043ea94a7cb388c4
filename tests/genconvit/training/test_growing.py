from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from genconvit.networks.backbone import create_backbone
from genconvit.training.growing import CannotGrow, grow

PX = 64


def trained(name: str) -> nn.Module:
    """A backbone whose every entry matters."""
    torch.manual_seed(2)
    backbone = create_backbone(name)
    for key, values in backbone.state_dict().items():
        if values.is_floating_point() and values.ndim == 1:
            values.copy_(torch.rand_like(values) * 0.2 + (0.9 if key.endswith(("var", "weight")) else -0.1))
    return backbone


def images() -> Tensor:
    return torch.randn(2, 3, PX, PX, generator=torch.Generator().manual_seed(8))


@pytest.mark.parametrize(
    "names", [("efficientnet_lite0", "efficientnet_lite2"), ("mobilenetv2_035", "mobilenetv2_050")]
)
def test_the_larger_one_computes_the_same(names: tuple[str, str]) -> None:
    small, large = trained(names[0]), create_backbone(names[1])
    grow(small, large, PX)
    with torch.no_grad():
        wanted, found = (backbone.eval()(images()) for backbone in (small, large))
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
        assert wanted.std(dim=0).mean() > 1e-2, "the images must matter, or nothing is shown"
        wanted, found = (backbone.train()(images()) for backbone in (small, large))
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-3)


def test_what_is_new_can_learn() -> None:
    small, large = trained("efficientnet_lite0"), create_backbone("efficientnet_lite2")
    grow(small, large, PX)
    large.train()(images()).square().sum().backward()
    added = ["blocks.1.2", "blocks.2.2", "blocks.3.3", "blocks.4.3", "blocks.5.4"]
    for block in added:
        scale = large.get_parameter(f"{block}.bn3.weight")
        assert not scale.any() and scale.grad is not None
        had = len(small.get_parameter(f"{block[:-1]}0.bn3.weight"))
        assert scale.grad[:had].all(), f"{block} would stay silent"
    for layer in ("blocks.3.1.conv_pw", "blocks.4.1.conv_pwl", "conv_head"):
        weight, had = large.get_parameter(f"{layer}.weight"), small.get_parameter(f"{layer}.weight").shape
        assert weight.grad is not None and weight.shape[1] > had[1]
        assert not weight[: had[0], had[1] :].any()
        assert weight.grad[: had[0], had[1] :].any(), f"what is new before {layer} would never be heard"


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("efficientnet_lite2", "efficientnet_lite0"), "has no blocks|has shape"),
        (("efficientnet_lite0", "mobilenetv2_100"), "has no|has shape"),
        (("lcnet_035", "efficientnet_lite0"), "has no|has shape"),
    ],
)
def test_what_does_not_fit_is_refused(names: tuple[str, str], why: str) -> None:
    small, large = (create_backbone(name) for name in names)
    with pytest.raises(CannotGrow, match=why):
        grow(small, large, PX)


def test_what_fits_by_shape_and_computes_something_else_is_refused() -> None:
    small = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    large = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(CannotGrow, match="computes something else"):
        grow(small, large, PX)


def test_backbones_that_do_not_take_pictures_of_a_size_are_refused() -> None:
    small, large = (nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, wide)) for wide in (2, 4))
    with pytest.raises(CannotGrow, match=f"cannot be tried with pictures of {PX} px"):
        grow(small, large, PX)
