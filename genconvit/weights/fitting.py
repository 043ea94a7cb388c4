"""Which network a state dict belongs to, what of it is used, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from genconvit.errors import WeightsRefused
from genconvit.networks import NetworkConfig, build

UNUSED: dict[str, tuple[str, ...]] = {
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
"""Parts the release carries and never runs: a Swin transformer and its projection, the variance that only a training
loss sees, and three layers left over."""

_TELLTALE = {"vae": "encoder.mu.weight", "ed": "encoder.features.12.weight"}
_FINITE_PIECE = 1 << 22


def network_of(keys: Mapping[str, object], path: Path) -> str:
    """``ed`` or ``vae``, by the names of the tensors.

    Raises:
        WeightsRefused: ``wrong_network``, with the first names found.
    """
    for network, telltale in _TELLTALE.items():
        if telltale in keys:
            return network
    raise WeightsRefused(path, "wrong_network", tuple(f"found: {key}" for key in list(keys)[:12]))


def empty_network(config: NetworkConfig) -> nn.Module:
    """The network with shapes and no memory. Raises ValueError for an unknown backbone or size."""
    with torch.device("meta"):
        return build(config)


def used_part(state: Mapping[str, object], config: NetworkConfig, path: Path) -> dict[str, Tensor]:
    """The tensors the network runs on, in its own order, after every name and shape was compared.

    A name that the network itself has is never dropped, whatever it begins with.

    Raises:
        WeightsRefused: ``wrong_keys`` or ``wrong_shapes``, with one line for each.
        ValueError: no such backbone or size.
    """
    wanted = empty_network(config).state_dict()
    unused = UNUSED[config.network]
    kept = {key: value for key, value in state.items() if key in wanted or not key.startswith(unused)}
    problems = [f"missing: {key}" for key in wanted if key not in kept]
    problems += [f"unexpected: {key}" for key in kept if key not in wanted]
    problems += [f"not a tensor: {key}" for key, value in kept.items() if not isinstance(value, Tensor)]
    if problems:
        raise WeightsRefused(path, "wrong_keys", tuple(problems))
    tensors = {key: value for key in wanted if isinstance(value := kept[key], Tensor)}
    shapes = [line for key, tensor in tensors.items() if (line := _difference(key, tensor, wanted[key]))]
    if shapes:
        raise WeightsRefused(path, "wrong_shapes", tuple(shapes))
    return tensors


def require_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raises WeightsRefused ``not_finite`` with the names of the tensors that hold NaN or infinity as float32."""
    names = tuple(name for name, tensor in tensors.items() if not _is_finite(tensor))
    if names:
        raise WeightsRefused(path, "not_finite", names)


def _difference(key: str, found: Tensor, wanted: Tensor) -> str:
    if found.layout is not torch.strided or found.is_quantized or found.is_meta:
        return f"{key}: not a plain tensor"
    if found.is_complex() or found.is_floating_point() != wanted.is_floating_point():
        return f"{key}: {found.dtype} instead of {wanted.dtype}"
    if found.shape != wanted.shape:
        return f"{key}: {list(found.shape)} instead of {list(wanted.shape)}"
    return ""


def _is_finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point():
        return True
    flat = tensor.detach().reshape(-1)
    pieces = (flat[start : start + _FINITE_PIECE] for start in range(0, flat.numel(), _FINITE_PIECE))
    return all(bool(torch.isfinite(piece.to(torch.float32)).all()) for piece in pieces)
