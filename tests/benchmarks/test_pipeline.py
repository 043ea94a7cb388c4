from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks import pipeline
from benchmarks.floor import Rates, both_work, floor_s
from benchmarks.one_run import parser
from benchmarks.pipeline import Side, in_turn, main, ratios, sides, summary, table
from benchmarks.pipeline_bars import BARS
from benchmarks.processes import Process
from benchmarks.random_weights import FILES

RATES = Rates({"float32": 200e9, "bfloat16": 400e9}, 20e9)


def run(total_s: float, score_s: float, peak: int, faces: int = 15) -> dict[str, Any]:
    seconds = {"total": total_s, "score": score_s}
    return {"seconds": seconds, "score": 0.7, "frames": 15, "faces": faces, "peak_bytes": peak}


def process(cold_s: float, warm_s: float, score_s: float, peak: int = 1, alone_s: float | None = None) -> Process:
    runs = (run(cold_s - 1, 9.0, peak), run(warm_s, score_s, peak), run(warm_s + 2, score_s, peak))
    return Process(0.1, 0.02, cold_s, runs, alone_s)


@pytest.fixture
def asked(tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(
        clips=[tmp_path / "a.mp4"],
        weights_home=tmp_path / "home",
        released_weights=tmp_path,
        precision="both",
        finder="standard",
        device="cpu",
        frames=15,
        repetitions=2,
        warm=2,
    )


def test_sides_take_turns_and_the_order_turns_round() -> None:
    first, second, third = (Side(name, "float32", ()) for name in "abc")
    order = [side.name for side in in_turn([first, second, third], 3)]
    assert order == ["a", "b", "c", "c", "b", "a", "a", "b", "c"]


def test_medians_over_processes_and_over_all_their_warm_runs() -> None:
    found = summary([process(20, 8, 4, 5), process(22, 6, 2, 7), process(30, 7, 3, 6)], "float32", RATES)
    assert (found["cold_s"], found["warm_s"]) == (22, 8)
    assert found["warm_stages_s"]["score"] == 3 and found["cold_stages_s"]["score"] == 9
    assert found["faces_per_s"] == pytest.approx(15 / 8)
    assert found["peak_bytes"] == 7 and found["most_load"] == 0.1 and found["most_others"] == 0.02
    floor = floor_s(both_work(), 15, 1, "float32", RATES)
    assert found["floor_s"] == floor and found["share_of_floor"] == pytest.approx(floor / 3)
    assert found["share_of_floor_alone"] is None and found["warm_stages_s"]["probe"] is None


def test_networks_alone_have_a_share_of_their_own() -> None:
    found = summary([process(20, 8, 4, alone_s=2.5), process(20, 8, 4, alone_s=3.5)], "bfloat16", RATES)
    assert found["alone_s"] == 3.0
    assert found["share_of_floor_alone"] == pytest.approx(floor_s(both_work(), 15, 1, "bfloat16", RATES) / 3.0)


def test_a_clip_without_faces_has_no_share() -> None:
    empty = Process(None, None, 3.0, (run(2.0, 0.0, 1, faces=0),), None)
    found = summary([empty], "float32", RATES)
    assert found["floor_s"] == 0.0 and found["share_of_floor"] is None and found["faces_per_s"] is None
    assert found["warm_s"] is None


def test_ratios_are_theirs_over_ours_and_memory_ours_over_theirs() -> None:
    theirs = summary([process(20, 8, 4, 8)], "float32", RATES)
    ours = summary([process(8, 3, 2, 2)], "float32", RATES)
    found = ratios({"released": theirs, "ours float32": ours})
    assert found == {"ours float32": {"cold": 2.5, "warm": 9 / 4, "memory": 0.25}}


def test_the_table_has_a_column_for_each_side_and_empty_cells_for_what_is_not_known() -> None:
    theirs, ours = (summary([process(cold_s, 8, 4, 2_500_000_000)], "float32", RATES) for cold_s in (20, 8))
    both = {"released": theirs, "ours float32": ours}
    lines = table({"clip": "a.mp4", "sides": both, "ratios": ratios(both)}).splitlines()
    assert lines[0].split() == ["a.mp4", "released", "ours", "float32"]
    cells = {line.split("  ")[0].strip(): line.split("  ")[1:] for line in lines[1:] if not line.startswith(" ")}
    values = {words: [float(cell) for cell in rest if cell.strip()] for words, rest in cells.items()}
    assert values["cold, start to score, s"] == [20.0, 8.0]
    assert values["times as fast, cold"] == [2.5]
    assert values["peak memory, GB"] == [2.5, 2.5]
    assert next(line.strip() for line in lines if "probe" in line) == "probe"


def test_every_side_is_asked_for_in_words_that_are_understood(asked: argparse.Namespace) -> None:
    found = {side.name: parser().parse_args([*side.words[:1], "a.mp4", *side.words[1:]]) for side in sides(asked)}
    assert list(found) == ["released", "ours float32", "ours bfloat16"]
    assert found["released"].released_weights == asked.released_weights and found["released"].warm == 2
    assert found["ours bfloat16"].precision == "bfloat16" and found["ours bfloat16"].alone
    assert {one.frames for one in found.values()} == {15} and found["ours float32"].finder == "standard"
    asked.precision, asked.finder = "bfloat16", "released"
    assert [side.name for side in sides(asked)] == ["released", "ours bfloat16"]
    assert "--finder" not in sides(asked)[1].words


def test_all_of_it_with_processes_that_only_look_like_some(
    asked: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {"released": 20.0, "ours": 5.0}
    monkeypatch.setattr(pipeline, "examine", lambda words: process(seconds[words[0]], 4.0, 2.0))
    rates = {"gflops": {"float32": {"a": 200.0}, "bfloat16": {"a": 400.0}}, "copy_gbytes": 1.0, "read_gbytes": 2.0}
    monkeypatch.setattr(pipeline, "_rates", lambda device: rates)
    document = pipeline.measure(asked)
    (clip,) = document["clips"]
    assert clip["clip"] == "a.mp4" and clip["ratios"]["ours bfloat16"]["cold"] == 4.0
    assert {name: len(taken) for name, taken in clip["processes"].items()} == dict.fromkeys(clip["sides"], 2)
    assert document["rates"] == rates and document["schema"] == pipeline.SCHEMA


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str, cold_s: float = 1.0) -> list[tuple[str, ...]]:
    """Ask for a clip in the folder, with processes, rates and random weights that only look like some; the words of
    each process."""
    asked: list[tuple[str, ...]] = []

    @contextmanager
    def home() -> Iterator[Path]:
        yield prepared(folder / "random")

    def examine(words: list[str]) -> Process:
        asked.append(tuple(words))
        one_s, warm_s = (20.0, 5.0) if words[0] == "released" else (cold_s, 0.5)
        return process(one_s, warm_s, 0.1, 1_000_000_000, alone_s=0.1)

    rates = {"gflops": {"float32": {"a": 1e3}, "bfloat16": {"a": 1e3}}, "copy_gbytes": 1.0, "read_gbytes": 20.0}
    monkeypatch.setattr(pipeline, "examine", examine)
    monkeypatch.setattr(pipeline, "_rates", lambda device: rates)
    monkeypatch.setattr(pipeline, "random_home", home)
    (clip := folder / "a.mp4").touch()
    out = ["--out", str(folder / "made.json"), "--repetitions", "1"]
    monkeypatch.setattr(sys, "argv", ["pipeline", str(clip), *out, *words])
    return asked


def prepared(folder: Path) -> Path:
    """A home with cards, beside it the released files: empty ones."""
    cards = folder / "home" / "weight" / "cards"
    cards.mkdir(parents=True)
    for path in (*(cards / name for name in pipeline.CARDS), *(folder / name for name in FILES.values())):
        path.touch()
    return folder / "home"


def test_without_a_home_both_sides_have_the_same_random_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = stand_in(monkeypatch, tmp_path)
    assert main() == 0
    found = [parser().parse_args(list(words)) for words in asked]
    assert [one.side for one in found] == ["released", "ours", "ours"]
    assert found[0].released_weights == tmp_path / "random"
    assert {one.weights_home for one in found[1:]} == {tmp_path / "random" / "home"}
    bars = json.loads((tmp_path / "made.json").read_text("utf-8"))["bars"]
    assert len(bars) == len(BARS) and all(bar["met"] for bar in bars)
    assert capsys.readouterr().out.count(", met (asked") == len(BARS)


def test_a_home_of_ones_own_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = prepared(tmp_path / "own")
    asked = stand_in(monkeypatch, tmp_path, "--weights-home", str(home))
    assert main() == 0
    assert parser().parse_args(list(asked[0])).released_weights == tmp_path / "own"
    assert not (tmp_path / "random").exists() and home.is_dir()


def test_a_missed_bar_is_exit_status_1_with_the_results_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, tmp_path, cold_s=8.0)
    assert main() == 1
    bars = json.loads((tmp_path / "made.json").read_text("utf-8"))["bars"]
    missed = [(bar["side"], bar["what"], bar["measured"]) for bar in bars if not bar["met"]]
    assert missed == [("ours bfloat16", "times as fast, cold", 2.5)]
    assert "times as fast, cold: 2.500, MISSED (asked: at least 3.00)" in capsys.readouterr().out


def test_a_cancelled_run_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cancelled(_words: object) -> Process:
        raise KeyboardInterrupt

    stand_in(monkeypatch, tmp_path)
    monkeypatch.setattr(pipeline, "examine", cancelled)
    assert main() == 130
    assert "Cancelled" in capsys.readouterr().err and not (tmp_path / "made.json").exists()


def test_released_files_without_their_home_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "--released-weights", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


def test_what_is_missing_is_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pipeline", str(tmp_path / "a.mp4"), "--weights-home", str(tmp_path / "home")])
    assert main() == 2
    assert "There is no" in (said := capsys.readouterr().err) and "a.mp4" in said
    (tmp_path / "a.mp4").touch()
    assert main() == 2
    assert "genconvit_ed_inference.pth" in capsys.readouterr().err
