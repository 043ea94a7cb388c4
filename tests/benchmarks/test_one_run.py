from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.one_run import Imports, method_of, parser, run_ours
from genconvit import method as methods
from genconvit import places

FOLDERS = (places.SHIPPED,)


def method(name: str) -> methods.Method:
    return methods.find(name, [places.SHIPPED / "methods"])


def test_another_finder_takes_the_rule_away_and_leaves_the_rest() -> None:
    words = ["ours", "a.mp4", "--finder", "standard", "--frames", "7", "--precision", "bfloat16"]
    found, released = method_of(parser().parse_args(words), FOLDERS), method("released")
    assert found.rule is None and found.scoring.precision == "bfloat16"
    assert (found.sampling.count, found.finding.most_faces) == (7, 7)
    assert found.finding.finder == method("standard").finding.finder
    assert (found.crop, found.weights) == (released.crop, released.weights)


def test_a_method_as_it_is_shipped_stays_so() -> None:
    assert method_of(parser().parse_args(["ours", "a.mp4", "--frames", "15"]), FOLDERS) == method("released")


@pytest.mark.parametrize("faces", [0, 5])
def test_what_a_run_imported_is_not_told_again_by_the_next_one(
    faces: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slow_in_a_test.py").write_text("import time\ntime.sleep(0.05)\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    class Work:
        def __init__(self, folders: object) -> None:
            pass

        def examine(self, *words: object) -> SimpleNamespace:
            __import__("slow_in_a_test")
            coverage = SimpleNamespace(faces_used=faces, frames_read=5)
            verdict = SimpleNamespace(fake=None, published_score=None)
            return SimpleNamespace(analysis=SimpleNamespace(timings_s={}, coverage=coverage, verdict=verdict))

    monkeypatch.setattr("genconvit.engine_process.Work", Work)
    run_ours(parser().parse_args(["ours", "a.mp4", "--warm", "2"]))
    del sys.modules["slow_in_a_test"]
    first, *later = [json.loads(line)["seconds"]["import"] for line in capsys.readouterr().out.splitlines()]
    assert first >= 0.05 and len(later) == 2
    assert all(told_s < 0.05 for told_s in later)


def test_imports_are_counted_once_and_the_way_back_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outer_of_a_test.py").write_text("import time\ntime.sleep(0.02)\nimport inner_of_a_test\n")
    (tmp_path / "inner_of_a_test.py").write_text("import time\ntime.sleep(0.02)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    original = builtins.__import__
    imports = Imports()
    with imports.timed():
        __import__("outer_of_a_test")
        first_s = imports.seconds
        __import__("outer_of_a_test")
    for name in ("outer_of_a_test", "inner_of_a_test"):
        monkeypatch.delitem(sys.modules, name)
    assert first_s >= 0.04
    assert imports.seconds < 2 * first_s
    assert builtins.__import__ is original
