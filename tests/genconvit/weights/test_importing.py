from __future__ import annotations

import errno
import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from genconvit.cards import read_card
from genconvit.errors import WeightsRefused
from genconvit.networks import NetworkConfig
from genconvit.progress import Cancelled, Reporter
from genconvit.weights import import_weights, load
from genconvit.weights.fitting import UNUSED, empty_network, used_part
from genconvit.weights.importing import ImportOptions

State = dict[str, torch.Tensor]
MakeState = Callable[[str], State]
OPTIONS = ImportOptions("test_resnet", 32)
NETWORKS = pytest.mark.parametrize("network", ["ed", "vae"])


class Malicious:
    """Creates a file when it is unpickled."""

    def __init__(self, victim: Path) -> None:
        self.victim = str(victim)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.victim,)


def with_leftovers(state: State, network: str) -> dict[str, torch.Tensor]:
    """As a released file carries them: present, and never run."""
    return state | {f"{prefix}left.over.weight": torch.full((2, 3), torch.nan) for prefix in UNUSED[network]}


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@NETWORKS
@pytest.mark.parametrize("wrapped", ["bare", "checkpoint", "own", "legacy"])
def test_round_trip_keeps_every_number(network: str, wrapped: str, tiny_state: MakeState, tmp_path: Path) -> None:
    state = tiny_state(network)
    carried: dict[str, Any] = with_leftovers(state, network)
    if wrapped == "checkpoint":
        carried = {"epoch": 3, "state_dict": carried, "optimizer": {"param_groups": [{"lr": 1e-4}]}, "min_loss": 0.1}
    if wrapped == "own":
        carried = {"step": 9, "config": '{"backbone": "test_resnet", "image_px": 32}', "average": carried}
    source = tmp_path / "source.pth"
    torch.save(carried, source, _use_new_zipfile_serialization=wrapped != "legacy")
    card = import_weights(source, "", tmp_path / "to", None if wrapped == "own" else OPTIONS)

    assert card.name == f"genconvit-{network}"
    assert (card.network, card.backbone, card.image_px) == (network, "test_resnet", 32)
    assert card.source_sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert card.sha256 == hashlib.sha256(card.path.read_bytes()).hexdigest()
    assert card.bytes == card.path.stat().st_size
    assert card == read_card(tmp_path / "to" / "cards" / f"genconvit-{network}.toml")
    assert listing(tmp_path / "to") == [f"cards/genconvit-{network}.toml", f"genconvit-{network}.safetensors"]
    loaded = load(card).state_dict()
    assert list(loaded) == list(state)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())


@NETWORKS
def test_file_is_plain_safetensors(network: str, tiny_weights: Path, tiny_state: MakeState) -> None:
    state = tiny_state(network)
    with safe_open(tiny_weights / f"genconvit-{network}.safetensors", framework="np") as file:
        assert sorted(file.keys()) == sorted(state)
        assert all((file.get_tensor(name) == state[name].numpy()).all() for name in state)


def test_unused_parts_are_those_the_release_never_runs() -> None:
    assert UNUSED == {
        "ed": ("embedder.", "backbone.patch_embed."),
        "vae": (
            "embedder.",
            "convnext_backbone.patch_embed.",
            "encoder.var.",
            "encoder.fc1.",
            "encoder.fc2.",
            "fc3.",
        ),
    }


def test_a_released_file_needs_no_options(tmp_path: Path) -> None:
    state = empty_network(NetworkConfig("ed", "convnext_tiny", 224)).state_dict()
    source = tmp_path / "genconvit_ed_inference.pth"
    torch.save({name: torch.zeros(1).expand(tensor.shape) for name, tensor in state.items()}, source)
    card = import_weights(source, "", tmp_path / "to")
    assert (card.name, card.backbone, card.image_px) == ("genconvit-ed", "convnext_tiny", 224)
    assert card.bytes > 4 * 30_157_753


def test_a_part_the_backbone_needs_is_not_dropped_for_its_name(tmp_path: Path) -> None:
    config = NetworkConfig("ed", "test_vit", 160)
    state = empty_network(config).state_dict()
    assert "backbone.patch_embed.proj.weight" in state
    state = {name: torch.zeros(tensor.shape) for name, tensor in state.items()}
    extra = {"backbone.patch_embed.backbone.norm.weight": torch.zeros(1)}
    assert list(used_part(state | extra, config, tmp_path)) == list(state)


