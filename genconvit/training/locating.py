"""A second task for a network in training: to say where a face was altered. What learns it is thrown away at the end.

That a map of where a blend lies teaches more than a label for the whole picture is the finding of Li et al., "Face
X-ray for More General Face Forgery Detection", CVPR 2020 (arXiv 1912.13458), and of Zhao et al., "Learning
Self-Consistency for Deepfake Detection", ICCV 2021 (arXiv 2012.09311). The layer, its two maps and the code are our
own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import skip_init

STRIDE = 16
"""Pixels of the input to a place of the features that are asked."""
MAPS = 2
"""How much of a place is altered, and how much of it is the border of what is altered."""


class NothingToAsk(Exception):
    """A backbone without features at :data:`STRIDE`; the text names it."""


class Locator(nn.Module):
    """A layer over each place of a backbone's features ``[N, C, H/16, W/16]``: logits ``[N, 2, H/16, W/16]``.

    It starts at zero, so that it draws no random numbers.

    Raises:
        NothingToAsk
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        known = [entry for entry in getattr(backbone, "feature_info", ()) if entry["reduction"] == STRIDE]
        if not known:
            raise NothingToAsk(f"{type(backbone).__name__} has no features at a sixteenth of the picture's size")
        # In a tuple, so that the backbone's weights do not become this module's.
        self._asked = (backbone.get_submodule(known[-1]["module"]),)
        self.layer = skip_init(nn.Conv2d, known[-1]["num_chs"], MAPS, 1)  # type: ignore[no-untyped-call]
        for values in self.layer.parameters():
            nn.init.zeros_(values)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features)  # type: ignore[no-any-return]

    @contextlib.contextmanager
    def listening(self) -> Iterator[list[Tensor]]:
        """What the backbone's features are, pass by pass, while it runs inside."""
        heard: list[Tensor] = []
        hook = self._asked[0].register_forward_hook(lambda _module, _given, features: heard.append(features))
        try:
            yield heard
        finally:
            hook.remove()

    def error(self, features: Tensor, wanted: Tensor) -> Tensor:
        """Sum over images of the mean cross-entropy of a place.

        Args:
            features: ``[N, C, h, w]``.
            wanted: ``float32 [N, 2, H, W]``, 0..1, of any size: its mean over each place is what is wanted there.
        """
        told = self(features).float()
        target = functional.adaptive_avg_pool2d(wanted, told.shape[-2:])
        wrong = functional.binary_cross_entropy_with_logits(told, target, reduction="sum")
        return wrong / target[0].numel()
