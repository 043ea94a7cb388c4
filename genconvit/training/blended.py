"""Training data made of real photographs: self-blended images, watched and measured on the fixed validation set."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np

from genconvit.method import Crop
from genconvit.training.batches import Batches, SelfBlendBatches
from genconvit.training.config import TrainingConfig
from genconvit.training.data import Crops, DataUnusable
from genconvit.training.prepare import Sets
from genconvit.training.samples import Sample
from genconvit.training.validation import Outcome, Score, evaluate, samples
from genconvit.training.variants import Variants

WEAKNESSES = (
    "Trained on photographs only, with fakes made of them by simple means: it looks for the traces of one face laid "
    "over another. Fully synthetic faces need not have such traces, nor has reenactment without an edge of blending, "
    "which is imitated at best: expect it to miss them.",
    "Trained on still photographs: how it does on video with profile faces, small faces (below about 60 px), heavy "
    "compression, old film, make-up, masks or real beauty filters is not known from its training; any of these may be "
    "called either way.",
    "It was not trained on video of real cases: how often it errs there is not known.",
)

FILMED = (
    "Movement, shadow, uneven light, darkness and things in front of a face were shown to it only as this program "
    "imitates them on photographs: original faces filmed so may still score higher than others, and manipulated ones "
    "that are blurred show less."
)
UNFILMED = (
    "Its last training run showed it no faces that are blurred by movement, in shadow, in the dark or partly covered, "
    "as video shows them: such original faces may score as high as manipulated ones."
)


@dataclass(frozen=True, slots=True, eq=False)
class WatchedPairs:
    """Evenly spread pairs of the fixed validation set."""

    pairs: tuple[Sample, ...]

    def crops(self) -> Crops:
        return np.stack([picture for pair in self.pairs for picture in (pair.real, pair.fake)])

    def measure(self, score: Score) -> Outcome:
        return evaluate(score, list(self.pairs))


@dataclass(frozen=True, slots=True, eq=False)
class Blended:
    """Faces to train on and held-out ones.

    Raises:
        DataUnusable: no face to train on, or none held out.
    """

    sets: Sets

    def __post_init__(self) -> None:
        if not self.sets.train.boxes or not self.sets.held_out.boxes:
            count = len(self.sets.train.boxes) + len(self.sets.held_out.boxes)
            raise DataUnusable(
                f"{count} photographs with a face are too few: about one in twelve, chosen by its name, is held out, "
                "near copies of others are left out of those, and there must be one to train on and one held out"
            )

    @property
    def digest(self) -> str:
        """SHA-256 over the names of the photographs, not over their content: it tells one choice of photographs from
        another, and is no hash of the data."""
        names = "\n".join(photograph.key for photograph in self.sets.train.photographs)
        return hashlib.sha256(names.encode()).hexdigest()

    def weaknesses(self, config: TrainingConfig) -> tuple[str, ...]:
        return (*WEAKNESSES, FILMED if config.filming > 0 else UNFILMED)

    def batches(self, config: TrainingConfig, first_step: int) -> Batches:
        """Raises DataUnusable where donors are asked for and there is one photograph."""
        faces, crop = self.sets.train, crop_of(config)
        if config.donors > 0 and len(faces.photographs) < 2:
            raise DataUnusable("donors are faces of other photographs, and there is one photograph to train on")
        variants = None
        shares = (config.donors, config.relit, config.redrawn, config.cloned)
        if any(shares):
            variants = Variants(faces.photographs, *shares)
        return SelfBlendBatches(
            faces,
            crop,
            config.batch,
            config.seed,
            first_step,
            encode=config.encode,
            variants=variants,
            camera=config.camera,
            beauty=config.beauty,
            filming=config.filming,
        )

    def watched(self, config: TrainingConfig) -> WatchedPairs:
        return WatchedPairs(tuple(samples(self.sets.held_out, crop_of(config), config.evaluate_pairs)))

    def measure(self, score: Score, config: TrainingConfig) -> Outcome:
        return evaluate(score, samples(self.sets.held_out, crop_of(config)))

    def describe(self) -> str:
        counts = Counter(photograph.source for photograph in self.sets.train.photographs)
        listed = ", ".join(f"{source} {count}" for source, count in sorted(counts.items()))
        return f"Self-blended images (arXiv 2204.08376, own code) of real photographs: {listed}."


def crop_of(config: TrainingConfig) -> Crop:
    """As the method will crop."""
    return Crop("square", config.margin, config.image_px)
