from __future__ import annotations

import builtins
import sys
from pathlib import Path

import pytest

from benchmarks.one_run import Imports, method_of, parser
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
