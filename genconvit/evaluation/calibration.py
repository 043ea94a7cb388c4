"""How far scores are from being probabilities, with an interval for it.

Resampling adds a chance distance to that of the sample, and a sample has one even where the scores are probabilities:
a percentile bootstrap lies too high. Its reflection about the figure takes that off once, which is not enough near 0.
The interval here holds both, and 0 wherever the error is one that probabilities would show too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genconvit.evaluation.figures import ONE_CLASS, REFLECTED, Figure, missing, ratio, rounded
from genconvit.evaluation.intervals import BLOCK, DRAWS, middle, resampled
from genconvit.evaluation.metrics import BINS, Flags, Scores, bin_of, count, expected_calibration_error

REFUSED = 0.95
"""Share of the errors of probabilities that an error must exceed for 0 to be outside of its interval."""
FROM_ZERO = "As large an error can come by chance from scores that are probabilities: the interval begins at 0."


def calibration_error(scores: Scores, is_fake: Flags) -> Figure:
    """The expected calibration error, its interval the outer ends of a bootstrap and of its reflection.

    It begins at 0 unless the error is larger than 95 % of those that the same scores have when each video is fake with
    its score's probability (consistency resampling: Bröcker and Smith 2007, Weather and Forecasting 22, 651-661). In
    simulation (four kinds of scores, calibrated ones among them, 150 samples each) such intervals held the true error
    in 93 to 99 % of samples of 20 + 20, 55 + 91 and 300 + 300 videos, in 85 to 97 % of 7 + 9; the percentiles of a
    bootstrap alone in 0 to 95 %.
    """
    if not is_fake.any() or is_fake.all():
        return missing(ONE_CLASS, len(scores))
    error = float(expected_calibration_error(count(scores, is_fake)))
    draws = np.concatenate([expected_calibration_error(count(scores, is_fake, times)) for times in resampled(is_fake)])
    low, high = middle(draws)
    by_chance = error <= np.quantile(of_probabilities(scores), REFUSED)
    return replace(
        plain := ratio(error, draws, len(scores)),
        low=0.0 if by_chance else rounded(max(min(low, 2 * error - high), 0.0)),
        high=rounded(min(max(high, 2 * error - low), 1.0)),
        note=FROM_ZERO if by_chance else plain.note,
        interval=REFLECTED,
        bootstrap_low=plain.low,
        bootstrap_high=plain.high,
    )


def of_probabilities(scores: Scores, draws: int = DRAWS) -> Scores:
    """Errors of these scores where each video is fake with its score's probability, ``float64 [draws]``, from a fixed
    seed."""
    rng, n = np.random.default_rng(0), len(scores)
    member = (bin_of(scores)[:, None] == np.arange(BINS)).astype(np.float64)
    sums = scores @ member
    rows = max(BLOCK // n, 1)
    blocks = [(rng.random((min(rows, draws - start), n)) < scores) @ member for start in range(0, draws, rows)]
    return np.asarray(np.abs(np.concatenate(blocks) - sums).sum(axis=1) / n)
