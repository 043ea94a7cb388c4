from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from benchmarks import event_loop
from benchmarks.event_loop import Beats, percentile, summary, until


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([*range(1, 101)], 0.99) == 99
    assert percentile([3.0, 1.0], 0.99) == 3.0
    assert percentile([5.0], 0.99) == 5.0
    assert percentile([*range(1, 201)], 0.5) == 100


def test_the_examination_is_all_steps_up_to_its_result() -> None:
    gaps = {"case": [(1.0, 0.2)], "analysis": [(1.0, 0.5), (60.0, 2.0)], "result": [], "report": [(90.0, 9.0)]}
    found = summary(gaps)
    assert set(found) == {"case", "analysis", "report", "examination"}
    whole = found["examination"]
    assert (whole["beats"], whole["largest_ms"], whole["over_50_ms"], whole["largest_own_ms"]) == (3, 60.0, 1, 2.0)
    assert whole["seconds"] == pytest.approx(0.062)


def test_a_blocked_event_loop_shows_in_the_step_that_blocked_it(qtbot: QtBot) -> None:
    beats = Beats()
    with beats.beating():
        beats.step = "quiet"
        until(lambda: len(beats.gaps.get("quiet", [])) >= 5)
        beats.step = "blocked"
        time.sleep(0.08)
        until(lambda: "blocked" in beats.gaps)
        beats.step = "working"
        end_s = time.thread_time() + 0.03
        while time.thread_time() < end_s:
            pass
        until(lambda: "working" in beats.gaps)
    first_ms, own_ms = beats.gaps["blocked"][0]
    assert first_ms >= 80 and own_ms < 60
    assert max(own for _, own in beats.gaps["working"]) >= 30


def test_what_never_comes_is_not_waited_for_for_ever(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "PATIENCE_S", 0.05)
    with pytest.raises(TimeoutError):
        until(lambda: False)
