from __future__ import annotations

from typing import Any

import pytest

from benchmarks.pipeline_bars import BARS, all_met, judged, lines

GOOD: dict[str, float | None] = {"cold": 3.0, "warm": 2.3, "alone": 0.6, "peak": 2.5e9}


def clip(**changed: float | None) -> dict[str, Any]:
    """With bfloat16 at its bars, but for what is changed."""
    now = GOOD | changed
    return {
        "clip": "a.mp4",
        "sides": {
            "released": {"share_of_floor_alone": None, "peak_bytes": 7e9},
            "ours bfloat16": {"share_of_floor_alone": now["alone"], "peak_bytes": now["peak"]},
        },
        "ratios": {"ours bfloat16": {"cold": now["cold"], "warm": now["warm"]}},
    }


def test_what_is_asked() -> None:
    assert {(bar.side.removeprefix("ours "), bar.what, bar.limit, bar.most) for bar in BARS} == {
        ("bfloat16", "times as fast, cold", 3.0, False),
        ("bfloat16", "times as fast, warm", 2.3, False),
        ("bfloat16", "share of the floor, alone", 0.6, False),
        ("bfloat16", "peak memory, GB", 2.5, True),
        ("float32", "times as fast, cold", 2.3, False),
        ("float32", "times as fast, warm", 1.5, False),
        ("float32", "share of the floor, alone", 0.6, False),
        ("float32", "peak memory, GB", 3.2, True),
    }


def test_a_figure_at_its_bar_meets_it_and_sides_that_were_not_compared_are_left_out() -> None:
    bars = judged([clip()], 15, "cpu")
    assert [bar["met"] for bar in bars] == [True] * 4 and {bar["side"] for bar in bars} == {"ours bfloat16"}
    assert all_met(bars)


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("cold", 2.999, "times as fast, cold"),
        ("warm", 2.299, "times as fast, warm"),
        ("alone", 0.599, "share of the floor, alone"),
        ("peak", 2.501e9, "peak memory, GB"),
    ],
)
def test_each_is_missed_alone_and_on_any_clip(name: str, value: float, what: str) -> None:
    bars = judged([clip(), clip(**{name: value})], 15, "cpu")
    assert [bar["what"] for bar in bars if bar["met"] is False] == [what]
    assert not all_met(bars)
    assert [line for line in lines(bars).splitlines() if "MISSED" in line] == [
        next(line for line in lines(bars[4:]).splitlines() if what in line)
    ]


def test_what_was_not_measured_is_said_and_not_met() -> None:
    bars = judged([clip(warm=None)], 15, "cpu")
    (unknown,) = (bar for bar in bars if bar["met"] is None)
    assert unknown["what"] == "times as fast, warm" and not all_met(bars)
    assert lines([unknown]) == "a.mp4  ours bfloat16  times as fast, warm: not measured (asked: at least 2.30)"


@pytest.mark.parametrize(("frames", "device"), [(16, "cpu"), (15, "cuda")])
def test_nothing_is_asked_of_other_frames_or_another_device(frames: int, device: str) -> None:
    bars = judged([clip(cold=0.1)], frames, device)
    assert bars == [] and all_met(bars) and "No bar" in lines(bars)
