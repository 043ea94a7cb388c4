"""Figures of decisions: at 0.5, and by the method's rule with its three verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genconvit.evaluation.figures import NOTHING, Figure, missing, of_hits, ratio
from genconvit.evaluation.intervals import drawn_outcomes
from genconvit.evaluation.metrics import f1
from genconvit.evaluation.results import FAKE, INCONCLUSIVE, REAL, Result

HALF = 0.5
FAILED = "ERROR"
OUTCOMES = (FAKE, REAL, INCONCLUSIVE, FAILED)
TRUTHS = (REAL, FAKE)
Cell = tuple[str, str]
"""A label and an outcome."""
FALSE, FOUND, MISSED, CONFIRMED = (REAL, FAKE), (FAKE, FAKE), (FAKE, REAL), (REAL, REAL)


@dataclass(frozen=True, slots=True)
class AtHalf:
    """FAKE when the score is 0.5 or more; see ``at_half`` in :mod:`genconvit.evaluation.definitions`."""

    accuracy: Figure
    real_accuracy: Figure
    fake_accuracy: Figure
    false_positives: Figure
    precision: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class OfAnalyzed:
    """The same of the videos that were analyzed; see ``at_rule.of_analyzed`` there."""

    decided: Figure
    inconclusive: Figure
    correct: Figure
    false_positives: Figure
    found_fakes: Figure
    missed_fakes: Figure
    confirmed_reals: Figure


@dataclass(frozen=True, slots=True)
class AtRule:
    """By the verdicts; see ``at_rule`` in :mod:`genconvit.evaluation.definitions`."""

    decided: Figure
    inconclusive: Figure
    failed: Figure
    accuracy_of_decided: Figure
    correct: Figure
    false_positives: Figure
    found_fakes: Figure
    missed_fakes: Figure
    confirmed_reals: Figure
    precision: Figure
    f1: Figure
    of_analyzed: OfAnalyzed


class Tally:
    """Labelled videos by label and outcome, and the same counts drawn again, reals and fakes apart."""

    def __init__(self, videos: Sequence[Cell]) -> None:
        self.counts: Mapping[Cell, int] = {
            (label, outcome): sum(video == (label, outcome) for video in videos)
            for label in TRUTHS
            for outcome in OUTCOMES
        }
        self._drawn = {
            (label, outcome): column
            for stream, label in enumerate(TRUTHS)
            for outcome, column in zip(
                OUTCOMES, drawn_outcomes([self.counts[label, each] for each in OUTCOMES], stream).T, strict=True
            )
        }

    def share(self, cells: Sequence[Cell], among: Sequence[Cell]) -> Figure:
        """Videos of ``cells`` among those of ``among``; a draw without any of the latter has no value."""
        n = sum(self.counts[cell] for cell in among)
        if not n:
            return missing(NOTHING)
        with np.errstate(invalid="ignore"):
            draws = np.sum([self._drawn[cell] for cell in cells], axis=0) / np.sum(
                [self._drawn[cell] for cell in among], axis=0
            )
        return of_hits(sum(self.counts[cell] for cell in cells), n, draws)

    def f1(self) -> Figure:
        """Of the fakes called FAKE, over all fakes; without fakes it has no value."""
        called = (FALSE, FOUND)
        fakes = sum(self.counts[cell] for cell in of_label(FAKE))
        n = sum(self.counts.values())
        if not fakes:
            return missing(NOTHING, n)
        value = f1(np.array(self.counts[FOUND]), np.array(sum(self.counts[cell] for cell in called)), np.array(fakes))
        drawn = f1(self._drawn[FOUND], np.sum([self._drawn[cell] for cell in called], axis=0), np.array(fakes))
        return ratio(float(value), drawn, n)


def of_label(label: str) -> tuple[Cell, ...]:
    """All its cells."""
    return tuple((label, outcome) for outcome in OUTCOMES)


EVERYTHING = (*of_label(REAL), *of_label(FAKE))
DECIDED = (CONFIRMED, FALSE, FOUND, MISSED)


def confusion(results: Sequence[Result]) -> Tally:
    """By the verdicts; a video with an error has the outcome ``ERROR``."""
    return Tally([(result.label, result.verdict or FAILED) for result in results if result.label])


def analyzed(result: Result) -> bool:
    """Whether the rule had something to judge: no error, and a face or a score."""
    return not result.error and (result.score is not None or result.faces > 0)


def at_half(results: Sequence[Result]) -> AtHalf:
    """Over labelled videos with a score."""
    tally = Tally(
        [
            (result.label, FAKE if result.score >= HALF else REAL)
            for result in results
            if result.label and result.score is not None
        ]
    )
    return AtHalf(
        accuracy=tally.share((CONFIRMED, FOUND), EVERYTHING),
        real_accuracy=tally.share((CONFIRMED,), of_label(REAL)),
        fake_accuracy=tally.share((FOUND,), of_label(FAKE)),
        false_positives=tally.share((FALSE,), of_label(REAL)),
        precision=tally.share((FOUND,), (FOUND, FALSE)),
        f1=tally.f1(),
    )


def at_rule(results: Sequence[Result]) -> AtRule:
    """Over all labelled videos, and over those that were analyzed."""
    tally = confusion(results)
    return AtRule(
        **_shares(tally),
        failed=tally.share(((REAL, FAILED), (FAKE, FAILED)), EVERYTHING),
        accuracy_of_decided=tally.share((CONFIRMED, FOUND), DECIDED),
        precision=tally.share((FOUND,), (FOUND, FALSE)),
        f1=tally.f1(),
        of_analyzed=OfAnalyzed(**_shares(confusion([result for result in results if analyzed(result)]))),
    )


def _shares(tally: Tally) -> dict[str, Figure]:
    return {
        "decided": tally.share(DECIDED, EVERYTHING),
        "inconclusive": tally.share(((REAL, INCONCLUSIVE), (FAKE, INCONCLUSIVE)), EVERYTHING),
        "correct": tally.share((CONFIRMED, FOUND), EVERYTHING),
        "false_positives": tally.share((FALSE,), of_label(REAL)),
        "found_fakes": tally.share((FOUND,), of_label(FAKE)),
        "missed_fakes": tally.share((MISSED,), of_label(FAKE)),
        "confirmed_reals": tally.share((CONFIRMED,), of_label(REAL)),
    }
