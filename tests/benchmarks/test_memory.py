from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import memory
from benchmarks.memory import growth, measure
from benchmarks.processes import Process


def test_growth_is_from_the_shortest_to_the_longest_in_any_order() -> None:
    points = [{"minutes": 10, "peak_bytes": 220}, {"minutes": 1, "peak_bytes": 200}, {"minutes": 5, "peak_bytes": 900}]
    assert growth(points) == pytest.approx(0.1)
    assert growth(points[:1]) == 0.0


def test_each_length_is_a_process_and_its_clip_goes_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clips: list[Path] = []

    def examine(words: list[str]) -> Process:
        clips.append(Path(words[1]))
        assert clips[-1].is_file() and words[2:] == ["--method", "standard", "--every", "0.5"]
        run = {"frames": 10 * len(clips), "faces": 4, "peak_bytes": 500_000_000 + len(clips), "seconds": {}}
        return Process(0.0, 0.0, 2.0, (run,), None)

    monkeypatch.setattr(memory, "examine", examine)
    document = measure([0.05, 0.2], 0.5)
    assert [point["frames"] for point in document["points"]] == [10, 20]
    assert document["growth"] == pytest.approx(1 / 500_000_001)
    assert not any(clip.exists() for clip in clips)
    assert "0.2 min     20 frames      500 MB at most" in capsys.readouterr().out


@pytest.mark.parametrize(("found", "status"), [(0.10, 0), (0.101, 1)])
def test_what_is_not_flat_is_exit_status_1_with_the_results_kept(
    found: float, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "measure", lambda minutes, every_s: {"growth": found})
    monkeypatch.setattr(sys, "argv", ["memory", "--out", str(tmp_path / "made.json")])
    assert memory.main() == status
    assert json.loads((tmp_path / "made.json").read_text("utf-8")) == {"growth": found}
