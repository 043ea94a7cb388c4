from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.evaluation.metrics import (
    allowed_positives,
    auc,
    auc_of,
    bin_of,
    binned,
    called_at,
    count,
    equal_error_rate,
    expected_calibration_error,
    f1,
    threshold_at,
)

scores = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12).map(np.array)


def counted(real: list[float] | np.ndarray, fake: list[float] | np.ndarray):
    flags = np.array([False] * len(real) + [True] * len(fake))
    return count(np.array([*real, *fake], float), flags)


@given(scores, scores)
def test_auc_is_the_share_of_pairs_in_the_right_order(real: np.ndarray, fake: np.ndarray) -> None:
    pairs = np.mean([(f > r) + 0.5 * (f == r) for f in fake for r in real])
    assert auc(real, fake) == pytest.approx(pairs)
    assert float(auc_of(counted(real, fake))) == pytest.approx(pairs)


def test_auc_needs_both_classes() -> None:
    with pytest.raises(ValueError, match="both"):
        auc(np.array([]), np.array([1.0]))


@given(scores, scores)
def test_auc_does_not_care_how_scores_are_stretched(real: np.ndarray, fake: np.ndarray) -> None:
    assert auc(np.exp(3 * real), np.exp(3 * fake)) == auc(real, fake)


@given(scores, scores)
def test_the_auc_of_the_other_class_is_the_rest(real: np.ndarray, fake: np.ndarray) -> None:
    assert auc(real, fake) + auc(fake, real) == pytest.approx(1)


def test_counts_gather_ties_from_the_highest_score_down() -> None:
    counts = counted([0.2, 0.2, 0.9], [0.9, 0.5])
    assert counts.levels.tolist() == [0.9, 0.5, 0.2]
    assert counts.real.tolist() == [1, 0, 2] and counts.fake.tolist() == [1, 1, 0]
    above, found = counts.at_or_above()
    assert above.tolist() == [1, 1, 3] and found.tolist() == [1, 2, 2]


def test_a_video_that_is_drawn_twice_counts_twice() -> None:
    times = np.array([[1.0, 1.0], [0.0, 2.0]])
    counts = count(np.array([0.3, 0.7]), np.array([False, True]), times)
    assert counts.levels.tolist() == [0.7, 0.3]
    assert counts.fake.tolist() == [[1, 0], [2, 0]] and counts.real.tolist() == [[0, 1], [0, 0]]


def test_there_must_be_something_to_count() -> None:
    with pytest.raises(ValueError, match="no scores"):
        count(np.array([]), np.array([], bool))


@pytest.mark.parametrize(
    ("real", "fake", "rate"),
    [
        ([0.1, 0.2], [0.8, 0.9], 0.0),
        ([0.8, 0.9], [0.1, 0.2], 1.0),
        ([0.5, 0.5], [0.5, 0.5], 0.5),
        # From (0, 1) over (0, 1/2) to (1/2, 1/2): the last is where both are alike.
        ([0.1, 0.6], [0.4, 0.9], 0.5),
        # Reals .1 .2 .3 .7, fakes .4 .5 .8 .9: at .7 a quarter of the reals and half of the fakes missed, at .5 a
        # quarter and a quarter.
        ([0.1, 0.2, 0.3, 0.7], [0.4, 0.5, 0.8, 0.9], 0.25),
        # From (1/3 false, 1/2 missed) a tie leads to (2/3, 0): they meet at 1/3 + 1/3 * 1/5.
        ([0.1, 0.5, 0.9], [0.5, 0.9], 0.4),
    ],
)
def test_equal_error_rate(real: list[float], fake: list[float], rate: float) -> None:
    assert float(equal_error_rate(counted(real, fake))) == pytest.approx(rate)


