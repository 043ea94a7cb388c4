from __future__ import annotations

import socket
import subprocess
import sys
from itertools import pairwise

import pytest
import torch

from genconvit.networks import NetworkConfig, build, draw_noise
from genconvit.networks.backbone import create_backbone


def shapes(module: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def on_meta(network: str) -> torch.nn.Module:
    with torch.device("meta"):
        return build(NetworkConfig(network, "convnext_tiny", 224))


def released_ed() -> dict[str, tuple[int, ...]]:
    wanted: dict[str, tuple[int, ...]] = {}
    widths = (3, 16, 32, 64, 128, 256)
    for at, (before, after) in zip((0, 3, 6, 9, 12), pairwise(widths), strict=True):
        wanted |= {f"encoder.features.{at}.weight": (after, before, 3, 3), f"encoder.features.{at}.bias": (after,)}
    back = widths[::-1]
    for at, (before, after) in zip((0, 2, 4, 6, 8), pairwise(back), strict=True):
        wanted |= {f"decoder.features.{at}.weight": (before, after, 2, 2), f"decoder.features.{at}.bias": (after,)}
    return wanted


def released_vae() -> dict[str, tuple[int, ...]]:
    wanted: dict[str, tuple[int, ...]] = {}
    widths = (3, 16, 32, 64, 128)
    for at, (before, after) in zip((0, 3, 6, 9), pairwise(widths), strict=True):
        wanted |= {f"encoder.features.{at}.weight": (after, before, 3, 3), f"encoder.features.{at}.bias": (after,)}
        for part in ("weight", "bias", "running_mean", "running_var"):
            wanted[f"encoder.features.{at + 1}.{part}"] = (after,)
        wanted[f"encoder.features.{at + 1}.num_batches_tracked"] = ()
    wanted |= {"encoder.mu.weight": (12544, 25088), "encoder.mu.bias": (12544,)}
    back = (256, 64, 32, 16, 3)
    for at, (before, after) in zip((0, 2, 4, 6), pairwise(back), strict=True):
        wanted |= {f"decoder.features.{at}.weight": (before, after, 2, 2), f"decoder.features.{at}.bias": (after,)}
    return wanted


HEAD = {"fc.weight": (500, 2000), "fc.bias": (500,), "fc2.weight": (2, 500), "fc2.bias": (2,)}


@pytest.mark.parametrize(
    ("network", "prefix", "parts", "parameters"),
    [
        ("ed", "backbone.", released_ed() | HEAD, 30_157_753),
        ("vae", "convnext_backbone.", released_vae() | HEAD, 344_481_049),
    ],
)
def test_names_and_shapes_are_the_released_ones(
    network: str, prefix: str, parts: dict[str, tuple[int, ...]], parameters: int
) -> None:
    module = on_meta(network)
    found = shapes(module)
    backbone = {name: shape for name, shape in found.items() if name.startswith(prefix)}
    assert {name: shape for name, shape in found.items() if name not in backbone} == parts
    with torch.device("meta"):
        own = shapes(create_backbone("convnext_tiny"))
    assert backbone == {prefix + name: shape for name, shape in own.items()}
    assert own["head.fc.weight"] == (1000, 768)
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters


@pytest.mark.parametrize("network", ["ed", "vae"])
@pytest.mark.parametrize("size", [32, 96])
def test_any_multiple_of_32_gives_two_logits(network: str, size: int) -> None:
    module = build(NetworkConfig(network, "test_resnet", size)).eval()
    inputs = [torch.zeros(2, 3, size, size)] + ([draw_noise(module.latent, 0)] if network == "vae" else [])
    assert module(*inputs).shape == (2, 2)


def test_noise_per_image_is_noise_shared_when_equal() -> None:
    module = build(NetworkConfig("vae", "test_resnet", 32)).eval()
    images, eps = torch.rand(3, 3, 32, 32), draw_noise(module.latent, 4)
    with torch.no_grad():
        torch.testing.assert_close(module(images, eps), module(images, eps.expand(3, -1)))


def test_noise_is_known_by_its_seed() -> None:
    first = draw_noise(4096, 7)
    state = torch.random.get_rng_state()
    assert torch.equal(first, draw_noise(4096, 7))
    assert torch.equal(state, torch.random.get_rng_state())
    assert not torch.equal(first, draw_noise(4096, 8))
    assert first.dtype == torch.float32
    assert abs(first.mean()) < 0.1
    assert abs(first.std() - 1) < 0.05


@pytest.mark.parametrize(
    ("network", "backbone", "size"), [("cnn", "test_resnet", 32), ("ed", "test_resnet", 33), ("ed", "test_resnet", 0)]
)
def test_config_refuses_what_cannot_be_built(network: str, backbone: str, size: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        NetworkConfig(network, backbone, size)


@pytest.mark.parametrize("name", ["no_such_model", "hf-hub:timm/convnext_tiny.in12k", "hf_hub:x/y", ""])
def test_backbone_is_a_name_and_never_an_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("network access")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ValueError, match="no model named"):
        create_backbone(name)


def test_building_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("network access")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with torch.device("meta"):
        assert build(NetworkConfig("ed", "convnext_tiny", 224)).image_px == 224


def test_torchvision_imports_after_timm_in_a_fresh_process() -> None:
    code = "from genconvit.networks.backbone import load_timm; load_timm(); import torchvision; print('fine')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "fine", done.stderr
