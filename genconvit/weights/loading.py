"""Networks with stored weights, whose hash was compared with the card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from genconvit.cards import Card, card_path
from genconvit.errors import CardInvalid
from genconvit.networks import NetworkConfig, build
from genconvit.progress import QUIET, Progress
from genconvit.weights.fitting import empty_network, require_finite, used_part
from genconvit.weights.hashed import take
from genconvit.weights.importing import Checkpoint


def load(
    card: Card, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32, progress: Progress = QUIET
) -> nn.Module:
    """The network with its weights, in evaluation mode, on the device.

    See :mod:`genconvit.weights.hashed` for what is mapped. Where tensors are the mapped file itself, a pass through the
    network raises WeightsDamaged when somebody wrote into that file meanwhile.

    Args:
        dtype: of the matrices and kernels, whatever the file stores. Vectors (biases, normalisations) are float32, so
            that bfloat16 gives, under autocast, the numbers of float32 weights.

    Raises:
        WeightsMissing: the file is not beside the card.
        WeightsDamaged: its SHA-256 is not the card's.
        WeightsRefused: its tensors are not those of the card's network.
        CardInvalid: the card names a backbone or size that cannot be built.
        Cancelled
    """
    device = torch.device(device)
    taken = take(card, device, dtype, progress)
    module = assemble(taken.tensors, _config(card), card.path, device)
    if taken.watch is not None:
        module.register_forward_hook(taken.watch)
    return module


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


def _config(card: Card) -> NetworkConfig:
    try:
        config = NetworkConfig(card.network, card.backbone, card.image_px)
        empty_network(config)
    except ValueError as error:
        raise CardInvalid(card_path(card.folder, card.name), "backbone", str(error)) from None
    return config


def _copied(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32, copy=True) if tensor.is_floating_point() else tensor.clone()


def _has_hidden_buffers(module: nn.Module) -> bool:
    return len(list(module.buffers())) + len(list(module.parameters())) != len(module.state_dict())
