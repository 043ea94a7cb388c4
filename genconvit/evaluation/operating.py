"""Thresholds for choosing a rule: what must be borne in false positives for what is found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genconvit.evaluation.figures import NOTHING, ONE_CLASS, Figure, missing, of_hits, share
from genconvit.evaluation.intervals import resampled
from genconvit.evaluation.metrics import Flags, Scores, allowed_positives, called_at, count, threshold_at

RATES = (0.001, 0.01, 0.05)


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """The threshold that keeps false positives at or below ``rate`` on this sample."""

    rate: float
    threshold: float | None
    allowed: int
    """Real videos that may be called FAKE at that rate."""
    false_positives: Figure
    found_fakes: Figure
    precision: Figure
    resolved: bool
    """Whether the sample has enough real videos to show such a rate."""
    note: str


def thresholds(scores: Scores, is_fake: Flags, rates: tuple[float, ...] = RATES) -> tuple[ThresholdRow, ...]:
    """One row a rate. Needs reals and fakes; without them no row has a threshold."""
    real, fake = scores[~is_fake], scores[is_fake]
    if not len(real) or not len(fake):
        return tuple(
            ThresholdRow(rate, None, 0, missing(ONE_CLASS), missing(ONE_CLASS), missing(ONE_CLASS), False, ONE_CLASS)
            for rate in rates
        )
    allowed = [allowed_positives(len(real), rate) for rate in rates]
    drawn: list[list[tuple[Scores, Scores]]] = [[] for _ in rates]
    for times in resampled(is_fake):
        counts = count(scores, is_fake, times)
        for values, limit in zip(drawn, allowed, strict=True):
            values.append(called_at(counts, limit))
    return tuple(
        _row(rate, limit, real, fake, np.concatenate([np.stack(pair) for pair in values], axis=1))
        for rate, limit, values in zip(rates, allowed, drawn, strict=True)
    )


def _row(rate: float, allowed: int, real: Scores, fake: Scores, drawn: Scores) -> ThresholdRow:
    threshold = threshold_at(real, allowed)
    level = np.inf if threshold is None else threshold
    false, found = int((real >= level).sum()), int((fake >= level).sum())
    with np.errstate(invalid="ignore"):
        precise = drawn[1] / drawn.sum(axis=0)
    resolved = len(real) * rate >= 1
    return ThresholdRow(
        rate=rate,
        threshold=threshold,
        allowed=allowed,
        false_positives=share(false, len(real)),
        found_fakes=of_hits(found, len(fake), drawn[1] / len(fake)),
        precision=_precision(found, false, precise),
        resolved=resolved,
        note=_note(rate, len(real), resolved, threshold),
    )


def _precision(found: int, false: int, drawn: Scores) -> Figure:
    if not found + false or np.isnan(drawn).all():
        return missing(NOTHING)
    return of_hits(found, found + false, drawn)


def _note(rate: float, reals: int, resolved: bool, threshold: float | None) -> str:
    parts = []
    if not resolved:
        parts.append(
            f"{reals} real videos cannot resolve a rate of {rate:.2g}: the smallest that they can show is "
            f"{1 / reals:.2g}. The threshold lets none of them through, which says little about others."
        )
    if threshold is None:
        parts.append("More real videos than allowed have the highest possible score: no threshold keeps to this rate.")
    return " ".join(parts)
