"""The two GenConViT networks, as configuration and as modules. Nothing here reads a file or a network address.

Both take ``float32 [N, 3, S, S]``, RGB, normalised as the weights' card says, and give logits ``float32 [N, 2]``: index
0 is fake, 1 is real. Source of the layout: arXiv 2307.07036 and the state dicts of the released files.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from genconvit.networks.ed import Ed
from genconvit.networks.noise import draw_noise
from genconvit.networks.vae import Vae

__all__ = ["NETWORKS", "Ed", "NetworkConfig", "Vae", "build", "draw_noise"]

NETWORKS: dict[str, type[Ed] | type[Vae]] = {"ed": Ed, "vae": Vae}


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """What a network is built from. Released: ``convnext_tiny`` at 224.

    Raises:
        ValueError: an unknown network, or a size that is not a positive multiple of 32.
    """

    network: str
    """``ed`` (autoencoder) or ``vae`` (variational autoencoder)."""
    backbone: str
    """A timm model name, with its 1000-way head."""
    image_px: int
    """Side of the square input."""

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, not {self.network!r}")
        if self.image_px < 32 or self.image_px % 32:
            raise ValueError(f"image_px must be a positive multiple of 32, not {self.image_px}")


def build(config: NetworkConfig) -> nn.Module:
    """The network, freshly initialised, in training mode, on torch's current default device.

    ``ed`` is called as ``module(images)``, ``vae`` as ``module(images, eps)`` with ``eps`` of ``module.latent`` numbers
    from :func:`draw_noise`.

    Raises:
        ValueError: timm has no such backbone.
    """
    return NETWORKS[config.network](config.backbone, config.image_px)
