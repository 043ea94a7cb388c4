"""The noise of the ``vae`` network, drawn once."""

from __future__ import annotations

import torch
from torch import Tensor


def draw_noise(latent: int, seed: int) -> Tensor:
    """Standard normal noise ``float32 [latent]`` on the CPU: the same for a seed on every machine and device.

    It is drawn in float64 and rounded, because torch's float32 path has variants per processor that differ in the last
    bit.
    """
    generator = torch.Generator(device="cpu").manual_seed(seed)
    drawn = torch.randn(latent, generator=generator, dtype=torch.float64, device="cpu")
    return drawn.to(torch.float32)
