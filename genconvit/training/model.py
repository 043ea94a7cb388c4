"""A network in training: the start from a backbone's own weights, both passes, the moving average."""

from __future__ import annotations

import copy
import hashlib
import io
import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.evaluation.metrics import Scores
from genconvit.method import IMAGENET_MEAN, IMAGENET_STD
from genconvit.networks import Ed
from genconvit.training.validation import Score

MEAN, STD = IMAGENET_MEAN, IMAGENET_STD


class StartUnfit(Exception):
    """A file to start from does not fit the backbone; the text says where."""


def start_backbone(backbone: nn.Module, path: Path) -> str:
    """Load ImageNet weights into a backbone and give the file's SHA-256.

    Entries are matched by name; where no name agrees, in order, as between two implementations of one layout.

    Raises:
        StartUnfit: not there, no weights, another number of entries or another shape.
    """
    try:
        data = path.read_bytes()
        given: Mapping[str, Tensor] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise StartUnfit(f"{path} cannot be read as weights: {error}") from None
    if not isinstance(given, Mapping) or not all(isinstance(value, Tensor) for value in given.values()):
        raise StartUnfit(f"{path} holds no table of tensors")
    own = backbone.state_dict()
    if len(given) != len(own):
        raise StartUnfit(f"{path} has {len(given)} entries, the backbone {len(own)}")
    pairs = zip(own, (given[key] for key in own) if given.keys() == own.keys() else given.values(), strict=True)
    matched = dict(pairs)
    for key, value in matched.items():
        if value.shape != own[key].shape:
            raise StartUnfit(f"{path}: {key} has shape {tuple(value.shape)}, not {tuple(own[key].shape)}")
    backbone.load_state_dict(matched)
    return hashlib.sha256(data).hexdigest()


def quiet_rebuilt_path(network: Ed) -> None:
    """Set the classifier's weights for the reconstruction to zero: until it has learnt something it says nothing."""
    with torch.no_grad():
        network.fc.weight[:, : network.fc.in_features // 2] = 0


def logits_direct(network: Ed, images: Tensor) -> Tensor:
    """What the network says without its reconstruction: that half of the classifier's input is zero."""
    direct = network.backbone(images)
    hidden = network.fc(functional.gelu(torch.cat((torch.zeros_like(direct), direct), dim=1)))
    return torch.as_tensor(network.fc2(functional.gelu(hidden)))


def logits_both(network: Ed, images: Tensor, rebuilt: Tensor) -> Tensor:
    """The network's own forward, given the reconstruction.

    The reconstruction passes batch normalisation by its running figures, which then stay those of the images: the two
    kinds of picture differ, and an average of both would fit neither when the network is used.
    """
    direct = network.backbone(images)
    training = network.backbone.training
    network.backbone.eval()
    second = network.backbone(rebuilt)
    network.backbone.train(training)
    hidden = network.fc(functional.gelu(torch.cat((second, direct), dim=1)))
    return torch.as_tensor(network.fc2(functional.gelu(hidden)))


def normalised(images: Tensor, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD) -> Tensor:
    """``uint8 [N, 3, S, S]`` to float32, channels last."""
    shape = (1, 3, 1, 1)
    scaled = images.to(torch.float32) / 255
    result = (scaled - torch.tensor(mean).view(shape)) / torch.tensor(std).view(shape)
    return result.contiguous(memory_format=torch.channels_last)


class Average:
    """Exponential moving average of a network, its batch normalisation included (Polyak averaging)."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network, self.decay = copy.deepcopy(network).eval(), decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Early on the average is short, so that it does not remember the start."""
        decay = min(self.decay, (1 + step) / (10 + step))
        new = network.state_dict()
        for key, value in self.network.state_dict().items():
            if value.is_floating_point():
                value.lerp_(new[key], 1 - decay)
            else:
                value.copy_(new[key])


def scorer(network: nn.Module, precision: torch.dtype = torch.float32, mirror: bool = False) -> Score:
    """A function from crops to ``fake``, by the same arithmetic as in an examination: ``(f + 1 - r) / 2``."""

    def score(crops: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Scores:
        images = normalised(torch.from_numpy(crops).permute(0, 3, 1, 2))
        views = (images, images.flip(3)) if mirror else (images,)
        network.eval()
        with torch.inference_mode(), torch.autocast("cpu", precision, enabled=precision != torch.float32):
            pairs = torch.stack([torch.sigmoid(network(view).float()) for view in views]).mean(dim=0)
        return np.asarray(((pairs[:, 0] + 1 - pairs[:, 1]) / 2).double().numpy(), np.float64)

    return score
