from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.evaluation.operating import thresholds

scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def rows(real: list[float], fake: list[float], rates: tuple[float, ...] = (0.001, 0.01, 0.05)):
    flags = np.array([False] * len(real) + [True] * len(fake), bool)
    return thresholds(np.array([*real, *fake], float), flags, rates)


def test_a_row_by_hand() -> None:
    # Of twenty reals one may pass at 5 %: the threshold lies just above the second highest, .7.
    real = [0.9, 0.7, *[0.1] * 18]
    (row,) = rows(real, [0.95, 0.8, 0.7, 0.2], (0.05,))
    assert (row.rate, row.allowed, row.threshold) == (0.05, 1, pytest.approx(0.7001))
    assert (row.false_positives.hits, row.false_positives.n) == (1, 20)
    assert (row.found_fakes.hits, row.found_fakes.n) == (2, 4)
    assert (row.precision.hits, row.precision.n) == (2, 3)
    assert row.resolved and row.note == ""
    assert row.found_fakes.low < row.found_fakes.value < row.found_fakes.high  # type: ignore[operator]


def test_seven_reals_cannot_show_one_percent() -> None:
    few, many = rows([0.1] * 6 + [0.3], [0.2, 0.9], (0.01, 0.2))
    assert not few.resolved and "7 real videos cannot resolve a rate of 0.01" in few.note and "0.14" in few.note
    assert few.false_positives.hits == 0 and few.false_positives.wilson_high == pytest.approx(0.354, abs=1e-3)
    assert many.resolved and many.allowed == 1 and many.found_fakes.hits == 2


def test_a_real_with_the_highest_score_leaves_no_threshold() -> None:
    (row,) = rows([1.0, 0.1], [1.0, 0.9], (0.01,))
    assert row.threshold is None and row.found_fakes.hits == 0 and row.precision.value is None
    assert "no threshold keeps to this rate" in row.note


@pytest.mark.parametrize(("real", "fake"), [([], []), ([0.1], []), ([], [0.9])])
def test_without_both_labels_there_is_no_threshold(real: list[float], fake: list[float]) -> None:
    for row in rows(real, fake):
        assert row.threshold is None and row.found_fakes.value is None and not row.resolved and row.note


@given(scores, scores)
def test_allowing_more_finds_no_less(real: list[float], fake: list[float]) -> None:
    table = rows(real, fake, (0.01, 0.1, 0.5))
    for strict, loose in itertools.pairwise(table):
        assert loose.found_fakes.hits >= strict.found_fakes.hits  # type: ignore[operator]
        assert loose.threshold is not None or strict.threshold is None
    for row in table:
        assert row.false_positives.hits <= row.allowed  # type: ignore[operator]
