from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import performance_section, section_in_readme
from benchmarks.performance_section import BEGIN, END, PLACE, SCHEMAS, main, read, render
from genconvit.errors import ResultsInvalid

HEAD: dict[str, Any] = {
    "when": "2026-11-20T19:00:00Z",
    "processor": "AMD EPYC",
    "cores": 2,
    "platform": "Linux",
    "python": "3.11.2",
    "libraries": {"torch": "2.13.0"},
}


def side(cold_s: float, warm_s: float | None, peak: float, share: float | None, alone: float | None) -> dict[str, Any]:
    return {
        "cold_s": cold_s,
        "warm_s": warm_s,
        "faces_per_s": 15 / warm_s if warm_s else None,
        "peak_bytes": peak,
        "share_of_floor": share,
        "share_of_floor_alone": alone,
        "most_others": 0.021,
    }


SIDES = {
    "released": side(22.0, 8.0, 7.2e9, 0.5, None),
    "ours float32": side(9.0, 4.0, 3.1e9, 0.55, 0.72),
    "ours bfloat16": side(6.0, None, 2.4e9, None, None),
}
PARTS: dict[str, dict[str, Any]] = {
    "pipeline.json": {
        "device": "cpu",
        "frames": 15,
        "finder": "standard",
        "repetitions": 5,
        "clips": [
            {
                "clip": "a.mp4",
                "sides": SIDES,
                "ratios": {
                    "ours float32": {"cold": 22 / 9, "warm": 2.0, "memory": 0.4},
                    "ours bfloat16": {"cold": 22 / 6, "warm": None, "memory": 0.3},
                },
            }
        ],
    },
    "realtime.json": {
        "nth": 5,
        "clips": [
            {
                "clip": "b.mp4",
                "width_px": 1280,
                "height_px": 720,
                "duration_s": 16.0,
                "cold_s": 8.0,
                "warm_s": 4.0,
                "times_cold": 2.0,
                "times_warm": 4.0,
                "most_others": 0.014,
            }
        ],
    },
    "memory.json": {
        "every_s": 0.2,
        "growth": 0.031,
        "points": [
            {"minutes": 10.0, "peak_bytes": 722e6, "others": 0.766},
            {"minutes": 1.0, "peak_bytes": 700e6, "others": None},
        ],
    },
    "startup.json": {
        "seconds": {"help": {"median_s": 0.31}, "shown": {"median_s": 1.4}, "usable": {"median_s": 1.52}},
        "others": 0.5,
    },
    "event_loop.json": {
        "clip": "demo.mp4",
        "beat_ms": 1,
        "others": None,
        "steps": {
            "intake": {"largest_ms": 99.0, "percentile_99_ms": 99.0},
            "examination": {"largest_ms": 38.4, "percentile_99_ms": 1.93},
            "frames": {"largest_ms": 21.2, "percentile_99_ms": 9.1},
            "report": {"largest_ms": 58.9, "percentile_99_ms": 3.23},
        },
    },
    "faces.json": {
        "frames_per_clip": 15,
        "factor": 1.6,
        "boxes": 240,
        "matched_by_width": 240,
        "matched_by_area": 231,
        "clips": [{"clip": "a.mp4"}, {"clip": "b.mp4"}],
    },
    "precision.json": {
        "method": "standard",
        "summary": {"clips": 18, "clips_scored": 17, "largest_difference": 0.00612, "verdicts_changed": ["c.mp4"]},
    },
}


def made(*names: str) -> dict[str, dict[str, Any]]:
    return {name: {"schema": SCHEMAS[name], **HEAD, **PARTS[name]} for name in names or PARTS}


def test_the_readme_has_the_figures_that_were_measured(root: Path) -> None:
    """Mend it with: python -m benchmarks.performance_section"""
    readme = (root / "README.md").read_text("utf-8")
    assert PLACE.replaced(readme, render(read())) == readme


