from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from genconvit.networks.backbone import CLASSES, OWN, create_backbone

NAMES = sorted(OWN)


def pair(name: str) -> tuple[nn.Module, nn.Module]:
    """timm's module with values that let every part matter, and ours with the same."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        theirs = create_backbone(name)
        state = theirs.state_dict()
        for key, tensor in state.items():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand_like(tensor) * 0.2 + (0.5 if "running_var" in key else -0.05))
    with torch.device("meta"):
        ours = create_backbone(name)
    ours.load_state_dict(state, assign=True)
    return theirs, ours


@pytest.fixture(scope="module", params=NAMES)
def both(request: pytest.FixtureRequest) -> tuple[nn.Module, nn.Module]:
    return pair(request.param)


@pytest.mark.parametrize("name", NAMES)
def test_names_and_order_are_timms(name: str) -> None:
    with torch.device("meta"):
        ours = create_backbone(name).state_dict()
    theirs = create_backbone(name).state_dict()
    assert type(create_backbone(name)).__module__.startswith("timm."), "fresh weights are timm's"
    assert [(key, value.shape, value.dtype) for key, value in ours.items()] == [
        (key, value.shape, value.dtype) for key, value in theirs.items()
    ]


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_numbers_are_timms_to_the_bit(
    both: tuple[nn.Module, nn.Module], layout: torch.memory_format, half: bool
) -> None:
    images = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(6)).contiguous(memory_format=layout)
    outputs = []
    for module in both:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            outputs.append(module.eval()(images))
    assert outputs[0].shape == (2, CLASSES)
    assert torch.equal(*outputs)
    assert outputs[0].std() > 0.01, "the images and the weights must matter, or nothing is shown"


def test_timm_is_not_imported_to_fill_a_known_backbone() -> None:
    code = (
        "import sys, torch\n"
        "from genconvit.networks import NetworkConfig, build\n"
        "with torch.device('meta'):\n"
        "    for name in ('efficientnet_lite0', 'efficientnet_lite2'):\n"
        "        build(NetworkConfig('ed', name, 160))\n"
        "    build(NetworkConfig('vae', 'convnext_tiny', 224))\n"
        "print([name for name in ('timm', 'torchvision', 'torch._dynamo', 'sympy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "[]", done.stderr
