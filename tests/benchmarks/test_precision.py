from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import precision
from benchmarks.precision import LIMIT, SCHEMA, Row, compared, main, summary
from genconvit.verdict import decide
from tests.genconvit.repeat_for_tests import EXAMINED, a_face, an_analysis


def row(difference: float | None, half: str = "inconclusive") -> Row:
    full = None if difference is None else 0.5
    moved = None if difference is None else 0.5 + difference
    return Row("a.mp4", "0" * 64, 3, full, moved, difference, difference, "inconclusive", half)


def test_the_largest_of_either_sign_is_held_against_the_limit() -> None:
    found = summary([row(0.01), row(-LIMIT - 1e-6, "fake"), row(None)])
    assert (found["clips"], found["clips_scored"], found["within_limit"]) == (3, 2, False)
    assert found["verdicts_changed"] == ["a.mp4"]
    assert summary([row(-LIMIT)])["within_limit"] is True and summary([row(None)])["within_limit"] is None


@pytest.mark.parametrize(("difference", "status"), [(0.02, 0), (0.0201, 1)])
def test_over_the_limit_is_exit_status_1_with_the_results_kept(
    difference: float, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "measure", lambda clip, scorer: row(difference))
    assert main([str(tmp_path / "a.mp4"), "--out", str(tmp_path / "made.json")]) == status
    made = json.loads((tmp_path / "made.json").read_text("utf-8"))
    assert made["schema"] == SCHEMA and made["method"] == "standard" and made["processor"]
    assert made["summary"]["largest_difference"] == difference


@pytest.mark.parametrize("clips", [0, 1])
def test_where_nothing_was_scored_what_is_kept_stays(
    clips: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, folder = tmp_path / "made.json", tmp_path / "clips"
    kept.write_text("kept", encoding="utf-8")
    folder.mkdir()
    for number in range(clips):
        (folder / f"{number}.mp4").touch()
    monkeypatch.setattr(precision, "measure", lambda clip, scorer: row(None))
    assert main([str(folder), "--out", str(kept)]) == 2
    assert kept.read_text("utf-8") == "kept"
    assert "nothing was written" in capsys.readouterr().err


def test_frames_that_could_not_be_decoded_count_in_both() -> None:
    whole = an_analysis(tuple(a_face(frame, 0.1) for frame, _, _ in EXAMINED))
    decided = decide(whole.scores, whole.method, whole.video, whole.examined, 3, (10,))
    damaged = replace(whole, tracks=decided[0], verdict=decided[1], coverage=decided[2])
    for analysis, label in ((whole, "REAL"), (damaged, "INCONCLUSIVE")):
        found = compared(analysis, [score.networks for score in analysis.scores])
        assert (found.label_float32, found.label_bfloat16) == (label, label)


def test_a_clip_that_is_not_there_has_the_status_that_analyze_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.mp4"), "--out", str(tmp_path / "made.json")]) not in (0, 1)
    assert not (tmp_path / "made.json").exists()
    assert "none.mp4" in capsys.readouterr().err
