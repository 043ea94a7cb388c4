from __future__ import annotations

import numpy as np
import pytest

from genconvit.evaluation.intervals import (
    auc_interval,
    drawn_outcomes,
    middle,
    newcombe,
    quantile_interval,
    resampled,
    wilson,
)
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


@pytest.mark.parametrize(("area", "reals", "fakes"), [(0.8, 7, 9), (0.5, 20, 20), (1.0, 5, 5), (0.9524, 12, 300)])
def test_newcombe_solves_its_equation(area: float, reals: int, fakes: int) -> None:
    def error(true: float) -> float:
        # Hanley and McNeil 1982, both samples as large as their mean less one.
        extra = (reals + fakes) / 2 - 1
        first, second = true / (2 - true), 2 * true**2 / (1 + true)
        square = true * (1 - true) + extra * (first - true**2) + extra * (second - true**2)
        return float(np.sqrt(square / (reals * fakes)))

    low, high = newcombe(area, reals, fakes)
    assert 0 < low < area and area - low == pytest.approx(1.959964 * error(low), abs=1e-9)
    assert high == 1 if area == 1 else high - area == pytest.approx(1.959964 * error(high), abs=1e-9)
    assert newcombe(1 - area, reals, fakes) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("true", [0.8, 0.9])
def test_newcombe_holds_the_area_of_few_videos(true: float) -> None:
    rng = np.random.default_rng(2)
    shift = {0.8: 1.190, 0.9: 1.812}[true]
    held = 0
    for _ in range(1000):
        low, high = newcombe(auc(rng.normal(0, 1, 7), rng.normal(shift, 1, 9)), 7, 9)
        held += low <= true <= high
    assert held >= 930


@pytest.mark.parametrize(("area", "reals", "fakes"), [(0.5, 0, 5), (0.5, 5, 0), (1.1, 5, 5)])
def test_newcombe_refuses_what_is_no_area(area: float, reals: int, fakes: int) -> None:
    with pytest.raises(ValueError, match="no area"):
        newcombe(area, reals, fakes)


def test_the_middle_leaves_draws_without_a_value_out() -> None:
    assert middle(np.array([*np.linspace(0, 1, 41), np.nan])) == pytest.approx((0.025, 0.975))


def test_draws_keep_the_number_of_each_label() -> None:
    is_fake = np.array([True, False, False, True, False])
    draws = np.concatenate(list(resampled(is_fake, draws=300)))
    assert draws.shape == (300, 5)
    assert set(draws[:, is_fake].sum(axis=1)) == {2.0} and set(draws[:, ~is_fake].sum(axis=1)) == {3.0}
    assert draws.mean(axis=0) == pytest.approx(np.ones(5), abs=0.15)


def test_draws_repeat_and_do_not_depend_on_the_room_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    is_fake = np.array([True, False, False])
    first = np.concatenate(list(resampled(is_fake, draws=10)))
    assert (first == np.concatenate(list(resampled(is_fake, draws=10)))).all()
    monkeypatch.setattr("genconvit.evaluation.intervals.BLOCK", 9)
    assert [len(block) for block in resampled(is_fake, draws=10)] == [3, 3, 3, 1]


def test_outcomes_drawn_again_have_their_shares() -> None:
    drawn = drawn_outcomes((30, 10, 0), stream=1)
    assert set(drawn.sum(axis=1)) == {40.0} and not drawn[:, 2].any()
    assert drawn.mean(axis=0) == pytest.approx([30, 10, 0], abs=0.3)
    assert drawn[:, 0].var() == pytest.approx(40 * 0.75 * 0.25, rel=0.1)
    assert not drawn_outcomes((0, 0), stream=0).any()
