from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import realtime
from benchmarks.clips import DEMO
from benchmarks.processes import Process
from benchmarks.realtime import measure, spacing_s, summary
from genconvit.method import Sampling
from genconvit.video import plan, probe


@pytest.mark.parametrize("nth", [1, 5, 7])
def test_the_spacing_takes_every_nth_frame(nth: int) -> None:
    video = probe(DEMO)
    assert video.mean_fps is not None
    spaced = plan(Sampling("every", 0, spacing_s(nth, video.mean_fps)), video)
    assert tuple(spaced) == tuple(range(0, video.frame_count, nth))


def test_a_spacing_is_never_longer_than_the_frames() -> None:
    assert spacing_s(5, 25.0) == 0.2 and spacing_s(5, 30000 / 1001) == 0.166833
    assert spacing_s(1, 30.0) <= 1 / 30


def test_times_as_fast_is_the_clips_length_over_the_seconds() -> None:
    video = probe(DEMO)
    told = {"frames": 48, "faces": 48, "peak_bytes": 9}
    runs = tuple({**told, "seconds": {"total": total_s, "find": 1.0}} for total_s in (5.0, 2.0))
    found = summary("demo", video, [Process(0.5, 0.1, 8.0, runs, None), Process(0.4, None, 4.0, runs, None)])
    assert (found["cold_s"], found["warm_s"]) == (6.0, 2.0)
    assert (found["times_cold"], found["times_warm"]) == (video.duration_s / 6, video.duration_s / 2)
    assert found["warm_stages_s"] == {"find": 1.0, "total": 2.0}
    assert (found["most_load"], found["most_others"]) == (0.5, 0.1)


def test_each_repetition_is_a_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[list[str]] = []

    def examine(words: list[str]) -> Process:
        asked.append(words)
        run = {"seconds": {"total": 2.0}, "frames": 48, "faces": 48, "peak_bytes": 9}
        return Process(None, None, 4.0, (run, run), None)

    monkeypatch.setattr(realtime, "examine", examine)
    document = measure([("demo", DEMO)], 5, 3)
    assert asked == [["ours", str(DEMO), "--method", "standard", "--every", "0.166666", "--warm", "1"]] * 3
    assert document["clips"][0]["clip"] == "demo" and str(Path.home()) not in str(document)
    assert "cold 4.0 s (2.00 times), warm 2.0 s (4.00 times)" in capsys.readouterr().out
