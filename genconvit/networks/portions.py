"""How many faces go through a part of a network at once on the CPU."""

from __future__ import annotations

import torch
from torch import Tensor

VALUES = 5_000_000
"""That the widest map of a part holds at most, for as many faces as that allows, one at least: of a larger one, little
is left in the processor's cache when the next layer reads it."""


def portions(features: Tensor, widest: int) -> tuple[Tensor, ...]:
    """A few faces at a time; ``widest``: values of the widest map for each place of one channel of ``features``."""
    return torch.split(features, max(1, VALUES // (widest * features[0, 0].numel())))
