from __future__ import annotations

from pathlib import Path

from benchmarks.processes import stamped
from benchmarks.startup import summary


def test_the_window_says_when_it_is_shown_and_listed_and_then_ends(tmp_path: Path) -> None:
    environment = {"VERIFRAME_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen"}
    lines = stamped(["-m", "benchmarks.window_start"], environment)
    assert [told["at"] for _, told in lines] == ["shown", "listed"]
    assert 0 < lines[0][0] <= lines[1][0]


def test_the_median_stands_beside_all_values() -> None:
    assert summary({"help": [0.3, 0.1, 0.2]}) == {"help": {"median_s": 0.2, "all_s": [0.3, 0.1, 0.2]}}
