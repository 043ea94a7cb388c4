from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.cases.records import Opinion
from desktop.report.words import LABELS, NOT_USED, OPINIONS, REASONS, clock, count, not_used, number, stamp
from genconvit.records import Label, NotUsed, Reason


@pytest.mark.parametrize(
    ("kinds", "table"), [(Label, LABELS), (Reason, REASONS), (NotUsed, NOT_USED), (Opinion, OPINIONS)]
)
def test_every_kind_has_words(kinds: type, table: dict[object, str]) -> None:
    assert set(table) == set(kinds)


@given(st.floats(0, 1), st.lists(st.floats(0, 1), max_size=3))
def test_a_printed_score_is_on_its_side_of_every_threshold(value: float, limits: list[float]) -> None:
    printed = float(number(value, limits))
    assert all((printed >= limit) == (value >= limit) for limit in limits)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.000"), (9.9996, "0:10.000"), (61.5, "1:01.500"), (3661.25, "1:01:01.250"), (-0.04, "-0:00.040")],
)
def test_times_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
    assert clock(None) == "none"


def test_plurals_stamps_and_unknown_reasons() -> None:
    assert count(1, "frame") == "1 frame"
    assert count(1234, "entry", "entries") == "1\u00a0234 entries"
    assert stamp("2026-11-20T15:04:05Z") == "2026-11-20 15:04:05 UTC"
    assert stamp("") == "not supplied"
    assert not_used("out_of_focus") == "out of focus"
