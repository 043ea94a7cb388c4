"""Two methods on the same videos, paired: what one does better than the other, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from genconvit.evaluation.figures import (
    BOOTSTRAP,
    FEWEST,
    NO_INTERVAL,
    NOTHING,
    ONE_CLASS,
    SMALL,
    Figure,
    missing,
    of_scores,
    ratio,
    share,
)
from genconvit.evaluation.intervals import resampled
from genconvit.evaluation.metrics import Flags, Scores, auc_of, count
from genconvit.evaluation.results import FAKE, REAL, Result
from genconvit.evaluation.verdicts import analyzed

Pair = tuple[Result, Result]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A figure of both, and second less first."""

    name: str
    first: Figure
    second: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class Comparison:
    """Contrasts over the videos that both have.

    ``real`` and ``fake``: pairs with a label. ``scored_real`` and ``scored_fake``: of these, with a score in both: the
    area is over them. ``analyzed_real`` and ``analyzed_fake``: of these, without an error and with a face in both: the
    rates are over them. ``failed`` and ``without_face``: videos with an error or without a face, in the first and in
    the second. ``alone``: videos in only one of the two, by which. ``unlike``: videos that the two label differently.
    ``unlike_files``: videos of one name that are not the same file, by the SHA-256 where both have it. They, and those
    without a label, are left out.
    """

    real: int
    fake: int
    scored_real: int
    scored_fake: int
    analyzed_real: int
    analyzed_fake: int
    failed: tuple[int, int]
    without_face: tuple[int, int]
    alone: tuple[int, int]
    unlike: int
    unlike_files: int
    unlabelled: int
    area: Contrast
    false_positives: Contrast
    found_fakes: Contrast

    def text(self) -> str:
        """A table with a line end, and what it rests on."""
        rows = [("", "first", "second", "second less first")]
        rows += [_row(contrast) for contrast in (self.area, self.false_positives, self.found_fakes)]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*self._counts(), "", *lines, "", self._reading()]) + "\n"

    def _counts(self) -> list[str]:
        lines = [
            f"Paired over {self.real} real and {self.fake} fake videos; areas over {self.scored_real} and "
            f"{self.scored_fake} with a score in both, rates over {self.analyzed_real} and {self.analyzed_fake} "
            f"analyzed in both. In brackets 95 % intervals: Wilson of shares, {self._kind()} of areas, paired "
            f"bootstrap of differences."
        ]
        for (first, second), what in ((self.failed, "With an error"), (self.without_face, "Without a face")):
            if first or second:
                lines.append(f"{what}: {first} in the first, {second} in the second.")
        left_out = [
            (self.alone[0], "only in the first"),
            (self.alone[1], "only in the second"),
            (self.unlike_files, "of another content under the same name"),
            (self.unlike, "labelled differently"),
            (self.unlabelled, "without a label"),
        ]
        told = [f"{number} {why}" for number, why in left_out if number]
        return [*lines, f"Left out: {', '.join(told)}."] if told else lines

    def _kind(self) -> str:
        kinds = {self.area.first.interval, self.area.second.interval}
        return "bootstrap" if kinds <= {BOOTSTRAP, NO_INTERVAL} else "Newcombe (or its outer ends with a bootstrap)"

    def _reading(self) -> str:
        difference, fewest = self.area.difference, min(self.scored_real, self.scored_fake)
        if difference.low is None or difference.high is None:
            return "Without real and fake videos that both scored there is no area to compare."
        if fewest < FEWEST:
            return f"Fewer than {FEWEST} of a label scored in both: nothing can be said of which is better."
        if difference.low == difference.high:
            return "The difference of areas has no interval: nothing can be said of which is better."
        if difference.low <= 0 <= difference.high:
            return "The interval of the difference of areas holds 0: these videos do not show that one is better."
        better = "second" if difference.low > 0 else "first"
        few = f" With fewer than {SMALL} of a label the interval is too narrow, though." if fewest < SMALL else ""
        return f"On these videos the {better} has the larger area.{few}"