def test_a_row_of_each_kind_by_hand() -> None:
    text = render(made())
    assert text.startswith(BEGIN) and text.endswith(END + "\n")
    assert "Measured on AMD EPYC, 2 cores, Linux, Python 3.11.2, torch 2.13.0, on 2026-11-20." in text
    assert " Other programs kept at most 0.02 processors busy during these runs." in text
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert ["`a.mp4`", "released protocol", "22.0 s", "8.0 s", "1.9", "7.2 GB", "50 %", ""] in rows
    ours = ["`a.mp4`", "ours float32", "9.0 s, 2.4 times as fast", "4.0 s, 2.0 times as fast", "3.8", "3.1 GB"]
    assert [*ours, "55 %", "72 %"] in rows
    assert ["`a.mp4`", "ours bfloat16", "6.0 s, 3.7 times as fast", "", "", "2.4 GB", "", ""] in rows
    said = dict(row for row in rows if len(row) == 2)
    assert said["`standard`, every 5th frame of b.mp4 (1280 x 720, 16.0 s long)"] == (
        "8.0 s from process start, 2.0 times as fast as it plays; warm 4.0 s, 4.0 times "
        "(other programs: at most 0.01 processors busy)"
    )
    memory = said["peak memory, `standard` with a frame every 0.2 s, clips of 1, 10 minutes"]
    noisy = " (other programs: at most 0.77 processors busy)"
    assert memory == f"700, 722 MB: +3 % from the shortest to the longest{noisy}"
    noisy = " (other programs: at most 0.50 processors busy)"
    assert said["`python -m genconvit --help`"] == f"0.31 s{noisy}"
    assert said["`python -m desktop`, from process start until its window can be used"] == f"1.5 s{noisy}"
    assert said["event loop of the window while demo.mp4 is taken in, analyzed and its result opened"] == (
        "beats of a timer of 1 ms at most 38 ms apart, 99 % of them at most 1.9 ms"
    )
    assert said["event loop of the window while the frames of demo.mp4 are gone through"] == (
        "beats of a timer of 1 ms at most 21 ms apart, 99 % of them at most 9.1 ms"
    )
    assert said["event loop of the window while the report on demo.mp4 is written"] == (
        "beats of a timer of 1 ms at most 59 ms apart, 99 % of them at most 3.2 ms"
    )
    (faces,) = (
        value for what, value in said.items() if what.startswith("faces that the released protocol finds in 15")
    )
    assert faces == "240 of 240 with the width for the size, 231 with the root of the area"
    assert said["bfloat16 beside float32, `standard`, 17 videos with a score"] == (
        "`fake` moved by at most 0.0061, 1 of 18 verdicts changed"
    )


def test_steps_that_an_older_file_does_not_have_are_left_out() -> None:
    results = made("event_loop.json")
    steps = results["event_loop.json"]["steps"]
    results["event_loop.json"] = {**results["event_loop.json"], "steps": {"examination": steps["examination"]}}
    assert render(results).count("event loop of the window") == 1


@pytest.mark.parametrize("name", PARTS)
def test_what_was_not_measured_is_left_out(name: str) -> None:
    alone, whole = render(made(name)).splitlines(), render(made()).splitlines()
    assert set(alone) <= set(whole) and len(alone) < len(whole)


def test_nothing_measured_is_an_empty_section() -> None:
    assert render({}) == f"{BEGIN}\n\n{END}\n"


def test_machines_that_differ_are_both_named() -> None:
    results = made("memory.json", "startup.json")
    results["startup.json"]["processor"] = "another"
    assert "AMD EPYC, 2 cores" in (text := render(results)) and "; and on another, 2 cores" in text


def test_results_are_read_by_their_schema(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
    results = made()
    for name, document in results.items():
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    assert read(tmp_path) == results
    (tmp_path / "memory.json").write_text(json.dumps({**results["memory.json"], "schema": "another/1"}))
    with pytest.raises(ResultsInvalid, match=r"memory\.json"):
        read(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "startup.json").write_text(content, encoding="utf-8")
    with pytest.raises(ResultsInvalid, match=r"startup\.json"):
        read(tmp_path)


def test_the_command_fills_the_section_and_checks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    monkeypatch.setattr(section_in_readme, "README", readme)
    monkeypatch.setattr(performance_section, "read", lambda: made())

    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["performance_section", *words])
        return main()

    readme.write_text("words\n", encoding="utf-8")
    assert (run("--check"), run()) == (1, 1)
    assert BEGIN in capsys.readouterr().err and readme.read_text("utf-8") == "words\n"
    readme.write_text(f"words\n\n{BEGIN}\n", encoding="utf-8")
    assert (run("--check"), run()) == (1, 1)
    assert "README.md: There must be one performance section" in capsys.readouterr().err
    readme.write_text(f"words\n\n{BEGIN}\n{END}\n\nmore\n", encoding="utf-8")
    assert run("--check") == 1
    assert run() == 0 and run("--check") == 0
    assert readme.read_text("utf-8") == f"words\n\n{render(made())}\nmore\n"


def test_results_that_cannot_be_used_are_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(performance_section, "read", lambda: read(tmp_path))
    monkeypatch.setattr("sys.argv", ["performance_section"])
    assert main() == 1
    assert str(tmp_path / "memory.json") in capsys.readouterr().err
