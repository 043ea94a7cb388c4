from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.published import read, report, table
from genconvit.evaluation.summary import summarise

SMALL: dict[str, list[Any]] = {
    "name": ["a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4"],
    "pred": [0.9, 0.5, 0.2, 0.5, 0.1],
    "klass": ["swap", ["swap"], "original", ["real", "swap"], "original"],
    "pred_label": ["FAKE", "FAKE", "REAL", "FAKE", "REAL"],
    "correct_label": ["FAKE", "FAKE", "REAL", "REAL", "REAL"],
}


def written(path: Path, **columns: Any) -> Path:
    path.write_text(json.dumps({"video": {**SMALL, **columns}}), encoding="utf-8")
    return path


def test_rows_are_read_as_they_stand(tmp_path: Path) -> None:
    rows = read(written(tmp_path / "small.json"))
    assert [(row.file, row.label, row.score, row.verdict) for row in rows[2:4]] == [
        ("c.mp4", "REAL", 0.2, "REAL"),
        ("d.mp4", "REAL", 0.5, "FAKE"),
    ]
    assert [row.group for row in rows] == ["swap", "swap", "original", "real + swap", "original"]


def test_the_table_by_hand(tmp_path: Path) -> None:
    # At 0.5, ties being FAKE: both fakes found, one of three reals called FAKE. Pairs: .9 beats 3, .5 beats 2, ties 1.
    lines = report([written(tmp_path / "small.json")]).splitlines()
    assert lines[0].split("  ")[0] == "set" and lines[0].endswith("false positives at 0.5")
    assert lines[2].split() == ["small", "3/2", "80.00", "%", "66.67", "%", ".9167", ".800", "33.3", "%"]
    assert lines[4] == (
        "small: 2 videos have a score of exactly 0.5, the script's mark of a video without a face; "
        "at 0.5 they are FAKE."
    )


def test_one_row_a_file(tmp_path: Path) -> None:
    paths = [written(tmp_path / "first.json"), written(tmp_path / "the second.json", pred=[0.9, 0.8, 0.2, 0.4, 0.1])]
    lines = report(paths).splitlines()
    assert lines[3].startswith("the second  ") and lines[3].split()[3:5] == ["100.00", "%"]
    assert len({len(line) for line in lines[:4]}) == 1


def test_files_that_share_videos_are_told_of_below_the_same_table(tmp_path: Path) -> None:
    names = ["f.mp4", "b.mp4", "g.mp4", "d.mp4", "h.mp4"]
    apart = written(tmp_path / "apart.json", name=[f"{place}.mp4" for place in range(5)])
    paths = [written(tmp_path / "one.json"), apart, written(tmp_path / "two.json", name=names)]
    text = report(paths)
    note = "2 videos stand in both one and two, by their names: these two rows are not independent.\n"
    assert text.endswith(f"\n\n{note}") and text.count("stand in both") == 1
    assert text.removesuffix(f"\n{note}") == table([(path.stem, summarise(read(path))) for path in paths])


def test_decisions_that_the_scores_do_not_give_are_told(tmp_path: Path) -> None:
    text = report([written(tmp_path / "odd.json", pred_label=["FAKE", "REAL", "REAL", "REAL", "REAL"])])
    assert "call 0 real and 1 fake videos FAKE, its scores at 0.5 1 and 2" in text


def test_a_set_of_one_label_has_no_area(tmp_path: Path) -> None:
    path = written(tmp_path / "real.json", correct_label=["REAL"] * 5)
    assert report([path]).splitlines()[2].split() == ["real", "5/0", "40.00", "%", "40.00", "%", "-", "-", "60.0", "%"]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"pred": None}, "video.pred.*must be a list"),
        ({name: [] for name in SMALL}, "video.*holds no videos"),
        ({"pred": [0.9]}, "video.pred.*has 1 entries, not 5"),
        ({"pred": [0.9, 1.5, 0.2, 0.5, 0.1]}, "video 2.*from 0 to 1, not 1.5"),
        ({"pred": [0.9, "0.5", 0.2, 0.5, 0.1]}, "video 2.*from 0 to 1"),
        ({"pred": [0.9, True, 0.2, 0.5, 0.1]}, "video 2.*from 0 to 1"),
        ({"pred": [0.9, float("nan"), 0.2, 0.5, 0.1]}, "video 2.*from 0 to 1"),
        ({"name": [1, 2, 3, 4, 5]}, "video 1.*name must be a text"),
        ({"klass": [1, "a", "b", "c", "d"]}, "video 1.*klass must be"),
        ({"correct_label": ["FAKE", "FAKE", "real", "REAL", "REAL"]}, "video 3.*correct_label must be"),
        ({"pred_label": [[], "FAKE", "REAL", "REAL", "REAL"]}, "video 1.*pred_label must be"),
    ],
)
def test_another_shape_is_refused_by_its_place(tmp_path: Path, columns: dict[str, Any], problem: str) -> None:
    with pytest.raises(ResultsInvalid, match=problem):
        read(written(tmp_path / "bad.json", **columns))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"video": []}', '{"video": {}}', "[" * 100_000, "\x00"])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ResultsInvalid):
        report([path])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsInvalid, match="No such file"):
        read(tmp_path / "none.json")
