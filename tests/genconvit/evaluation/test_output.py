from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from genconvit.evaluation.output import write
from genconvit.evaluation.summary import summarise
from genconvit.method import load
from tests.genconvit.evaluation.rows import eight, failed, made

EVERYTHING = ["confusion.png", "histogram.png", "precision_recall.png", "reliability.png", "roc.png", "summary.json"]


def test_summary_and_pictures_are_written_whole(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "deep" / "out"
    results = eight()
    written = write(summarise(results, load(root / "weight" / "methods" / "standard.toml")), results, folder)
    assert sorted(path.name for path in written) == EVERYTHING == sorted(path.name for path in folder.iterdir())
    assert json.loads((folder / "summary.json").read_text("utf-8"))["schema"] == "veriframe.evaluation/1"
    for path in written[1:]:
        with Image.open(path) as picture:
            assert picture.format == "PNG" and min(picture.size) > 400
            assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 20


def test_a_group_that_is_not_unicode_reads_back(tmp_path: Path) -> None:
    groups = (b"caf\xe9".decode("utf-8", "surrogateescape"), "\ud800", 'ü "\\')
    results = [made("FAKE", 0.9, "FAKE", group) for group in groups]
    write(summarise(results), results, tmp_path)
    document = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert {group["name"] for group in document["groups"]} == set(groups)


def test_a_picture_that_cannot_be_drawn_is_left_out_and_not_left_over(tmp_path: Path) -> None:
    write(summarise(eight()), eight(), tmp_path)
    reals = [made("REAL", 0.1, "REAL"), failed("REAL")]
    assert [path.name for path in write(summarise(reals), reals, tmp_path)] == [
        "summary.json",
        "histogram.png",
        "reliability.png",
        "confusion.png",
    ]
    assert not (tmp_path / "roc.png").exists()
    assert [path.name for path in write(summarise([]), [], tmp_path)] == ["summary.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