def test_unused_parts_of_the_other_network_are_not_dropped(tiny_state: MakeState, tmp_path: Path) -> None:
    torch.save(tiny_state("ed") | {"encoder.var.weight": torch.zeros(1)}, tmp_path / "x.pth")
    with pytest.raises(WeightsRefused) as caught:
        import_weights(tmp_path / "x.pth", "", tmp_path / "to", OPTIONS)
    assert caught.value.details == ("unexpected: encoder.var.weight",)


def broken(kind: str, state: State, source: Path) -> None:
    name = "decoder.features.2.weight"
    if kind == "missing key":
        del state[name]
    elif kind == "strange key":
        state["backbone.extra.weight"] = torch.zeros(1)
    elif kind == "no tensor":
        state[name] = 3  # type: ignore[assignment]
    elif kind == "shape":
        state[name] = state[name][:, :-1]
    elif kind == "whole numbers":
        state[name] = state[name].to(torch.int64)
    elif kind == "complex":
        state[name] = state[name].to(torch.complex64)
    elif kind == "sparse":
        state[name] = state[name].to_sparse()
    elif kind == "nan":
        state[name][0, 0, 0, 0] = torch.nan
    elif kind == "infinity":
        state[name][-1, -1, -1, -1] = -torch.inf
    elif kind == "too large for float32":
        state[name] = state[name].double() + 1e300
    elif kind == "no GenConViT":
        for name in list(state):
            state["model." + name] = state.pop(name)
    elif kind == "numbers for names":
        state = {1: torch.zeros(1)}  # type: ignore[dict-item]
    torch.save([1, 2] if kind == "a list" else state, source)


@pytest.mark.parametrize(
    ("kind", "problem", "detail"),
    [
        ("missing key", "wrong_keys", "missing: decoder.features.2.weight"),
        ("strange key", "wrong_keys", "unexpected: backbone.extra.weight"),
        ("no tensor", "wrong_keys", "not a tensor: decoder.features.2.weight"),
        ("shape", "wrong_shapes", "decoder.features.2.weight: ["),
        ("whole numbers", "wrong_shapes", "decoder.features.2.weight: torch.int64"),
        ("complex", "wrong_shapes", "decoder.features.2.weight: torch.complex64"),
        ("sparse", "wrong_shapes", "decoder.features.2.weight: not a plain tensor"),
        ("nan", "not_finite", "decoder.features.2.weight"),
        ("infinity", "not_finite", "decoder.features.2.weight"),
        ("too large for float32", "not_finite", "decoder.features.2.weight"),
        ("no GenConViT", "wrong_network", "found: model.encoder.features.0.weight"),
        ("numbers for names", "wrong_keys", "the state dict"),
        ("a list", "wrong_keys", "a list instead"),
    ],
)
@NETWORKS
def test_wrong_contents_are_refused_with_the_facts(
    network: str, kind: str, problem: str, detail: str, tiny_state: MakeState, tmp_path: Path
) -> None:
    source = tmp_path / "source.pth"
    broken(kind, tiny_state(network), source)
    with pytest.raises(WeightsRefused) as caught:
        import_weights(source, "", tmp_path / "to", OPTIONS)
    assert caught.value.path == source
    assert caught.value.problem == problem
    assert caught.value.details[0].startswith(detail)
    assert listing(tmp_path) == ["source.pth"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (ImportOptions("convnext_tiny", 32), "wrong_keys"),
        (ImportOptions("test_resnet", 64), "wrong_shapes"),
        (ImportOptions("test_resnet", 33), "wrong_network"),
        (ImportOptions("no_such_backbone", 32), "wrong_network"),
        (None, "wrong_keys"),
    ],
)
def test_another_backbone_or_size_is_refused(
    options: ImportOptions | None, problem: str, tiny_state: MakeState, tmp_path: Path
) -> None:
    torch.save(tiny_state("vae"), tmp_path / "source.pth")
    with pytest.raises(WeightsRefused) as caught:
        import_weights(tmp_path / "source.pth", "", tmp_path / "to", options)
    assert caught.value.problem == problem
    assert listing(tmp_path) == ["source.pth"]


