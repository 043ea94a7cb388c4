"""All figures of an evaluation in one record, and as JSON: the same results give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

import genconvit
from genconvit.evaluation.calibration import calibration_error
from genconvit.evaluation.copies import copies
from genconvit.evaluation.definitions import DEFINITIONS
from genconvit.evaluation.figures import Figure, of_scores, rounded
from genconvit.evaluation.metrics import (
    BINS,
    Flags,
    Scores,
    auc_of,
    binned,
    count,
    equal_error_rate,
)
from genconvit.evaluation.operating import ThresholdRow, thresholds
from genconvit.evaluation.results import FAKE, REAL, Result, labelled
from genconvit.evaluation.verdicts import OUTCOMES, TRUTHS, AtHalf, AtRule, at_half, at_rule, confusion
from genconvit.method import Method

SCHEMA = "veriframe.evaluation/1"
OWN, ALL = "own real videos", "all real videos"


@dataclass(frozen=True, slots=True)
class Judge:
    """The method that scored, and its rule."""

    name: str
    sha256: str
    core_sha256: str
    rule: str
    """Its kind; empty without a rule."""
    upper: float | None
    lower: float | None


@dataclass(frozen=True, slots=True)
class Videos:
    """How many, of one label."""

    all: int
    failed: int
    without_score: int
    without_face: int
    scored: int


@dataclass(frozen=True, slots=True)
class OfScores:
    """See ``scores`` in :mod:`genconvit.evaluation.definitions`."""

    auc: Figure
    equal_error_rate: Figure
    expected_calibration_error: Figure


@dataclass(frozen=True, slots=True)
class Group:
    """A manipulation or a source."""

    name: str
    real: Videos
    fake: Videos
    against: str
    auc: Figure
    at_half: AtHalf
    at_rule: AtRule


@dataclass(frozen=True, slots=True)
class Bin:
    """Of the reliability diagram: scores from ``low`` to below ``high``."""

    low: float
    high: float
    n: int
    fakes: int
    mean_score: float | None
    share_fake: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Columns of equal length, thresholds descending."""

    threshold: tuple[float, ...]
    false_positives: tuple[float, ...]
    found: tuple[float, ...]
    precision: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What an evaluation found; see :data:`genconvit.evaluation.definitions.DEFINITIONS`."""

    schema: str
    version: str
    made_at: str
    method: Judge | None
    real: Videos
    fake: Videos
    unlabelled: Videos
    same_content: int
    exactly_half: int
    """Labelled videos whose score is 0.5 to the bit: in the authors' files the mark of a video without a face."""
    at_half: AtHalf
    at_rule: AtRule
    scores: OfScores
    thresholds: tuple[ThresholdRow, ...]
    groups: tuple[Group, ...]
    confusion: dict[str, dict[str, int]]
    reliability: tuple[Bin, ...]
    curve: Curve | None
    definitions: dict[str, str]


def summarise(results: Sequence[Result], method: Method | None = None, made_at: str = "") -> Summary:
    """All figures of results; a method puts its name and rule beside them, ``made_at`` a date (else none is given)."""
    scores, is_fake = scored(results)
    tally = confusion(results).counts
    return Summary(
        schema=SCHEMA,
        version=genconvit.__version__,
        made_at=made_at,
        method=_judge(method) if method else None,
        real=_videos(labelled(results, REAL)),
        fake=_videos(labelled(results, FAKE)),
        unlabelled=_videos(labelled(results, "")),
        same_content=sum(len(same) for same in copies(results)),
        exactly_half=int((scores == 0.5).sum()),
        at_half=at_half(results),
        at_rule=at_rule(results),
        scores=_of_scores(scores, is_fake),
        thresholds=thresholds(scores, is_fake),
        groups=_groups(results),
        confusion={label: {outcome: tally[label, outcome] for outcome in OUTCOMES} for label in TRUTHS},
        reliability=_reliability(scores, is_fake),
        curve=_curve(scores, is_fake),
        definitions=DEFINITIONS,
    )


def to_json(summary: Summary) -> str:
    """Indented, in the order of the record, with a line end; figures to six decimals."""
    return json.dumps(asdict(summary), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def scored(results: Sequence[Result]) -> tuple[Scores, Flags]:
    """Scores ``float64 [n]`` of labelled videos that have one, and whether each is fake."""
    kept = [(result.score, result.label == FAKE) for result in results if result.label and result.score is not None]
    return np.array([score for score, _ in kept], np.float64), np.array([fake for _, fake in kept], np.bool_)


def _judge(method: Method) -> Judge:
    rule = method.rule
    upper, lower = (rule.upper, rule.lower) if rule else (None, None)
    return Judge(method.name, method.sha256, method.core_sha256, rule.kind if rule else "", upper, lower)


def _videos(results: Sequence[Result]) -> Videos:
    unscored = [result for result in results if result.score is None and not result.error]
    return Videos(
        all=len(results),
        failed=sum(bool(result.error) for result in results),
        without_score=len(unscored),
        without_face=sum(not result.faces for result in unscored),
        scored=sum(result.score is not None for result in results),
    )


def _of_scores(scores: Scores, is_fake: Flags) -> OfScores:
    area, rate = of_scores(scores, is_fake, auc_of, equal_error_rate)
    return OfScores(area, rate, calibration_error(scores, is_fake))


def _groups(results: Sequence[Result]) -> tuple[Group, ...]:
    names = sorted({result.group for result in results if result.group and result.label})
    return tuple(_group(name, results) for name in names)


def _group(name: str, results: Sequence[Result]) -> Group:
    members = [result for result in results if result.group == name]
    real, fake = labelled(members, REAL), labelled(members, FAKE)
    own = any(result.score is not None for result in real)
    (area,) = of_scores(*scored([*(real if own else labelled(results, REAL)), *fake]), auc_of)
    return Group(name, _videos(real), _videos(fake), OWN if own else ALL, area, at_half(members), at_rule(members))


def _reliability(scores: Scores, is_fake: Flags) -> tuple[Bin, ...]:
    if not len(scores):
        return ()
    edges = [round(edge / BINS, 10) for edge in range(BINS + 1)]
    return tuple(
        Bin(low, high, int(n), int(fakes), rounded(total / n) if n else None, rounded(fakes / n) if n else None)
        for low, high, n, fakes, total in zip(edges[:-1], edges[1:], *binned(count(scores, is_fake)), strict=True)
    )


def _curve(scores: Scores, is_fake: Flags) -> Curve | None:
    if not is_fake.any() or is_fake.all():
        return None
    counts = count(scores, is_fake)
    above, found = counts.at_or_above()
    columns = (above / above[-1], found / found[-1], found / (above + found))
    return Curve(tuple(counts.levels.tolist()), *(tuple(map(rounded, column)) for column in columns))
