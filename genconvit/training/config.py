"""What a training run is told, whole; it goes into the checkpoint and onto the card."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

SCHEDULES = ("cosine", "constant")
PRECISIONS = ("float32", "bfloat16")


class ConfigUnfit(Exception):
    """Settings that make no run; the text says which."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Either ``steps`` or ``minutes`` ends the run; the schedule follows the one that is given (``steps`` first).

    Only a run by steps is repeatable to the bit: by minutes, the learning rate follows the clock.
    """

    network: str = "ed"
    backbone: str = "efficientnet_lite0"
    image_px: int = 160
    margin: float = 0.1
    batch: int = 32
    """Images a step, half of them real."""
    accumulate: int = 1
    """Parts of equal size that a batch is computed in, one after the other: less memory, the same gradient up to
    rounding (batch normalisation sees each part by itself)."""
    steps: int = 0
    minutes: float = 0.0
    seed: int = 1
    learning_rate: float = 6e-4
    """At its highest; AdamW."""
    warm_up: int = 150
    """Steps of linear rise."""
    schedule: str = "cosine"
    """After the rise: half a cosine down to a hundredth, or ``constant``."""
    weight_decay: float = 0.02
    smoothing: float = 0.05
    """Label smoothing of the cross-entropy; the release has none."""
    clip: float = 2.0
    """Largest norm of the gradient; 0: as it comes."""
    decay: float = 0.998
    """Of the moving average of the weights; 0: no average."""
    early_px: int = 128
    """Size at which the first part of the run sees its images: coarse things are learnt there at half the cost."""
    early_until: float = 0.5
    """Share of the run that ends with; 0: full size from the start."""
    join: float = 0.85
    """From this share of the run on the classifier sees the reconstruction too; 0 is from the start, as released."""
    rebuild_weight: float = 0.2
    """Of the mean squared error of the reconstruction in the loss. As released: 1 for ``vae``, 0 for ``ed``."""
    encode: bool = False
    """Whether half of the pairs go through an H.264 encoder, real and fake alike."""
    donors: float = 0.0
    """Share of the self-blended fakes that get another photograph's face instead."""
    relit: float = 0.0
    """Share of the self-blended fakes of which what is laid over gets light from another side."""
    redrawn: float = 0.0
    """Share of the self-blended fakes whose own face is laid over as a generator draws it."""
    cloned: float = 0.0
    """Share of the fakes that are laid over by Poisson blending."""
    camera: float = 0.0
    """Share of the pairs, real and fake alike, that are smoothed or sharpened whole, as a telephone does."""
    beauty: float = 0.0
    """Share of the pairs, real and fake alike, made of a photograph as a beauty filter shows it."""
    filming: float = 0.0
    """Share of the pairs, real and fake alike, under a video's movement, light and obstructions."""
    locate: float = 0.0
    """Of the error of where a self-blended face was altered, in the loss; 0: that is not asked. See
    :mod:`genconvit.training.locating`."""
    precision: str = "float32"
    evaluate_every: int = 0
    """Steps between evaluations; 0: none but the last."""
    evaluate_pairs: int = 240
    save_every_s: float = 240.0
    save_every: int = 0
    """Steps between checkpoints, besides those by the clock and before each evaluation; 0: these alone."""

    def __post_init__(self) -> None:
        """Raises ConfigUnfit with a sentence that goes on after "Cannot train: "."""
        for wrong, words in self._problems():
            if wrong:
                raise ConfigUnfit(words)

    def share(self, step: int, elapsed_s: float) -> float:
        """How far the run is, 0..1 and beyond."""
        return step / self.steps if self.steps > 0 else elapsed_s / (60 * self.minutes)

    def rate(self, step: int, share: float) -> float:
        """Learning rate: linear warm-up, then the schedule."""
        rise = min((step + 1) / self.warm_up, 1.0) if self.warm_up > 0 else 1.0
        if self.schedule == "constant":
            return self.learning_rate * rise
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * min(share, 1.0))) / 2
        return self.learning_rate * rise * fall

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def _problems(self) -> tuple[tuple[bool, str], ...]:
        sizes = (self.image_px, self.early_px)
        shares = {"label smoothing": self.smoothing, "decay of the average": self.decay}
        not_shares = [f"{what} of {value:g}" for what, value in shares.items() if not 0 <= value < 1]
        places = {
            "end of the early size": self.early_until,
            "join of the reconstruction": self.join,
            "donors": self.donors,
            "relit faces": self.relit,
            "redrawn faces": self.redrawn,
            "cloned faces": self.cloned,
            "camera": self.camera,
            "beauty filter": self.beauty,
            "filming": self.filming,
            "donors and redrawn faces together": self.donors + self.redrawn,
        }
        no_places = [f"{what} at {value:g}" for what, value in places.items() if not 0 <= value <= 1]
        every = (self.evaluate_every, self.save_every, self.save_every_s)
        weights = (self.weight_decay, self.clip, self.rebuild_weight, self.locate, self.warm_up, self.margin)
        return (
            (
                self.steps < 0 or not 0 <= self.minutes < math.inf or (self.steps == 0 and self.minutes == 0),
                f"a run needs a number of steps or of minutes, not {self.steps} and {self.minutes:g}",
            ),
            (
                self.batch < 2 or self.batch % 2 != 0,
                f"a batch holds pairs: {self.batch} is not an even number of images",
            ),
            (
                self.accumulate < 1 or self.batch % (2 * max(self.accumulate, 1)) != 0,
                f"a batch of {self.batch} images cannot be computed in {self.accumulate} parts of whole pairs",
            ),
            (
                any(size % 32 for size in sizes) or min(sizes) < 32,
                f"image sizes must be multiples of 32, not {self.image_px} and {self.early_px}",
            ),
            (self.network not in ("ed", "vae"), f"a network is called ed or vae, not {self.network!r}"),
            (
                self.network == "vae" and (self.early_px != self.image_px or self.join > 0),
                "a vae takes one size of image and its reconstruction from the start",
            ),
            (self.schedule not in SCHEDULES, f"a schedule is one of {', '.join(SCHEDULES)}, not {self.schedule!r}"),
            (self.precision not in PRECISIONS, f"a precision is one of {', '.join(PRECISIONS)}"),
            (not 0 <= self.seed < 2**31, f"a seed is a whole number from 0 to 2147483647, not {self.seed}"),
            (not 0 < self.learning_rate < math.inf, f"a learning rate is above 0, not {self.learning_rate:g}"),
            (bool(no_places), f"{' and '.join(no_places)}: must be a share, from 0 to 1"),
            (not all(value >= 0 for value in every), "how often to evaluate or to save cannot be below 0"),
            (self.evaluate_pairs < 1, "an evaluation needs a pair"),
            (bool(not_shares), f"{' and '.join(not_shares)}: must be from 0 up to, but not, 1"),
            (
                not all(0 <= value < math.inf for value in weights),
                "margin, warm-up, weight decay, clip and weights of the reconstruction and of where a face was altered "
                "cannot be below 0",
            ),
        )


def filled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a checkpoint of any age: a field that it lacks has its default, one that is no more is left out."""
    return {field.name: settings.get(field.name, field.default) for field in fields(TrainingConfig)}
