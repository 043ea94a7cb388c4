from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from benchmarks import event_loop
from benchmarks.event_loop import Beats, ExaminationFailed, Gaps, percentile, summary, until


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
    with pytest.raises(ExaminationFailed, match="not done"):
        until(lambda: False)


def test_a_clip_that_cannot_be_examined_is_a_sentence(tmp_path: Path) -> None:
    words = ["-m", "benchmarks.event_loop", str(tmp_path / "none.mp4"), "--out", str(tmp_path / "made.json")]
    ran = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "none.mp4, intake: There is no file none.mp4. Check that its disk is connected.\n"
    assert not (tmp_path / "made.json").exists()


def test_the_users_home_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def examine(clip: Path) -> Gaps:
        seen.append(os.environ["VERIFRAME_HOME"])
        if len(seen) > 2:
            raise ExaminationFailed("enough")
        return {"case": [(1.0, 0.5)]}

    monkeypatch.setattr(event_loop, "examine", examine)
    before = os.environ["VERIFRAME_HOME"]
    assert event_loop.measure(Path("a.mp4"), 2)["steps"]["case"]["beats"] == 2
    assert os.environ["VERIFRAME_HOME"] == before
    with pytest.raises(ExaminationFailed, match="enough"):
        event_loop.measure(Path("a.mp4"), 1)
    assert os.environ["VERIFRAME_HOME"] == before
    assert len({before, *seen}) == 4


@pytest.mark.parametrize("late", ["", "report", "frames", "analysis"])
def test_a_long_gap_in_any_step_is_exit_status_1_with_the_results_kept(
    late: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gaps: Gaps = {
        step: [(50.1 if step == late else 50.0, 1.0)] for step in (*event_loop.EXAMINATION, "frames", "report")
    }
    monkeypatch.setattr(event_loop, "measure", lambda clip, repetitions: {"steps": summary(gaps)})
    monkeypatch.setattr(sys, "argv", ["event_loop", "--out", str(tmp_path / "made.json")])
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert event_loop.main() == int(bool(late))
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"MISSED in {late}" in last if late else last.endswith("met")
    assert (tmp_path / "made.json").is_file()
