"""What a run needs to go on: one file, replaced whole, never half written.

A file holds the weights, their average and both moments of Adam, four times the network's 32-bit numbers: 100 MB for
``ed`` on EfficientNet-Lite0, and going on from it is the same as never having stopped. Packed, it holds the average
whole and the rest in 16 bits, 63 MB, to be carried where 64 MiB is the limit; going on from that one is as good, but
not the same to the bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from genconvit import whole

NAME = "checkpoint.pt"
MOMENTS = ("exp_avg", "exp_avg_sq")
PARTS: dict[str, type] = {
    "config": str,
    "network": dict,
    "average": dict,
    "optimizer": dict,
    "step": int,
    "elapsed_s": float,
    "losses": list,
}
"""What every checkpoint has, of whichever age; newer ones have more."""


class CheckpointDamaged(Exception):
    """A checkpoint that cannot be read; the text says which."""


def save(path: Path, state: dict[str, Any], *, packed: bool = False) -> None:
    """Write beside, make it durable, put it in place. Raises OSError; the file that was there stays as it was."""
    # Always the same name beside it: what a kill leaves there, the next write takes.
    with whole.replacing(path, path.with_suffix(".part")) as part, part.open("wb") as file:
        torch.save(_packed(state) if packed else state, file)


def load(path: Path) -> dict[str, Any] | None:
    """The state, packed or not, or None where there is none yet. Raises CheckpointDamaged, OSError."""
    if not path.is_file():
        return None
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a damaged pickle can raise anything
        raise CheckpointDamaged(f"{path} is no checkpoint, or it is damaged or cut short") from None
    if not _is_one(state):
        raise CheckpointDamaged(f"{path} is no checkpoint of a training run")
    return _unpacked(state) if state.get("packed") else state


def _is_one(state: object) -> bool:
    if not isinstance(state, dict) or not all(isinstance(state.get(name), kind) for name, kind in PARTS.items()):
        return False
    return "state" in state["optimizer"] and state["network"].keys() == state["average"].keys()


def _packed(state: dict[str, Any]) -> dict[str, Any]:
    """The weights as their difference from the average, which is small, and the moments: bfloat16, which has the range
    that squared gradients need."""
    average: dict[str, Tensor] = state["average"]
    network = {key: _less(value, average[key]) for key, value in state["network"].items()}
    optimizer = _with_moments(state["optimizer"], torch.bfloat16)
    return {**state, "network": network, "optimizer": optimizer, "packed": True}


def _unpacked(state: dict[str, Any]) -> dict[str, Any]:
    average: dict[str, Tensor] = state["average"]
    network = {
        key: average[key] + value.float() if value.is_floating_point() else value
        for key, value in state["network"].items()
    }
    return {**state, "network": network, "optimizer": _with_moments(state["optimizer"], torch.float32)}


def _less(value: Tensor, average: Tensor) -> Tensor:
    return (value - average).to(torch.bfloat16) if value.is_floating_point() else value


def _with_moments(optimizer: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    kept = {
        number: {name: value.to(dtype) if name in MOMENTS else value for name, value in entry.items()}
        for number, entry in optimizer["state"].items()
    }
    return {**optimizer, "state": kept}
