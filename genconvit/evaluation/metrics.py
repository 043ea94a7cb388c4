"""Figures of labelled scores: numpy in, numbers out. The positive class is FAKE; a higher score means fake."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]


def auc(real: Scores, fake: Scores) -> float:
    """Area under the ROC curve: the chance that a fake scores above a real, ties counted half.

    Raises:
        ValueError: a class has no scores.
    """
    if not len(real) or not len(fake):
        raise ValueError("an AUC needs scores of both classes")
    ordered = np.sort(real)
    below = np.searchsorted(ordered, fake, side="left")
    not_above = np.searchsorted(ordered, fake, side="right")
    return float((below + not_above).mean() / 2 / len(real))
