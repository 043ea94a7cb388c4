"""How sure a measured figure is: 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from genconvit.evaluation.metrics import Scores, auc

Z = 1.959964
"""Of the standard normal distribution, two-sided 95 %."""
DRAWS = 2000


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927).

    Raises:
        ValueError: nothing was counted.
    """
    if n <= 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    share, square = hits / n, Z * Z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def bootstrap(n: int, figure: Callable[[np.ndarray], float], draws: int = DRAWS) -> tuple[float, float]:
    """Percentile interval of ``figure(indices)`` over ``n`` cases drawn again with replacement, from a fixed seed."""
    rng = np.random.default_rng(0)
    values = [figure(rng.integers(0, n, n)) for _ in range(draws)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def auc_interval(real: Scores, fake: Scores, draws: int = DRAWS) -> tuple[float, float]:
    """Of the AUC of pairs: a photograph is drawn with its real and its fake."""
    return bootstrap(len(real), lambda chosen: auc(real[chosen], fake[chosen]), draws)


def quantile_interval(values: Scores, share: float, draws: int = DRAWS) -> tuple[float, float]:
    """Of a quantile of the values."""
    return bootstrap(len(values), lambda chosen: float(np.quantile(values[chosen], share)), draws)
