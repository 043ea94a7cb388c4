from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import processes
from benchmarks.processes import Others, Process, ProcessFailed, examine, median, most, stamped, write_results


def test_lines_that_are_no_json_are_passed_over_and_times_ascend() -> None:
    code = "import time; print('words'); print('{\"a\": 1}', flush=True); time.sleep(0.05); print('{\"a\": 2}')"
    (first_s, first), (second_s, second) = stamped(["-c", code])
    assert (first, second) == ({"a": 1}, {"a": 2})
    assert 0 < first_s < second_s


def test_much_said_on_the_other_stream_holds_nothing_up() -> None:
    code = "import sys; sys.stderr.write('x' * 1_000_000); print('{}')"
    assert [told for _, told in stamped(["-c", code])] == [{}]


def test_a_process_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(ProcessFailed, match="a fault of ours"):
        stamped(["-c", "raise ValueError('a fault of ours')"])


def test_a_process_that_is_read_no_further_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def popen(*words: Any, **named: Any) -> subprocess.Popen[str]:
        started.append(start(*words, **named))
        return started[-1]

    def cancelled(_line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(processes.json, "loads", cancelled)
    with pytest.raises(KeyboardInterrupt):
        stamped(["-c", "import time; print('{}', flush=True); time.sleep(600)"])
    assert started[0].returncode not in (0, None)


def test_the_environment_is_added_to() -> None:
    code = "import json, os; print(json.dumps({'a': os.environ['A'], 'path': 'PATH' in os.environ}))"
    assert stamped(["-c", code], {"A": "b"})[0][1] == {"a": "b", "path": True}


def test_runs_of_the_bundled_clip(root: Path) -> None:
    clip = root / "resources" / "demo.mp4"
    done = examine(["ours", str(clip), "--method", "standard", "--frames", "2", "--warm", "1", "--alone"])
    cold, warm = done.runs
    assert cold["score"] == warm["score"] and cold["faces"] == warm["faces"] == 2 and cold["frames"] == 2
    assert {"import", "load", "probe", "find", "crop", "score", "total"} <= set(cold["seconds"])
    assert cold["seconds"]["import"] > warm["seconds"]["import"]
    assert done.cold_s > cold["seconds"]["total"] and done.alone_s is not None and done.alone_s > 0
    assert warm["peak_bytes"] >= cold["peak_bytes"] > 100e6
    assert json.loads(json.dumps(done.document()))["runs"][0] == cold


def test_what_is_not_known_is_left_out_of_medians() -> None:
    assert median([3.0, None, 1.0, 2.0]) == 2.0
    assert median([None]) is None and median([]) is None
    assert most([None, 0.1, 0.3]) == 0.3 and most([None]) is None


def test_others_is_what_is_left_of_the_systems_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, busy, own = iter([10.0, 14.0]), iter([100.0, 107.0]), iter([5.0, 6.0])
    monkeypatch.setattr(processes.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(processes, "busy_s", lambda: next(busy))
    monkeypatch.setattr(processes, "own_s", lambda: next(own))
    assert Others().processors() == pytest.approx((7.0 - 1.0) / 4.0)


def test_others_is_not_known_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "busy_s", lambda: None)
    assert Others().processors() is None


def test_results_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    path = tmp_path / "results" / "a.json"
    write_results(path, {"ü": Process(None, None, 1.0, (), None).document()})
    assert json.loads(path.read_text("utf-8"))["ü"]["cold_s"] == 1.0