def compare(a: Sequence[Result], b: Sequence[Result]) -> Comparison:
    """Pair the videos of two evaluations by name (several of one name in their order) and contrast them."""
    pairs, alone = _paired(a, b)
    same = [pair for pair in pairs if _same_file(*pair)]
    agreed = [pair for pair in same if pair[0].label == pair[1].label]
    labelled = [pair for pair in agreed if pair[0].label]
    scored = [pair for pair in labelled if all(result.score is not None for result in pair)]
    judged = [pair for pair in labelled if all(analyzed(result) for result in pair)]
    return Comparison(
        real=_number(labelled, REAL),
        fake=_number(labelled, FAKE),
        scored_real=_number(scored, REAL),
        scored_fake=_number(scored, FAKE),
        analyzed_real=_number(judged, REAL),
        analyzed_fake=_number(judged, FAKE),
        failed=_of_each(labelled, lambda result: bool(result.error)),
        without_face=_of_each(labelled, lambda result: not result.error and not analyzed(result)),
        alone=alone,
        unlike=len(same) - len(agreed),
        unlike_files=len(pairs) - len(same),
        unlabelled=len(agreed) - len(labelled),
        area=_area(scored),
        false_positives=_called_fake("real videos called FAKE", [pair for pair in judged if pair[0].label == REAL]),
        found_fakes=_called_fake("fake videos called FAKE", [pair for pair in judged if pair[0].label == FAKE]),
    )


def paired_auc_difference(first: Scores, second: Scores, is_fake: Flags) -> Figure:
    """AUC of ``second`` less that of ``first``, scores ``float64 [n]`` of the same videos.

    The interval is that of a paired bootstrap: a video is drawn with both its scores, reals and fakes apart.
    """
    if not is_fake.any() or is_fake.all():
        return missing(ONE_CLASS, len(is_fake))
    draws = [
        auc_of(count(second, is_fake, times)) - auc_of(count(first, is_fake, times)) for times in resampled(is_fake)
    ]
    whole = auc_of(count(second, is_fake)) - auc_of(count(first, is_fake))
    return ratio(float(whole), np.concatenate(draws), len(is_fake))


def _paired(a: Sequence[Result], b: Sequence[Result]) -> tuple[list[Pair], tuple[int, int]]:
    others = dict(_named(b))
    own = dict(_named(a))
    pairs = [(result, others[name]) for name, result in own.items() if name in others]
    return pairs, (len(own) - len(pairs), len(others) - len(pairs))


def _named(results: Sequence[Result]) -> Iterator[tuple[tuple[str, int], Result]]:
    seen: Counter[str] = Counter()
    for result in results:
        yield (result.file, seen[result.file]), result
        seen[result.file] += 1


def _same_file(first: Result, second: Result) -> bool:
    """By content as far as it is known: error rows and files of earlier versions have no hash."""
    return not (first.sha256 and second.sha256) or first.sha256 == second.sha256


def _area(pairs: Sequence[Pair]) -> Contrast:
    is_fake = np.array([pair[0].label == FAKE for pair in pairs], np.bool_)
    first, second = (np.array([pair[side].score for pair in pairs], np.float64) for side in (0, 1))
    (of_first,), (of_second,) = (of_scores(scores, is_fake, auc_of) for scores in (first, second))
    return Contrast("area under the ROC curve", of_first, of_second, paired_auc_difference(first, second, is_fake))


def _called_fake(name: str, pairs: Sequence[Pair]) -> Contrast:
    first, second = (np.array([pair[side].verdict == FAKE for pair in pairs], np.float64) for side in (0, 1))
    of_first, of_second = (share(int(called.sum()), len(pairs)) for called in (first, second))
    if not pairs:
        return Contrast(name, of_first, of_second, missing(NOTHING))
    gap = second - first
    draws = np.concatenate([times @ gap / len(pairs) for times in resampled(np.zeros(len(pairs), np.bool_))])
    return Contrast(name, of_first, of_second, ratio(float(gap.mean()), draws, len(pairs)))


def _number(pairs: Sequence[Pair], label: str) -> int:
    return sum(pair[0].label == label for pair in pairs)


def _of_each(pairs: Sequence[Pair], counts: Callable[[Result], bool]) -> tuple[int, int]:
    return sum(counts(pair[0]) for pair in pairs), sum(counts(pair[1]) for pair in pairs)


def _row(contrast: Contrast) -> tuple[str, str, str, str]:
    return contrast.name, _cell(contrast.first), _cell(contrast.second), _cell(contrast.difference, "+")


def _cell(figure: Figure, sign: str = "") -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    low, high = figure.low, figure.high
    if figure.wilson_low is not None and figure.wilson_high is not None:
        low, high = figure.wilson_low, figure.wilson_high
    counted = f"{figure.hits} of {figure.n}: " if figure.hits is not None else ""
    span = "no interval: every draw alike" if low == high else f"{low:{sign}.3f} to {high:{sign}.3f}"
    return f"{counted}{figure.value:{sign}.3f} ({span})"
