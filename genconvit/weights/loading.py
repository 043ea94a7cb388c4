"""Loading weights that were taken in, after their hash was compared with the card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from genconvit.cards import Card, card_path, hash_file
from genconvit.errors import CardInvalid, WeightsDamaged, WeightsMissing, WeightsRefused
from genconvit.networks import NetworkConfig, build
from genconvit.weights.fitting import empty_network, require_finite, used_part
from genconvit.weights.importing import Checkpoint


def load(card: Card, device: torch.device | str = "cpu") -> nn.Module:
    """The network with its weights, float32 whatever the file stores, in evaluation mode, on the device.

    The file is hashed, then mapped: the second look comes from the system's cache. Tensors are copied out of the
    mapping, so a file that changes later cannot change a score.

    Raises:
        WeightsMissing: the file is not beside the card.
        WeightsDamaged: its SHA-256 is not the card's.
        WeightsRefused: its tensors are not those of the card's network.
        CardInvalid: the card names a backbone or size that cannot be built.
    """
    require_intact(card)
    return assemble(_read(card.path), _config(card), card.path, device)


def assemble(
    state: Mapping[str, object], config: NetworkConfig, path: Path, device: torch.device | str = "cpu"
) -> nn.Module:
    """The network made of a state dict's tensors as they are, in evaluation mode, on the device.

    Raises:
        WeightsRefused: the tensors are not those of the network; ``path`` is where they are from.
        ValueError: no such backbone.
    """
    with torch.no_grad():
        used = used_part(state, config, path)
        module = empty_network(config)
        if _has_hidden_buffers(module):
            # What no state dict holds would stay without values on the meta device.
            module = build(config)
        module.load_state_dict(used, strict=True, assign=True)
    return module.eval().requires_grad_(False).to(device)


def load_checkpoint(path: Path, checkpoint: Checkpoint, device: torch.device | str = "cpu") -> nn.Module:
    """The network of a file that :func:`read_checkpoint` read, as :func:`load` gives it, without keeping it as weights.

    Raises:
        WeightsRefused: ``wrong_keys``, ``wrong_shapes`` or ``not_finite``.
        ValueError: no such backbone or size.
    """
    config = NetworkConfig(checkpoint.network, checkpoint.backbone, checkpoint.image_px)
    used = used_part(checkpoint.state, config, path)
    require_finite(used, path)
    return assemble({name: _copied(tensor) for name, tensor in used.items()}, config, path, device)


def require_intact(card: Card) -> None:
    """Raises WeightsMissing or WeightsDamaged unless the file is there with the card's SHA-256."""
    try:
        found = hash_file(card.path)
    except OSError:
        raise WeightsMissing(card.name, (card.folder,)) from None
    if found != card.sha256:
        raise WeightsDamaged(card.path, card.sha256, found)


def _config(card: Card) -> NetworkConfig:
    try:
        config = NetworkConfig(card.network, card.backbone, card.image_px)
        empty_network(config)
    except ValueError as error:
        raise CardInvalid(card_path(card.folder, card.name), "backbone", str(error)) from None
    return config


def _read(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: _copied(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise WeightsRefused(path, "unreadable", (str(error),)) from None


def _copied(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32, copy=True) if tensor.is_floating_point() else tensor.clone()


def _has_hidden_buffers(module: nn.Module) -> bool:
    return len(list(module.buffers())) + len(list(module.parameters())) != len(module.state_dict())
