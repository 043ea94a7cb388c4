from __future__ import annotations

import numpy as np
import pytest

from genconvit.evaluation.intervals import auc_interval, quantile_interval, wilson
from genconvit.evaluation.metrics import auc


def test_wilson_agrees_with_the_printed_tables() -> None:
    assert wilson(1, 77) == pytest.approx((0.0023, 0.0700), abs=5e-5)
    assert wilson(0, 10)[0] == 0 and wilson(10, 10)[1] == pytest.approx(1)


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (3, 2), (-1, 5)])
def test_wilson_refuses_what_is_no_share(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, n)


def test_intervals_hold_the_figure_and_repeat() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(0, 1, 200), rng.normal(1, 1, 200)
    low, high = auc_interval(real, fake, draws=200)
    assert low < auc(real, fake) < high and (low, high) == auc_interval(real, fake, draws=200)
    low, high = quantile_interval(real, 0.95, draws=200)
    assert low <= np.quantile(real, 0.95) <= high
