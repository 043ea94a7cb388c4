from __future__ import annotations

import numpy as np
import pytest

from genconvit.evaluation.figures import (
    ALL_ALIKE,
    BOOTSTRAP,
    NEWCOMBE,
    NOTHING,
    ONE_CLASS,
    TOO_FEW,
    WIDER,
    of_scores,
    ratio,
    rounded,
    share,
)
from genconvit.evaluation.intervals import newcombe, wilson
from genconvit.evaluation.metrics import auc, auc_of, equal_error_rate


def test_a_share_has_both_intervals() -> None:
    figure = share(30, 40)
    assert (figure.value, figure.hits, figure.n, figure.note) == (0.75, 30, 40, "")
    assert (figure.wilson_low, figure.wilson_high) == pytest.approx(wilson(30, 40), abs=1e-6)
    # Binomial with n 40, p .75: 95 % of it lies within 24 to 35 hits.
    assert (figure.low, figure.high) == pytest.approx((24 / 40, 35 / 40), abs=1 / 40)


@pytest.mark.parametrize("hits", [0, 7])
def test_a_bootstrap_without_width_says_so(hits: int) -> None:
    figure = share(hits, 7)
    assert figure.low == figure.high == hits / 7 and figure.note == ALL_ALIKE
    assert (figure.wilson_low, figure.wilson_high) == pytest.approx(wilson(hits, 7), abs=1e-6)
    assert figure.wilson_high - figure.wilson_low > 0.3  # type: ignore[operator]


def test_a_share_of_nothing_is_no_number() -> None:
    figure = share(0, 0)
    assert (figure.value, figure.low, figure.wilson_high, figure.n, figure.note) == (None, None, None, 0, NOTHING)


def test_figures_of_scores_hold_their_value() -> None:
    rng = np.random.default_rng(3)
    real, fake = rng.normal(0.4, 0.1, 150), rng.normal(0.5, 0.1, 50)
    flags = np.arange(200) >= 150
    area, rate = of_scores(np.concatenate([real, fake]), flags, auc_of, equal_error_rate)
    assert area.value == pytest.approx(auc(real, fake), abs=1e-6) and area.n == 200
    assert area.low < area.value < area.high and rate.low < rate.value < rate.high  # type: ignore[operator]
    # DeLong et al. 1988: the variance from how each video places among those of the other label.
    wins = (fake[:, None] > real[None, :]).astype(float)
    error = np.sqrt(wins.mean(axis=1).var(ddof=1) / 50 + wins.mean(axis=0).var(ddof=1) / 150)
    assert (area.high - area.low) / 2 == pytest.approx(1.96 * error, rel=0.1)  # type: ignore[operator]


def test_a_perfect_separation_is_no_certainty() -> None:
    (area,) = of_scores(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]), auc_of)
    assert (area.value, area.high, area.note) == (1, 1, TOO_FEW) and area.low == pytest.approx(0.3856, abs=1e-3)
    (area,) = of_scores(np.arange(80) / 80, np.arange(80) >= 40, auc_of)
    assert (area.value, area.high, area.note, area.interval) == (1, 1, "", NEWCOMBE) and 0.9 < area.low < 0.99  # type: ignore[operator]


def test_an_area_of_few_videos_has_newcombes_interval_with_the_bootstrap_beside_it() -> None:
    rng = np.random.default_rng(6)
    scores = np.concatenate([rng.normal(0.4, 0.1, 29), rng.normal(0.5, 0.1, 60)])
    area, rate = of_scores(scores, np.arange(89) >= 29, auc_of, equal_error_rate)
    assert area.value is not None and (area.interval, rate.interval, area.note) == (NEWCOMBE, BOOTSTRAP, "")
    assert (area.low, area.high) == pytest.approx(newcombe(area.value, 29, 60), abs=1e-5)
    assert area.bootstrap_low < area.value < area.bootstrap_high  # type: ignore[operator]
    (area,) = of_scores(np.tile(scores, 4), np.tile(np.arange(89) >= 7, 4), auc_of)
    assert area.interval == WIDER and area.low == min(area.bootstrap_low, rounded(newcombe(area.value, 28, 328)[0]))  # type: ignore[type-var, arg-type]
    (area,) = of_scores(scores[-60:], np.arange(60) >= 30, auc_of)
    assert (area.interval, area.bootstrap_low, area.bootstrap_high) == (BOOTSTRAP, None, None)


@pytest.mark.parametrize("scores", [[], [0.5, 0.6]])
def test_one_label_alone_has_no_area(scores: list[float]) -> None:
    (area,) = of_scores(np.array(scores), np.ones(len(scores), bool), auc_of)
    assert (area.value, area.n, area.note) == (None, len(scores), ONE_CLASS)


def test_a_ratio_leaves_draws_without_a_value_out() -> None:
    figure = ratio(0.5, np.array([0.4, 0.6, np.nan]), 9)
    assert (figure.value, figure.n, figure.hits) == (0.5, 9, None) and 0.4 <= figure.low < figure.high <= 0.6  # type: ignore[operator]
    assert ratio(float("nan"), np.array([np.nan]), 9).value is None


def test_rounding_leaves_no_minus_before_zero() -> None:
    assert str(rounded(-1e-9)) == "0.0" and rounded(1 / 3) == 0.333333


def test_an_area_near_one_has_newcombes_interval_with_many_videos_too() -> None:
    rng = np.random.default_rng(5)
    scores = np.concatenate([rng.normal(0.2, 0.05, 100), rng.normal(0.5, 0.08, 100)]).clip(0, 1)
    is_fake = np.repeat([False, True], 100)
    (figure,) = of_scores(scores, is_fake, auc_of)
    assert figure.value is not None and figure.low is not None and figure.bootstrap_low is not None
    assert figure.value > 0.985 and figure.interval == "newcombe"
    assert figure.low < figure.bootstrap_low and figure.high is not None and figure.value < figure.high < 1
