from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from genconvit.cards import card_path, find_card
from genconvit.errors import CardInvalid, WeightsDamaged, WeightsMissing, WeightsRefused
from genconvit.weights import load, save

MakeState = Callable[[str], dict[str, torch.Tensor]]


@pytest.fixture
def copied(tiny_weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_weights, tmp_path / "weight"))


@pytest.mark.parametrize("name", ["genconvit-ed", "genconvit-vae"])
def test_loaded_network_is_ready_to_score(name: str, copied: Path) -> None:
    module = load(find_card(name, [copied]))
    assert not module.training
    assert not any(parameter.requires_grad for parameter in module.parameters())
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}


def test_a_file_that_changes_later_changes_no_score(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    module = load(card)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with card.path.open("r+b") as stream:
        stream.seek(-4096, 2)
        stream.write(b"\x00" * 4096)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_stored_and_computed_in_float32(
    dtype: torch.dtype, tiny_state: MakeState, copied: Path, tmp_path: Path
) -> None:
    state = tiny_state("vae")
    card = replace(find_card("genconvit-vae", [copied]), name="half")
    card = save(state, card, tmp_path / "half", dtype=dtype)
    assert card.bytes < 0.55 * find_card("genconvit-vae", [copied]).bytes
    with safe_open(card.path, framework="pt") as file:
        assert file.get_tensor("fc.weight").dtype is dtype
        assert file.get_tensor("encoder.features.1.num_batches_tracked").dtype is torch.int64
    loaded = load(card).state_dict()
    assert loaded["fc.weight"].dtype is torch.float32
    assert torch.equal(loaded["fc.weight"], state["fc.weight"].to(dtype).float())


def test_what_half_precision_cannot_hold_is_refused(tiny_state: MakeState, copied: Path, tmp_path: Path) -> None:
    state = tiny_state("ed")
    state["fc.bias"][3] = 1e6
    card = replace(find_card("genconvit-ed", [copied]), name="half")
    with pytest.raises(WeightsRefused) as caught:
        save(state, card, tmp_path / "half", dtype=torch.float16)
    assert (caught.value.problem, caught.value.details) == ("not_finite", ("fc.bias",))
    assert not (tmp_path / "half").exists()


def test_same_state_gives_the_same_file(tiny_state: MakeState, copied: Path, tmp_path: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    assert save(tiny_state("ed"), card, tmp_path / "again").sha256 == card.sha256


def test_strides_do_not_matter(tiny_state: MakeState, copied: Path, tmp_path: Path) -> None:
    state = {
        name: tensor.to(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor
        for name, tensor in tiny_state("ed").items()
    }
    card = find_card("genconvit-ed", [copied])
    assert save(state, card, tmp_path / "again").sha256 == card.sha256


@pytest.mark.parametrize("position", [0, 20, -1])
def test_one_changed_byte_is_noticed(position: int, copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    data = bytearray(card.path.read_bytes())
    data[position] ^= 1
    card.path.write_bytes(data)
    with pytest.raises(WeightsDamaged) as caught:
        load(card)
    assert caught.value.expected_sha256 == card.sha256 != caught.value.found_sha256


def test_a_cut_file_is_noticed(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    card.path.write_bytes(card.path.read_bytes()[:-1])
    with pytest.raises(WeightsDamaged):
        load(card)


def test_a_file_that_is_gone(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    card.path.unlink()
    with pytest.raises(WeightsMissing) as caught:
        load(card)
    assert caught.value.folders == (copied,)


@pytest.mark.parametrize(
    ("change", "problem"), [({"network": "vae"}, "wrong_keys"), ({"backbone": "test_resnet", "image_px": 64}, "")]
)
def test_a_card_that_says_something_else(change: dict[str, object], problem: str, copied: Path) -> None:
    card = replace(find_card("genconvit-ed", [copied]), **change)
    if not problem:
        assert load(card).image_px == 64, "ed has no tensor that depends on the size"
        return
    with pytest.raises(WeightsRefused) as caught:
        load(card)
    assert caught.value.problem == problem


@pytest.mark.parametrize("change", [{"backbone": "nonsense"}, {"backbone": "hf-hub:a/b"}, {"image_px": 50}])
def test_a_card_that_names_what_cannot_be_built(change: dict[str, object], copied: Path) -> None:
    card = replace(find_card("genconvit-ed", [copied]), **change)
    with pytest.raises(CardInvalid) as caught:
        load(card)
    assert caught.value.path == card_path(copied, "genconvit-ed")


def test_a_file_that_is_no_safetensors(copied: Path) -> None:
    card = find_card("genconvit-ed", [copied])
    card.path.write_bytes(b"nothing of the kind")
    card = replace(card, sha256="f11c8f9a0d42ab3ed3b64e6f32f6e0a4d9a7a2a4a0ad0c3c8ef0a55ea6a5a3d1")
    with pytest.raises(WeightsDamaged) as caught:
        load(card)
    with pytest.raises(WeightsRefused) as refused:
        load(replace(card, sha256=caught.value.found_sha256))
    assert refused.value.problem == "unreadable"


def test_a_backbone_with_hidden_buffers_is_whole(copied: Path, tmp_path: Path) -> None:
    from genconvit.networks import NetworkConfig, build

    config = NetworkConfig("ed", "swin_tiny_patch4_window7_224", 224)
    with torch.device("meta"):
        names = build(config).state_dict()
    state = {name: torch.zeros(tensor.shape, dtype=tensor.dtype) for name, tensor in names.items()}
    card = replace(find_card("genconvit-ed", [copied]), name="swin", backbone=config.backbone, image_px=224)
    module = load(save(state, card, tmp_path / "swin"))
    assert not any(tensor.is_meta for tensor in [*module.buffers(), *module.parameters()])
