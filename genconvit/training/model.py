"""A network in training: its reconstruction, its logits with and without it, the moving average, the scores."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.evaluation.metrics import Scores
from genconvit.method import IMAGENET_MEAN, IMAGENET_STD
from genconvit.networks import Ed, Vae, draw_noise
from genconvit.training.validation import Score

MEAN, STD = IMAGENET_MEAN, IMAGENET_STD
NOISE_SEED = 0
"""Of the noise with which a ``vae`` is measured; the methods' own default."""


def backbone_of(network: Ed | Vae) -> nn.Module:
    return network.backbone if isinstance(network, Ed) else network.convnext_backbone


def quiet_rebuilt_path(network: Ed) -> None:
    """Set the classifier's weights for the reconstruction to zero: until it has learnt something it says nothing."""
    with torch.no_grad():
        network.fc.weight[:, : network.fc.in_features // 2] = 0


def rebuild(network: Ed | Vae, images: Tensor, noise: Tensor | None) -> Tensor:
    """The reconstruction: ``[N, 3, S, S]`` of ``ed``, ``[N, 3, S/2, S/2]`` of ``vae``.

    Args:
        noise: for ``vae`` standard normal ``[N, latent]``; not looked at by ``ed``.
    """
    encoded = network.encoder(images)
    if isinstance(network, Vae):
        if noise is None:
            raise ValueError("a vae needs noise")
        encoded = noise * torch.exp(0.5 * encoded) + encoded
    return torch.as_tensor(network.decoder(encoded))


def logits_direct(network: Ed, images: Tensor) -> Tensor:
    """What the network says without its reconstruction: that half of the classifier's input is zero."""
    direct = network.backbone(images)
    hidden = network.fc(functional.gelu(torch.cat((torch.zeros_like(direct), direct), dim=1)))
    return torch.as_tensor(network.fc2(functional.gelu(hidden)))


def logits_both(network: Ed | Vae, images: Tensor, rebuilt: Tensor) -> Tensor:
    """The network's own forward, given the reconstruction.

    The reconstruction passes batch normalisation by its running figures, which then stay those of the images: the two
    kinds of picture differ, and an average of both would fit neither when the network is used.
    """
    backbone = backbone_of(network)
    direct = backbone(images)
    training = backbone.training
    backbone.eval()
    second = backbone(rebuilt)
    backbone.train(training)
    if isinstance(network, Vae):
        hidden = network.fc(functional.relu(torch.cat((direct, second), dim=1)))
        return torch.as_tensor(network.fc2(functional.relu(hidden)))
    hidden = network.fc(functional.gelu(torch.cat((second, direct), dim=1)))
    return torch.as_tensor(network.fc2(functional.gelu(hidden)))


def normalised(images: Tensor, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD) -> Tensor:
    """``uint8 [N, 3, S, S]`` to float32, channels last."""
    shape = (1, 3, 1, 1)
    scaled = images.to(torch.float32) / 255
    middle, spread = (torch.tensor(values, device=images.device).view(shape) for values in (mean, std))
    return ((scaled - middle) / spread).contiguous(memory_format=torch.channels_last)


class Average:
    """Exponential moving average of a network, its batch normalisation included (Polyak averaging).

    With a decay of 0 there is none: ``network`` is then the trained network itself.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval() if decay > 0 else network
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Early on the average is short, so that it does not remember the start."""
        if self.decay == 0:
            return
        decay = min(self.decay, (1 + step) / (10 + step))
        new = network.state_dict()
        for key, value in self.network.state_dict().items():
            if value.is_floating_point():
                value.lerp_(new[key], 1 - decay)
            else:
                value.copy_(new[key])


def scorer(network: nn.Module, precision: torch.dtype = torch.float32, mirror: bool = False) -> Score:
    """A function from crops to ``fake``, by the same arithmetic as in an examination: ``(f + 1 - r) / 2``.

    It runs where the network is. A ``vae`` gets one noise vector for all, as in an examination.
    """
    device = next(network.parameters()).device
    noise = (draw_noise(network.latent, NOISE_SEED).to(device),) if isinstance(network, Vae) else ()

    def score(crops: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Scores:
        images = normalised(torch.from_numpy(crops).permute(0, 3, 1, 2).to(device))
        views = (images, images.flip(3)) if mirror else (images,)
        network.eval()
        with torch.inference_mode(), torch.autocast(device.type, precision, enabled=precision != torch.float32):
            pairs = torch.stack([torch.sigmoid(network(view, *noise).float()) for view in views]).mean(dim=0)
        return np.asarray(((pairs[:, 0] + 1 - pairs[:, 1]) / 2).double().cpu().numpy(), np.float64)

    return score
