"""What a run asks of its data, whichever kind it is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from genconvit.evaluation.kinds import KindFigure
from genconvit.evaluation.metrics import Scores
from genconvit.training.batches import Batches
from genconvit.training.config import TrainingConfig
from genconvit.training.validation import Score

Crops = npt.NDArray[np.uint8]


class DataUnusable(Exception):
    """Data that cannot be trained on; the text says which and why."""


class Measured(Protocol):
    """Scores of images that no training saw."""

    @property
    def real(self) -> Scores: ...

    @property
    def fake(self) -> Scores: ...

    def facts(self) -> dict[str, float]:
        """``auc`` and ``accuracy`` of the whole, and the AUC of parts, by name."""
        ...

    def parts(self) -> tuple[KindFigure, ...]:
        """Areas of parts, by what they are in words."""
        ...

    def interval(self) -> tuple[float, float]:
        """Of the AUC, bootstrap, 95 %."""
        ...

    def sentence(self) -> str:
        """For the card: what was measured, on how many, with the interval."""
        ...


class TrainingData(Protocol):
    """Images to train on, images to watch a run by, images to measure its end on."""

    @property
    def digest(self) -> str:
        """By which a run tells whether it goes on with the same data: SHA-256 over the names of what is trained on,
        and over its content where the kind of data says so."""
        ...

    def weaknesses(self, config: TrainingConfig) -> tuple[str, ...]:
        """For the card: what weights trained so are known to miss, a sentence each."""
        ...

    def batches(self, config: TrainingConfig, first_step: int) -> Batches: ...

    def watched(self, config: TrainingConfig) -> Watched:
        """Up to ``evaluate_pairs`` of each class, the same throughout the run, kept in memory."""
        ...

    def measure(self, score: Score, config: TrainingConfig) -> Measured:
        """All that was kept back for the end."""
        ...

    def describe(self) -> str:
        """For the card: what the training images are and how many."""
        ...


class Watched(Protocol):
    """A fixed sample of what was kept back."""

    def crops(self) -> Crops:
        """``uint8 [N, S, S, 3]``, reals and fakes."""
        ...

    def measure(self, score: Score) -> Measured: ...
