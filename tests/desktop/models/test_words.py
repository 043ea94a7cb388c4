"""Numbers and times as people read them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desktop.models import words
from genconvit.method import Rule
from genconvit.records import Coverage

RULE = Rule("tracks", 0.7, 0.4, 0.75, 5, ("x",), "", ())


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0, "0:00.000"), (4.1666, "0:04.167"), (59.9999, "1:00.000"), (3661.5, "1:01:01.500"), (-0.04, "−0:00.040")],
)
def test_time_codes(time_s: float, text: str) -> None:
    assert words.time_code(time_s) == text


@pytest.mark.parametrize(
    ("fake", "text"),
    [(None, "–"), (0.5, "0.500"), (0.69996, "0.69996"), (0.7, "0.700"), (0.39999, "0.39999"), (0.9994, "0.999")],
)
def test_a_score_never_reads_as_a_threshold_that_it_is_not(fake: float | None, text: str) -> None:
    assert words.score(fake, RULE) == text


@given(some.floats(0, 1))
def test_a_score_stays_on_its_side_of_every_threshold(fake: float) -> None:
    shown = float(words.score(fake, RULE))
    for limit in (RULE.lower, RULE.frame, RULE.upper):
        assert (shown >= limit) == (fake >= limit)


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2_500_000_000_000, "2.5 TB")]
)
def test_sizes(size_bytes: int, text: str) -> None:
    assert words.size(size_bytes) == text


@pytest.mark.parametrize(("seconds", "text"), [(8, "8.0 s"), (125, "2 min 05 s"), (4320, "1 h 12 min")])
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_hash_is_broken_without_losing_a_letter() -> None:
    text = words.lines("SHA-256 " + "ab" * 32)
    assert "\n" in text
    assert text.replace("\n", "") == "SHA-256 " + "ab" * 32
    assert words.lines("/evidence/a_call.mp4 is short") == "/evidence/a_call.mp4 is short"
    assert max(len(line) for line in words.lines("x" * 200).splitlines()) == 40


def test_no_rule_and_the_released_rule_are_told_apart() -> None:
    assert "neither FAKE nor REAL" in words.rule(None)
    assert "released" in words.rule(replace(RULE, kind="released"))
    assert "0.7," in words.rule(RULE)
    apart = words.rule(replace(RULE, apart_s=0.15))
    assert "0.15 s or more after" in apart and "REAL below 0.4, unless a person with fewer faces" in apart
    assert "unless" not in words.rule(RULE)


def test_coverage_names_only_what_there_is() -> None:
    covered = Coverage(240, 24, 24, 20, 22, 20, {"too_small": 2, "beyond_limit": 0}, 8.0, 0.0, 7.9, 0.4)
    rows = dict(words.coverage(covered))
    assert rows["Frames examined"] == "24 of 240"
    assert rows["Faces not used"] == "2 too small"
    assert rows["Planned frames read"] == "24 of 24"
    assert "Not decoded" not in rows
    lost = replace(covered, frames_read=22, frames_not_decoded=(96, 104))
    assert dict(words.coverage(lost))["Not decoded"] == "96, 104"
    assert dict(words.coverage(lost))["Planned frames read"] == "22 of 24"
    nothing = replace(covered, first_s=None, last_s=None, longest_gap_s=None)
    assert "Time examined" not in dict(words.coverage(nothing))


def test_a_stamp_that_is_no_date_is_shown_as_it_is() -> None:
    assert words.day("yesterday") == "yesterday"


@pytest.mark.parametrize(("minutes", "text"), [(0, "UTC"), (-300, "UTC-5"), (330, "UTC+5:30"), (-210, "UTC-3:30")])
def test_a_time_says_its_zone(minutes: int, text: str) -> None:
    assert words.zone(timedelta(minutes=minutes)) == text
    assert re.search(r"2026, \d\d:\d\d UTC", words.day("2026-11-20T10:00:00Z"))


@given(some.floats(0, 1))
def test_a_threshold_is_shown_in_full(value: float) -> None:
    assert float(words.threshold(value)) == value
    assert words.threshold(0.7031) == "0.7031"
