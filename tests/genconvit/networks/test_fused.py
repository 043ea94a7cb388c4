from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.random_weights import BACKBONE, used_state
from genconvit.devices import choose_device
from genconvit.forward import exact_arithmetic, place
from genconvit.networks import NetworkConfig, build, draw_noise, fused, portions
from genconvit.networks.convnext import ConvNeXtTiny, Mlp
from genconvit.networks.ed import Encoder
from genconvit.networks.fused import FusedEncoder, FusedLinear, FusedStage, fuse, fused_parts

PX = 64
BLOCKS = {"_linear_gelu": 36, "_linear_add": 36}
HALF = pytest.param(torch.bfloat16, id="bfloat16")
FULL = pytest.param(torch.float32, id="float32")

pytestmark = pytest.mark.usefixtures("counted")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How often each fused operation ran. Where torch has none of them, plain ones of the same meaning stand in, so
    that what is built of them is tested everywhere."""
    calls = dict.fromkeys(("linear", "_transposed", "_linear_gelu", "_linear_add"), 0)
    present = fused.works(torch.float32) and fused.works(torch.bfloat16)
    linear = nn.functional.linear
    stand_ins: dict[str, Any] = {
        "linear": linear,
        "_transposed": linear,
        "_linear_gelu": lambda features, weight, bias: nn.functional.gelu(linear(features, weight, bias)),
        "_linear_add": lambda features, other, weight, bias: linear(features, weight, bias) + other,
    }

    def counting(name: str) -> Any:
        run = getattr(fused, name) if present else stand_ins[name]

        def call(*tensors: Tensor) -> Tensor:
            calls[name] += 1
            result: Tensor = run(*tensors)
            return result

        return call

    if not present:
        monkeypatch.setattr(fused, "packed", lambda weight: weight.clone())
    for name in calls:
        monkeypatch.setattr(fused, name, counting(name))
    fused.works.cache_clear()
    assert fused.works(torch.float32)
    assert fused.works(torch.bfloat16)
    calls.update(dict.fromkeys(calls, 0))
    yield calls
    fused.works.cache_clear()


def filled(network: str) -> nn.Module:
    with torch.device("meta"):
        module = build(NetworkConfig(network, BACKBONE, PX))
    module.load_state_dict(used_state(network, seed=8, image_px=PX), assign=True)
    return module.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def ed() -> nn.Module:
    return filled("ed")


@pytest.fixture(scope="module")
def vae() -> nn.Module:
    return filled("vae")


@pytest.fixture(scope="module")
def light_vae(vae: nn.Module) -> nn.Module:
    """With a few numbers of a picture for a backbone: ``ed`` has the same, which takes nearly all of the time."""
    module = copy.copy(vae)
    module._modules = dict(vae._modules)
    linear = nn.Linear(48, 1000)
    with torch.no_grad():
        linear.weight.copy_(torch.linspace(0, 900, 48 * 1000).sin().view(1000, 48) / 10)
        linear.bias.zero_()
    module.convnext_backbone = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), linear.requires_grad_(False))
    return module


@pytest.fixture(params=["ed", "vae"])
def plain(request: pytest.FixtureRequest) -> nn.Module:
    """Both networks whole."""
    module: nn.Module = request.getfixturevalue(request.param)
    return module


@pytest.fixture(params=["ed", "light_vae"])
def part_by_part(request: pytest.FixtureRequest) -> nn.Module:
    """All that is made faster in either network, the backbone once."""
    module: nn.Module = request.getfixturevalue(request.param)
    return module


def in_half(module: nn.Module) -> nn.Module:
    """As an examination loads it: matrices bfloat16, vectors float32."""
    halved = copy.deepcopy(module)
    for parameter in halved.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.bfloat16()
    return halved


def images(n: int) -> Tensor:
    drawn = torch.randn(n, PX, PX, 3, generator=torch.Generator().manual_seed(9))
    return drawn.permute(0, 3, 1, 2)


def run(module: nn.Module, pictures: Tensor, *, half: bool = False) -> Tensor:
    inputs = [pictures] + ([draw_noise(256 * (PX // 32) ** 2, 3)] if hasattr(module, "latent") else [])
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits: Tensor = module(*inputs)
    return logits.float()


def backbone(module: nn.Module) -> ConvNeXtTiny:
    found = module.convnext_backbone if hasattr(module, "latent") else module.backbone
    assert isinstance(found, ConvNeXtTiny)
    return found


def test_float32_is_the_plain_network_but_for_rounding(plain: nn.Module, counted: dict[str, int]) -> None:
    ours = fuse(copy.deepcopy(plain))
    wanted, found = run(plain, images(3)), run(ours, images(3))
    assert counted == {"linear": int(hasattr(plain, "latent")), "_transposed": 0} | BLOCKS
    assert (found - wanted).abs().max() <= 2e-6 * wanted.abs().max()
    assert wanted.std(dim=0).min() > 1e-3, "the images must matter, or nothing is shown"
    assert torch.equal(run(ours, images(3)), found), "two runs are one"


def test_a_face_alone_in_any_portion_and_in_any_layout(
    part_by_part: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = fuse(copy.deepcopy(part_by_part))
    wanted = run(ours, images(3))
    monkeypatch.setattr(portions, "VALUES", 1)
    torch.testing.assert_close(run(ours, images(3)), wanted, rtol=0, atol=1e-5)
    torch.testing.assert_close(run(ours, images(3)[2:]), wanted[2:], rtol=0, atol=1e-5)
    torch.testing.assert_close(run(ours, images(3).contiguous()), wanted, rtol=0, atol=1e-5)


def test_bfloat16_stays_as_near_as_autocast_is(part_by_part: nn.Module, counted: dict[str, int]) -> None:
    halved = in_half(part_by_part)
    ours = fuse(copy.deepcopy(halved))
    exact, usual = run(part_by_part, images(3)), run(halved, images(3), half=True)
    found = run(ours, images(3), half=True)
    none = dict.fromkeys(counted, 0)
    assert counted == none | ({"_transposed": 1} if hasattr(ours, "latent") else BLOCKS)
    size = exact.abs().max()
    assert (found - exact).abs().max() <= 0.02 * size
    assert (usual - exact).abs().max() <= 0.02 * size
    assert not torch.equal(found, exact)
    assert torch.equal(run(ours, images(3), half=True), found), "two runs are one"


@pytest.mark.parametrize("kind", [FULL, HALF])
def test_what_flows_between_blocks(ed: nn.Module, kind: torch.dtype) -> None:
    half = kind == torch.bfloat16
    ours = fuse(in_half(ed) if half else copy.deepcopy(ed))
    seen: list[torch.dtype] = []
    for stage in backbone(ours).stages:
        stage.register_forward_hook(lambda _module, _inputs, output: seen.append(output.dtype))
    run(ours, images(1), half=half)
    assert seen == [kind] * 8


def test_faces_go_through_a_part_while_its_widest_map_is_small(ed: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    # 384 x 56 x 56 values a face in the first stage at 224 px, half of it in each that follows; 49 times less at 32 px.
    assert portions.VALUES // (384 * 56 * 56) == 4
    monkeypatch.setattr(portions, "VALUES", portions.VALUES // 49)
    ours = fuse(copy.deepcopy(ed))
    sizes: list[int] = []
    stages = [stage for stage in backbone(ours).stages if isinstance(stage, FusedStage)]
    assert isinstance(ours.encoder, FusedEncoder)
    for part in (*(stage.blocks[0] for stage in stages), ours.encoder.get_submodule("features.0")):
        part.register_forward_pre_hook(lambda _module, inputs: sizes.append(len(inputs[0])))
    with torch.inference_mode():
        backbone(ours)(torch.zeros(9, 3, 32, 32))
        assert sizes == [4, 4, 1, 8, 1, 9, 9]
        sizes.clear()
        # 16 x 224 x 224 values.
        ours.encoder(torch.zeros(9, 3, 32, 32))
        assert sizes == [6, 3]


def test_the_maximum_before_relu_is_the_release_to_the_bit() -> None:
    ours = Encoder()
    released = copy.deepcopy(ours)
    parts = list(released.features)
    released.features = nn.Sequential(*(parts[at + step] for at in range(0, len(parts), 3) for step in (0, 2, 1)))
    assert [type(part).__name__ for part in released.features][:3] == ["Conv2d", "ReLU", "MaxPool2d"]
    with torch.inference_mode():
        assert torch.equal(ours(images(2)), released(images(2)))


@pytest.mark.parametrize("problem", ["absent", "refusing", "wrong"])
@pytest.mark.parametrize("kind", [FULL, HALF])
def test_without_the_operations_all_stays_plain(
    problem: str, kind: torch.dtype, part_by_part: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_tensors: Tensor) -> Tensor:
        if problem == "wrong":
            return torch.zeros(2, 3, 32, dtype=kind)
        raise AttributeError("no such operation") if problem == "absent" else RuntimeError("not on this processor")

    monkeypatch.setattr(fused, "_linear_add", fail)
    fused.works.cache_clear()
    module = in_half(part_by_part) if kind == torch.bfloat16 else copy.deepcopy(part_by_part)
    before = [type(part) for part in module.modules()]
    assert fuse(module) is module
    assert [type(part) for part in module.modules()] == before
    assert set(module.state_dict()) == set(part_by_part.state_dict())


def test_a_torch_without_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    fused.works.cache_clear()
    assert not fused.works(torch.float32)
    assert not fused.works(torch.float64)


def test_other_backbones_and_a_second_time(part_by_part: nn.Module) -> None:
    other = copy.copy(part_by_part)
    other._modules = {name: nn.Identity() for name in ("backbone", "convnext_backbone")}
    other.encoder = nn.Module()
    other.encoder.add_module("mu", nn.Identity())
    kinds = [type(part) for part in other.modules()]
    assert [type(part) for part in fuse(other).modules()] == kinds
    once = fuse(copy.deepcopy(part_by_part))
    parts = list(once.modules())
    assert list(fuse(once).modules()) == parts
    assert any(isinstance(part, FusedStage | FusedLinear) for part in parts)


def test_an_examination_places_the_fused_network_and_holds_no_weight_twice(plain: nn.Module) -> None:
    module = copy.deepcopy(plain)
    held = {parameter.data_ptr() for parameter in module.parameters()}
    plain_linears = [weakref.ref(part) for part in module.modules() if isinstance(part, Mlp)]
    assert len(plain_linears) == 18
    placed = place("x", "ed", module, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), choose_device("cpu"), 0)
    assert placed.module is module
    stages = [part for part in module.modules() if isinstance(part, FusedStage)]
    assert len(stages) == 4
    assert {linear() for linear in plain_linears} == {None}
    variational = ("encoder.mu", "convnext_backbone.stages")
    assert fused_parts(module) == (variational if hasattr(module, "latent") else ("encoder", "backbone.stages"))
    assert fused_parts(plain) == ()
    if hasattr(module, "latent"):
        mu = module.get_submodule("encoder.mu")
        assert isinstance(mu, FusedLinear)
        assert mu.weight.data_ptr() in held


def test_a_coarser_float32_that_was_asked_for_elsewhere_does_not_reach_it(part_by_part: nn.Module) -> None:
    ours = fuse(copy.deepcopy(part_by_part))
    wanted = run(ours, images(2))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        with exact_arithmetic(torch.device("cpu")):
            assert torch.equal(run(ours, images(2)), wanted)
    finally:
        torch.set_float32_matmul_precision(before)


def test_only_the_number_of_a_stage_is_left_out_of_the_name_of_a_part() -> None:
    linear = nn.Linear(32, 32)
    stages = nn.ModuleList(FusedLinear(linear) for _ in range(2))
    module = nn.ModuleDict({"stages": stages, "fc1": FusedLinear(linear), "fc2": FusedLinear(linear)})
    assert fused_parts(module) == ("stages", "fc1", "fc2")
