from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from genconvit.training import checkpoint
from genconvit.training.checkpoint import CheckpointDamaged, load, save


def state(numbers: int = 30_000) -> dict[str, Any]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(numbers, 1), nn.BatchNorm1d(1))
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.randn(4, numbers)).sum().backward()
    optimizer.step()
    average = {key: value * 0.99 if value.is_floating_point() else value for key, value in network.state_dict().items()}
    return {
        "config": "{}",
        "network": network.state_dict(),
        "average": average,
        "optimizer": optimizer.state_dict(),
        "step": 7,
        "elapsed_s": 1.0,
        "losses": [],
    }


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    save(tmp_path / "a.pt", state())
    found = load(tmp_path / "a.pt")
    assert found is not None and found["step"] == 7
    assert torch.equal(found["network"]["0.weight"], state()["network"]["0.weight"])
    assert load(tmp_path / "none.pt") is None
    assert [kept.name for kept in tmp_path.iterdir()] == ["a.pt"]


def test_a_write_that_breaks_off_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pt"
    save(path, state())

    def half(value: object, file: Any) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(torch, "save", half)
        save(path, {**state(), "step": 8})
    found = load(path)
    assert found is not None and found["step"] == 7
    assert [kept.name for kept in tmp_path.iterdir()] == ["a.pt"]


def test_the_rest_of_a_write_that_was_killed_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    save(path, state())
    path.with_suffix(".part").write_bytes(b"half of it")
    found = load(path)
    assert found is not None and found["step"] == 7
    save(path, {**state(), "step": 8})
    found = load(path)
    assert found is not None and found["step"] == 8


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_a_checkpoint_that_was_cut_short_is_named(kept: float, tmp_path: Path) -> None:
    path = tmp_path / "carried.pt"
    save(path, state())
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept >= 1 else kept * len(data))])
    with pytest.raises(CheckpointDamaged, match=r"carried\.pt"):
        load(path)


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        torch.zeros(3),
        {"fc.weight": torch.zeros(2, 2)},
        {"packed": True},
        {**state(1), "optimizer": {}},
        {**state(1), "step": "seven"},
        {**state(1), "average": {}},
    ],
    ids=["list", "tensor", "state dict", "packed only", "no optimizer", "no step", "no average"],
)
def test_a_file_of_another_kind_is_named(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(CheckpointDamaged, match=r"other\.pt is no checkpoint of a training run"):
        load(tmp_path / "other.pt")


def test_a_small_one_keeps_the_average_whole_and_the_rest_nearly(tmp_path: Path) -> None:
    save(tmp_path / "whole.pt", state(), packed=False)
    save(tmp_path / "small.pt", state(), packed=True)
    assert (tmp_path / "small.pt").stat().st_size < 0.66 * (tmp_path / "whole.pt").stat().st_size
    small, whole = load(tmp_path / "small.pt"), state()
    assert small is not None
    for key, value in whole["average"].items():
        assert torch.equal(small["average"][key], value)
    for key, value in whole["network"].items():
        assert small["network"][key].dtype == value.dtype
        assert torch.allclose(small["network"][key].double(), value.double(), rtol=2e-3, atol=1e-4), key
    for number, entry in whole["optimizer"]["state"].items():
        for name in checkpoint.MOMENTS:
            kept = small["optimizer"]["state"][number][name]
            assert kept.dtype == torch.float32 and torch.allclose(kept, entry[name], rtol=1e-2)
        assert torch.equal(small["optimizer"]["state"][number]["step"], entry["step"])
