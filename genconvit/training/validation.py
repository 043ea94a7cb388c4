"""The fixed validation set: every held-out photograph once, real and self-blended, from a seed of its own.

The recipe is this module and what it calls; with the same photographs and finder it is the same set, run after run.
A photograph's pair depends on its key alone, not on what else is held out, and on no network: blends and degradation
are made at the size and margin of ``MADE``; only what is cut out of the finished picture, and its size, is a network's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genconvit.evaluation.intervals import auc_interval
from genconvit.evaluation.kinds import KindFigure
from genconvit.evaluation.metrics import Flags, Scores, auc
from genconvit.method import Crop
from genconvit.records import Pixels
from genconvit.training.batches import Faces
from genconvit.training.samples import Sample, generator_of, make_sample

SEED = 2_307_07036
HELD_OUT = 0.08
"""Share of the photographs that no training sees; near copies of others are then left out."""
MADE = Crop("square", 0.1, 192)
"""Noise, blur and blocks are of so many pixels: made at each network's own size they would be other pictures."""
Score = Callable[[npt.NDArray[np.uint8]], Scores]
"""Crops ``uint8 [N, S, S, 3]`` to ``fake`` 0..1, ``[N]``."""
PARTS = {
    "auc_weak": "blend ratio up to 0.5",
    "auc_full": "full blends",
    "auc_light": "light degradation",
    "auc_strong": "strong degradation",
}


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Scores of the set, pair by pair."""

    real: Scores
    fake: Scores
    ratio: Scores
    """Blend ratio of each fake."""
    level: Scores
    """Degradation of each pair, 0..1."""

    def auc(self) -> float:
        return auc(self.real, self.fake)

    def facts(self) -> dict[str, float]:
        """AUC of the set and of its parts, real against the fakes of the same pairs; accuracy where 0.5 decides."""
        areas = {name: auc(self.real[part], self.fake[part]) for name, part in self._members().items()}
        return {"auc": self.auc(), **areas, "accuracy": accuracy(self.real, self.fake)}

    def interval(self) -> tuple[float, float]:
        """Of the AUC, bootstrap over photographs, 95 %."""
        return auc_interval(self.real, self.fake)

    def parts(self) -> tuple[KindFigure, ...]:
        """Areas of parts, each over the pairs that are in it; a part that no pair falls into is left out."""
        return tuple(
            KindFigure(PARTS[name], int(chosen.sum()), auc(real, fake), *auc_interval(real, fake))
            for name, chosen in self._members().items()
            for real, fake in [(self.real[chosen], self.fake[chosen])]
        )

    def sentence(self) -> str:
        """For the card."""
        low, high = self.interval()
        parts = "; ".join(part.words(counted=True) for part in self.parts())
        return (
            f"Self-blended validation set, made by a fixed recipe of those of the photographs that were kept back from "
            f"training ({len(self.real)} in which the finder saw a face; no near copies of training photographs, but "
            "perhaps of the same people; each real and self-blended, single crops, not mirrored, "
            "degraded by size, noise and JPEG, without a video encoder): "
            f"AUC {self.auc():.3f}, bootstrap 95 % interval {low:.3f} to {high:.3f}; of its parts, {parts}."
        )

    def _members(self) -> dict[str, Flags]:
        """Which pairs each part has."""
        members = {
            "auc_weak": self.ratio <= 0.5,
            "auc_full": self.ratio >= 1.0,
            "auc_light": self.level < 1 / 3,
            "auc_strong": self.level >= 2 / 3,
        }
        return {name: chosen for name, chosen in members.items() if chosen.any()}


def samples(faces: Faces, crop: Crop, limit: int | None = None) -> Iterator[Sample]:
    """The set as a method with that square crop sees it, in order; ``limit`` gives evenly spread pairs of it, each the
    same as in the whole set."""
    count = len(faces.photographs)
    chosen = range(count) if limit is None or limit >= count else np.linspace(0, count - 1, limit).astype(int)
    for place in chosen:
        photograph = faces.photographs[place]
        yield make_sample(photograph, faces.boxes[place], MADE, generator_of(SEED, photograph.key), shown=crop)


def accuracy(real: Scores, fake: Scores) -> float:
    """Share of scores on the right side of 0.5, where 0.5 itself is called fake as in the release."""
    return float((np.concatenate([real < 0.5, fake >= 0.5])).mean())


def evaluate(score: Score, pairs: Iterator[Sample] | list[Sample], batch: int = 32) -> Outcome:
    """Score a set of pairs."""
    kept = list(pairs)
    real = scored(score, [sample.real for sample in kept], batch)
    fake = scored(score, [sample.fake for sample in kept], batch)
    return Outcome(real, fake, np.array([s.ratio for s in kept]), np.array([s.level for s in kept]))


def scored(score: Score, crops: Sequence[Pixels], batch: int = 32) -> Scores:
    """Scores ``[N]`` of crops ``uint8 [S, S, 3]``, ``batch`` at a time."""
    parts = [score(np.stack(crops[start : start + batch])) for start in range(0, len(crops), batch)]
    return np.concatenate(parts) if parts else np.empty(0)
