"""Figures of labelled scores: numpy in, numbers out. The positive class is FAKE; a higher score means fake.

Everything that depends on scores alone is computed from :class:`Counts`, whose leading axes may be draws of a
bootstrap: one call then gives the figure of every draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BINS = 10
"""Of the reliability diagram, equally wide."""
STEPS = 10_000
"""A threshold is a whole number of these parts of one."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How many real and fake videos have each score.

    ``levels``: the distinct scores, descending, ``float64 [K]``. ``real`` and ``fake``: ``float64 [..., K]``.
    """

    levels: Scores
    real: Scores
    fake: Scores

    def at_or_above(self) -> tuple[Scores, Scores]:
        """Reals and fakes with that score or a higher one, ``[..., K]``: what a threshold at each level calls FAKE."""
        return self.real.cumsum(axis=-1), self.fake.cumsum(axis=-1)


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


def count(scores: Scores, is_fake: Flags, times: Scores | None = None) -> Counts:
    """Counts of ``scores [n]``; ``times [..., n]`` says how often each video is there, once if left out.

    Raises:
        ValueError: no scores.
    """
    if not len(scores):
        raise ValueError("there are no scores to count")
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    often = (np.ones(len(scores)) if times is None else times)[..., order]
    of_fake = often * is_fake[order]
    fake = np.add.reduceat(of_fake, starts, axis=-1)
    return Counts(ordered[starts], np.add.reduceat(often - of_fake, starts, axis=-1), fake)


def auc_of(counts: Counts) -> Scores:
    """:func:`auc` of counts, ``[...]``."""
    above, _ = counts.at_or_above()
    reals, fakes = counts.real.sum(axis=-1), counts.fake.sum(axis=-1)
    below = reals[..., None] - above + counts.real / 2
    return np.asarray((counts.fake * below).sum(axis=-1) / (reals * fakes))


def equal_error_rate(counts: Counts) -> Scores:
    """Where as large a share of reals is called FAKE as of fakes is called REAL, ``[...]``; between two points of the
    ROC curve on the straight line that joins them."""
    above, found = counts.at_or_above()
    origin = np.zeros((*above.shape[:-1], 1))
    false = np.concatenate([origin, above / above[..., -1:]], axis=-1)
    missed = np.concatenate([origin + 1, 1 - found / found[..., -1:]], axis=-1)
    gap = missed - false
    after = np.argmax(gap <= 0, axis=-1)[..., None]
    gap_before, gap_after, false_before, false_after = (
        np.take_along_axis(values, place, axis=-1)[..., 0]
        for values, place in ((gap, after - 1), (gap, after), (false, after - 1), (false, after))
    )
    return np.asarray(false_before + (false_after - false_before) * gap_before / (gap_before - gap_after))


def bin_of(levels: Scores, bins: int = BINS) -> npt.NDArray[np.int64]:
    """The bin of each score, 0 to ``bins - 1``; bins hold their lower edge, the last one holds 1 too."""
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, levels, side="right")


def binned(counts: Counts, bins: int = BINS) -> tuple[Scores, Scores, Scores]:
    """Of each bin: videos, fakes among them, and the sum of the scores; each ``[..., bins]``."""
    member = (bin_of(counts.levels, bins)[:, None] == np.arange(bins)).astype(np.float64)
    videos = counts.real + counts.fake
    return videos @ member, counts.fake @ member, (videos * counts.levels) @ member


def expected_calibration_error(counts: Counts, bins: int = BINS) -> Scores:
    """How far, on average over the videos, a bin's mean score lies from its share of fakes, ``[...]``.

    Guo et al. 2017 (arXiv 1706.04599), equation 5, with the score in place of a confidence and the share of fakes in
    place of an accuracy.
    """
    videos, fakes, sums = binned(counts, bins)
    return np.asarray(np.abs(sums - fakes).sum(axis=-1) / videos.sum(axis=-1))


def f1(found: Scores, called: Scores, fakes: Scores) -> Scores:
    """Harmonic mean of precision and recall: of ``called`` videos ``found`` are fake, of ``fakes`` in all."""
    return np.asarray(2 * found / (called + fakes))


def called_at(counts: Counts, allowed: int) -> tuple[Scores, Scores]:
    """Reals and fakes called FAKE by the lowest threshold at one of the levels that at most ``allowed`` reals reach;
    ``[...]`` each."""
    above, found = counts.at_or_above()
    last = (above <= allowed).sum(axis=-1)[..., None]
    origin = np.zeros((*above.shape[:-1], 1))
    reals, fakes = (
        np.take_along_axis(np.concatenate([origin, values], axis=-1), last, axis=-1)[..., 0]
        for values in (above, found)
    )
    return reals, fakes


def allowed_positives(reals: int, rate: float) -> int:
    """How many of ``reals`` may be called FAKE at a rate."""
    return int(np.floor(reals * rate + 1e-9))


def threshold_at(real: Scores, allowed: int) -> float | None:
    """The lowest number, in steps of 0.0001, that at most ``allowed`` of the real scores reach; None where even 1 is
    reached by more."""
    if allowed >= len(real):
        return 0.0
    barred = np.sort(real)[::-1][allowed]
    # The product is rounded, up or down: only a comparison tells which step lies above.
    near = np.floor(barred * STEPS) + np.arange(3)
    step = float((near / STEPS)[near / STEPS > barred][0])
    return step if step <= 1 else None
