"""What a training run is told, whole; it goes into the checkpoint and onto the card."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Either ``steps`` or ``minutes`` ends the run; the schedule follows the one that is given (``steps`` first).

    Only a run by steps is repeatable to the bit: by minutes, the learning rate follows the clock.
    """

    backbone: str = "efficientnet_lite0"
    image_px: int = 160
    margin: float = 0.1
    batch: int = 32
    """Images a step, half of them real."""
    steps: int = 0
    minutes: float = 0.0
    seed: int = 1
    learning_rate: float = 6e-4
    """At its highest; AdamW."""
    warm_up: int = 150
    """Steps of linear rise."""
    weight_decay: float = 0.02
    smoothing: float = 0.05
    """Label smoothing of the cross-entropy."""
    clip: float = 2.0
    """Largest norm of the gradient."""
    decay: float = 0.998
    """Of the moving average of the weights."""
    early_px: int = 128
    """Size at which the first part of the run sees its images: coarse things are learnt there at half the cost."""
    early_until: float = 0.5
    """Share of the run that ends with; 0: full size from the start."""
    join: float = 0.85
    """From this share of the run on the classifier sees the reconstruction too; 0 is from the start, as released."""
    rebuild_weight: float = 0.2
    """Of the mean squared error of the reconstruction in the loss."""
    encode: bool = False
    """Whether half of the pairs go through an H.264 encoder, real and fake alike."""
    precision: str = "float32"
    evaluate_every: int = 0
    """Steps between evaluations; 0: none but the last."""
    evaluate_pairs: int = 240
    save_every_s: float = 240.0
    save_every: int = 0
    """Steps between checkpoints, besides those by the clock; 0: by the clock alone."""

    def __post_init__(self) -> None:
        if self.steps <= 0 and self.minutes <= 0:
            raise ValueError("a run needs a number of steps or of minutes")
        if self.batch < 2 or self.batch % 2:
            raise ValueError(f"a batch holds pairs: {self.batch} is not an even number of images")
        if self.image_px % 32 or self.early_px % 32 or min(self.image_px, self.early_px) < 32:
            raise ValueError(f"image sizes must be multiples of 32, not {self.image_px} and {self.early_px}")

    def share(self, step: int, elapsed_s: float) -> float:
        """How far the run is, 0..1 and beyond."""
        return step / self.steps if self.steps > 0 else elapsed_s / (60 * self.minutes)

    def rate(self, step: int, share: float) -> float:
        """Learning rate: linear warm-up, then half a cosine down to a hundredth."""
        rise = min((step + 1) / self.warm_up, 1.0) if self.warm_up > 0 else 1.0
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * min(share, 1.0))) / 2
        return self.learning_rate * rise * fall