@pytest.mark.parametrize("form", ["zip", "legacy", "plain 2", "plain 4", "plain 5"])
def test_code_is_never_run(form: str, tiny_state: MakeState, tmp_path: Path) -> None:
    victim, source = tmp_path / "victim", tmp_path / "source.pth"
    contents = {"state_dict": tiny_state("ed"), "extra": Malicious(victim)}
    if form.startswith("plain"):
        source.write_bytes(pickle.dumps(Malicious(victim), protocol=int(form[-1])))
    else:
        torch.save(contents, source, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(WeightsRefused) as caught:
        import_weights(source, "", tmp_path / "to", OPTIONS)
    assert caught.value.problem == "unsafe"
    assert any(detail.endswith(".mkdir") for detail in caught.value.details)
    assert not victim.exists()
    assert listing(tmp_path) == ["source.pth"]


def test_numbers_that_need_a_function_are_refused_by_name(tiny_state: MakeState, tmp_path: Path) -> None:
    torch.save({"state_dict": tiny_state("ed"), "min_loss": np.float64(0.1)}, tmp_path / "source.pth")
    with pytest.raises(WeightsRefused) as caught:
        import_weights(tmp_path / "source.pth", "", tmp_path / "to", OPTIONS)
    assert caught.value.problem == "unsafe"
    assert caught.value.details[0].endswith("multiarray.scalar")


@pytest.mark.parametrize("kind", ["empty", "text", "noise", "cut zip", "cut legacy", "head only", "folder", "missing"])
def test_what_is_no_weights_file_is_refused(kind: str, tiny_state: MakeState, tmp_path: Path) -> None:
    source = tmp_path / "source.pth"
    torch.save(tiny_state("ed"), source, _use_new_zipfile_serialization=kind != "cut legacy")
    data = source.read_bytes()
    contents = {
        "empty": b"",
        "text": b"these are not weights\n" * 50,
        "noise": bytes(range(256)) * 16,
        "cut zip": data[: len(data) // 2],
        "cut legacy": data[: len(data) // 2],
        "head only": data[:10],
    }
    source.unlink()
    if kind == "folder":
        source.mkdir()
    elif kind != "missing":
        source.write_bytes(contents[kind])
    with pytest.raises(WeightsRefused) as caught:
        import_weights(source, "", tmp_path / "to", OPTIONS)
    assert caught.value.problem == ("missing" if kind == "missing" else "unreadable")
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("present", ["genconvit-ed.safetensors", "cards/genconvit-ed.toml"])
@pytest.mark.parametrize("name", ["", "genconvit-ed"])
def test_an_existing_name_is_left_alone(present: str, name: str, tiny_state: MakeState, tmp_path: Path) -> None:
    torch.save(tiny_state("ed"), tmp_path / "source.pth")
    there = tmp_path / "to" / present
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(WeightsRefused) as caught:
        import_weights(tmp_path / "source.pth", name, tmp_path / "to", OPTIONS)
    assert (caught.value.problem, caught.value.path) == ("exists", there)
    assert listing(tmp_path / "to") == [str(Path(present))]
    assert there.read_text() == "mine"


@pytest.mark.parametrize("name", ["../outside", "a/b", ".hidden", "a b", "x" * 65])
def test_a_name_is_no_path(name: str, tiny_state: MakeState, tmp_path: Path) -> None:
    torch.save(tiny_state("ed"), tmp_path / "source.pth")
    with pytest.raises(ValueError, match="not a name"):
        import_weights(tmp_path / "source.pth", name, tmp_path / "to", OPTIONS)
    assert listing(tmp_path) == ["source.pth"]


@pytest.mark.parametrize("at", [0.0, 0.3, 0.5, 0.9])
def test_cancelling_leaves_nothing(at: float, tiny_state: MakeState, tmp_path: Path) -> None:
    torch.save(tiny_state("ed"), tmp_path / "source.pth")

    def cancel(fraction: float, frames: int | None) -> None:
        if fraction >= at:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_weights(tmp_path / "source.pth", "", tmp_path / "to", OPTIONS, Reporter(cancel))
    assert listing(tmp_path) == ["source.pth"]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_full_disk_leaves_nothing(
    failing: int, tiny_state: MakeState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(tiny_state("ed"), tmp_path / "source.pth")
    calls = iter(range(1, 9))

    def full(_: int) -> None:
        if next(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        import_weights(tmp_path / "source.pth", "", tmp_path / "to", OPTIONS)
    assert listing(tmp_path) == ["source.pth"]


def test_config_of_a_checkpoint_reaches_the_card(tiny_state: MakeState, tmp_path: Path) -> None:
    config = {
        "backbone": "test_resnet",
        "image_px": 32,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "licence": "ours",
        "training": "ten steps",
    }
    torch.save({"state_dict": tiny_state("ed"), "config": config}, tmp_path / "source.pth")
    card = import_weights(tmp_path / "source.pth", "mine", tmp_path / "to")
    assert (card.mean, card.std) == ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    assert (card.name, card.licence, card.training) == ("mine", "ours", "ten steps")
