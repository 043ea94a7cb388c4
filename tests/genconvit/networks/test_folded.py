from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.cards import find_card
from genconvit.devices import choose_device
from genconvit.forward import Forward, place
from genconvit.networks import NetworkConfig, build, folded, portions
from genconvit.networks.efficientnet import EfficientNetLite
from genconvit.networks.folded import FoldedEfficientNet
from genconvit.networks.fused import fuse, fused_parts
from genconvit.places import SHIPPED
from genconvit.weights import load

PX = 64


def plain_convolution(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    groups: int,
    *,
    clips: bool,
) -> Tensor:
    found = functional.conv2d(features, weight, bias, stride, padding, groups=groups)
    return functional.relu6(found) if clips else found


@pytest.fixture(autouse=True)
def operation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where torch has not got it, a plain one of the same meaning, so that what is built of it is tested everywhere."""
    if not folded.works():
        monkeypatch.setattr(folded, "_convolved", plain_convolution)
    folded.works.cache_clear()
    assert folded.works()
    yield
    folded.works.cache_clear()


@pytest.fixture(scope="module", params=["efficientnet_lite0", "efficientnet_lite2"])
def plain(request: pytest.FixtureRequest) -> nn.Module:
    """``ed`` with values that let every part matter, none so large that rounding grows from block to block."""
    with torch.device("meta"):
        module = build(NetworkConfig("ed", request.param, PX))
    generator = torch.Generator().manual_seed(4)
    state = {}
    for name, empty in module.state_dict().items():
        values = torch.randn(empty.shape, generator=generator)
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(1000)
        elif name.endswith("running_var"):
            state[name] = 0.5 + 0.3 * values.abs()
        elif empty.ndim > 1:
            state[name] = values / empty[0].numel() ** 0.5
        else:
            state[name] = values * 0.2 + float(name.endswith("weight"))
    module.load_state_dict(state, assign=True)
    return module.eval().requires_grad_(False)


def images(n: int) -> Tensor:
    return torch.randn(n, PX, PX, 3, generator=torch.Generator().manual_seed(9)).permute(0, 3, 1, 2)


def run(module: nn.Module, pictures: Tensor) -> Tensor:
    with torch.inference_mode():
        logits: Tensor = module(pictures)
    return logits


def test_it_is_the_plain_network_but_for_rounding(plain: nn.Module) -> None:
    ours = copy.deepcopy(plain)
    assert fuse(ours) is ours
    assert isinstance(ours.backbone, FoldedEfficientNet)
    assert ("backbone" in fused_parts(ours), fused_parts(plain)) == (True, ())
    assert not [part for part in ours.modules() if isinstance(part, nn.BatchNorm2d)]
    for part in ("backbone", ""):
        wanted, found = (run(module.get_submodule(part), images(5)) for module in (plain, ours))
        assert (found - wanted).abs().max() <= 5e-6 * wanted.abs().max()
        assert wanted.std(dim=0).min() > 1e-3, "the images must matter, or nothing is shown"
    found = run(ours, images(5))
    assert torch.equal(run(ours, images(5)), found), "two runs are one"
    torch.testing.assert_close(run(ours, images(5)[3:4].contiguous()), found[3:4], rtol=0, atol=1e-5)


def test_large_maps_take_a_few_faces_at_a_time(plain: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = fuse(copy.deepcopy(plain)).backbone
    assert isinstance(ours, FoldedEfficientNet)
    sizes: list[int] = []
    for part in (ours.early, ours.late):
        part.register_forward_pre_hook(lambda _module, inputs: sizes.append(len(inputs[0])))
    wanted = run(ours, images(5))
    # 96 channels of half the width and height.
    monkeypatch.setattr(portions, "VALUES", 2 * 96 * (PX // 2) ** 2)
    found = run(ours, images(5))
    assert sizes == [5, 5, 2, 2, 1, 5]
    assert (found - wanted).abs().max() <= 5e-6 * wanted.abs().max()


def test_in_float64_the_plain_module_agrees(plain: nn.Module) -> None:
    """What was folded is right, and not only as wrong as float32."""
    exact = run(copy.deepcopy(plain).double(), images(2).double())
    found = run(fuse(copy.deepcopy(plain)), images(2))
    assert (found.double() - exact).abs().max() <= 5e-6 * exact.abs().max()


def test_the_shipped_weights_score_as_before() -> None:
    card = find_card("standard", (SHIPPED,), "")
    device, crops = choose_device("cpu"), np.random.default_rng(5).integers(0, 256, (3, *[card.image_px] * 2, 3))
    logits = []
    for folds in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if not folds:
                patch.setattr(folded, "works", lambda: False)
            placed = place("standard", card.network, load(card), card.mean, card.std, device, 0)
        assert isinstance(placed.module.backbone, FoldedEfficientNet if folds else EfficientNetLite)
        logits.append(Forward([placed], device).logits(crops.astype(np.uint8), mirror=True)[card.network])
    torch.testing.assert_close(*logits, rtol=0, atol=1e-6)


def test_bfloat16_is_left_plain(plain: nn.Module) -> None:
    module = copy.deepcopy(plain)
    for parameter in module.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.bfloat16()
    assert isinstance(fuse(module).backbone, EfficientNetLite)


@pytest.mark.parametrize("problem", ["no library", "absent", "refusing", "wrong", "unclipped"])
def test_without_the_operation_all_stays_plain(problem: str, plain: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Tensor, clips: bool) -> Tensor:
        if problem == "wrong":
            return torch.zeros(2, 16, 3, 3)
        if problem == "unclipped":
            return plain_convolution(*given, clips=False)  # type: ignore[arg-type]
        raise AttributeError("no such operation") if problem == "absent" else RuntimeError("not on this processor")

    if problem == "no library":
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    else:
        monkeypatch.setattr(folded, "_convolved", fail)
    folded.works.cache_clear()
    assert not folded.works()
    module = copy.deepcopy(plain)
    assert isinstance(fuse(module).backbone, EfficientNetLite)
    assert set(module.state_dict()) == set(plain.state_dict())