@given(scores, scores)
def test_the_equal_error_rate_of_turned_scores_is_the_same(real: np.ndarray, fake: np.ndarray) -> None:
    here, there = equal_error_rate(counted(real, fake)), equal_error_rate(counted(-fake, -real))
    assert 0 <= here <= 1 and float(here) == pytest.approx(float(there))


def test_calibration_error_by_hand() -> None:
    # Bin 0.2 to 0.3: two videos, mean score .25, one fake: |.25 - .5|. Bin .9 to 1: two, mean .95, both fake: .05.
    counts = counted([0.22], [0.28, 0.9, 1.0])
    assert float(expected_calibration_error(counts)) == pytest.approx((2 * 0.25 + 2 * 0.05) / 4)
    videos, fakes, sums = binned(counts)
    assert videos.tolist() == [0, 0, 2, 0, 0, 0, 0, 0, 0, 2] and fakes.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 2]
    assert sums[2] == pytest.approx(0.5) and sums[9] == pytest.approx(1.9)


def test_perfect_and_worst_calibration() -> None:
    assert float(expected_calibration_error(counted([0.0, 0.0], [1.0]))) == 0
    assert float(expected_calibration_error(counted([1.0, 1.0], [0.0]))) == 1


def test_bins_hold_their_lower_edge_and_the_last_one_both() -> None:
    assert bin_of(np.array([0.0, 0.0999, 0.1, 0.5, 0.95, 1.0])).tolist() == [0, 0, 1, 5, 9, 9]


def test_f1_by_hand() -> None:
    # Four called FAKE, three of them rightly, five fakes: precision 3/4, recall 3/5.
    assert float(f1(np.array(3.0), np.array(4.0), np.array(5.0))) == pytest.approx(2 * 0.75 * 0.6 / 1.35)


@pytest.mark.parametrize(("reals", "rate", "allowed"), [(7, 0.05, 0), (20, 0.05, 1), (77, 0.05, 3), (1000, 0.001, 1)])
def test_allowed_positives(reals: int, rate: float, allowed: int) -> None:
    assert allowed_positives(reals, rate) == allowed


@pytest.mark.parametrize(
    ("allowed", "threshold"),
    [(0, 0.9001), (1, 0.5001), (2, 0.5001), (3, 0.1235), (4, 0.0)],
)
def test_threshold_lies_just_above_those_that_may_not_reach_it(allowed: int, threshold: float) -> None:
    assert threshold_at(np.array([0.5, 0.9, 0.12345, 0.5]), allowed) == pytest.approx(threshold)


def test_no_threshold_keeps_out_a_real_with_the_highest_score() -> None:
    assert threshold_at(np.array([0.2, 1.0]), 0) is None
    assert threshold_at(np.array([0.2, 1.0]), 1) == pytest.approx(0.2001)


def test_a_threshold_lies_above_a_score_of_four_decimals_by_one_step() -> None:
    scores = np.arange(10_000) / 10_000
    assert [threshold_at(np.array([score]), 0) for score in scores] == (np.arange(1, 10_001) / 10_000).tolist()


@given(st.lists(st.floats(0, 0.9998), min_size=1, max_size=20), st.integers(0, 20))
def test_thresholds_fall_as_more_is_allowed_and_keep_to_it(real: list[float], allowed: int) -> None:
    values = np.array(real)
    strict, loose = threshold_at(values, allowed), threshold_at(values, allowed + 1)
    assert strict is not None and loose is not None and loose <= strict
    assert (values >= strict).sum() <= allowed


@given(scores, scores, st.integers(0, 12))
def test_called_at_finds_as_much_as_any_level_does(real: np.ndarray, fake: np.ndarray, allowed: int) -> None:
    options = [(int((real >= t).sum()), int((fake >= t).sum())) for t in [*real, *fake, 99.0]]
    best = max((option for option in options if option[0] <= allowed), key=lambda option: option[1] + option[0])
    reals, fakes = called_at(counted(real, fake), allowed)
    assert (int(reals), int(fakes)) == best
