from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import startup
from benchmarks.processes import stamped
from benchmarks.startup import summary


def test_the_window_says_when_it_is_shown_and_listed_and_then_ends(tmp_path: Path) -> None:
    environment = {"VERIFRAME_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen"}
    lines = stamped(["-m", "benchmarks.window_start"], environment)
    assert [told["at"] for _, told in lines] == ["shown", "listed"]
    assert 0 < lines[0][0] <= lines[1][0]


def test_the_median_stands_beside_all_values() -> None:
    assert summary({"help": [0.3, 0.1, 0.2]}) == {"help": {"median_s": 0.2, "all_s": [0.3, 0.1, 0.2]}}


@pytest.mark.parametrize(
    ("help_s", "usable_s", "said"),
    [(0.5, 2.0, []), (0.51, 2.0, ["--help: 0.51 s"]), (0.5, 2.01, ["usable: 2.01 s"])],
)
def test_a_late_start_is_exit_status_1_with_the_results_kept(
    help_s: float,
    usable_s: float,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = summary({"help": [help_s], "shown": [9.0], "usable": [usable_s]})
    monkeypatch.setattr(startup, "measure", lambda repetitions: {"seconds": seconds})
    monkeypatch.setattr(sys, "argv", ["startup", "--out", str(tmp_path / "made.json")])
    assert startup.main() == int(bool(said))
    late = [line for line in capsys.readouterr().out.splitlines() if "MISSED" in line]
    assert len(late) == len(said) and all(words in line for words, line in zip(said, late, strict=True))
    assert (tmp_path / "made.json").is_file()
