"""What both networks share: two feature vectors of the backbone become two logits."""

from __future__ import annotations

from torch import nn

from genconvit.networks.backbone import CLASSES

HIDDEN = 500
LOGITS = 2


def hidden_layer() -> nn.Linear:
    """``[N, 2000]`` to ``[N, 500]``: the backbone's output for the image and for its reconstruction, side by side."""
    return nn.Linear(2 * CLASSES, HIDDEN)


def logit_layer() -> nn.Linear:
    """``[N, 500]`` to ``[N, 2]``: fake, real."""
    return nn.Linear(HIDDEN, LOGITS)
