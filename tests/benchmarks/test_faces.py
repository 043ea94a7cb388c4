"""How boxes are matched, and what is said of those that are not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import pytest

from benchmarks import faces
from benchmarks.faces import FACTOR, fits, pair, table, width_of
from genconvit import faces as finders
from genconvit import video
from genconvit.errors import NoVideoStream
from genconvit.method import Method
from genconvit.records import Box

BROWS_TO_CHIN = (100, 100, 200, 200)
TALLER = (105, 60, 195, 210)


def test_a_taller_box_around_the_same_face_fits() -> None:
    assert fits(BROWS_TO_CHIN, TALLER)


def test_a_box_beside_the_centre_does_not_fit() -> None:
    assert not fits(BROWS_TO_CHIN, (151, 100, 251, 200))
    assert fits(BROWS_TO_CHIN, (150, 100, 250, 200))


def test_a_box_beyond_the_factor_in_size_does_not_fit() -> None:
    side = round(100 * FACTOR)
    assert fits(BROWS_TO_CHIN, (90, 90, 90 + side, 90 + side))
    assert not fits(BROWS_TO_CHIN, (90, 90, 91 + side, 91 + side))
    assert not fits((90, 90, 91 + side, 91 + side), (125, 125, 225, 225))


def test_by_width_a_tall_box_fits_that_is_too_large_by_its_area() -> None:
    tall = (90, 0, 230, 220)
    assert not fits(BROWS_TO_CHIN, tall)
    assert fits(BROWS_TO_CHIN, tall, width_of)
    assert pair([BROWS_TO_CHIN], [tall], width_of) == [(BROWS_TO_CHIN, tall)]
    assert not fits(BROWS_TO_CHIN, (60, 100, 60 + round(100 * FACTOR) + 1, 200), width_of)


def test_a_box_matches_one_face_only() -> None:
    beside = (104, 100, 204, 200)
    assert pair([BROWS_TO_CHIN, beside], [TALLER]) == [(BROWS_TO_CHIN, TALLER), (beside, None)]


def document(by_width: int, unmatched: list[dict[str, Any]]) -> dict[str, Any]:
    """Of one clip with one HOG box, which is too tall to match by its area."""
    finder = {"finder": "hog", "frames": 2, "frames_with_a_face": 1, "faces": 1, "seconds": 1.0, "cpu_seconds": 0.5}
    figures = {**finder, "faces_per_second": 1.0, "faces_per_cpu_second": 2.0}
    counts = {"matched_by_width": by_width, "matched_by_area": 0}
    clips = [{"clip": "a.mp4", "wanted": 1, "ours": 0, **counts, "unmatched_by_width": unmatched}]
    return {"boxes": 1, **counts, "size_ratio": None, "wanted": figures, "ours": figures, "clips": clips}


def test_the_table_names_what_is_not_matched_by_its_width() -> None:
    said = table(document(0, [{"frame": 7, "box": BROWS_TO_CHIN, "ours": []}]))
    assert "frame 7 of a.mp4: (100, 100, 200, 200) is not matched by its width, ours: none" in said
    assert "of 1 boxes of HOG's, 0 matched by width, 0 by area" in said


@pytest.mark.parametrize(("by_width", "status"), [(1, 0), (0, 1)])
def test_the_width_decides_the_exit_status_and_results_are_kept_either_way(
    by_width: int, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "measure", lambda *asked: document(by_width, []))
    monkeypatch.setattr(finders, "use_threads", lambda threads: None)
    monkeypatch.setattr(sys, "argv", ["faces", str(tmp_path), "--out", str(tmp_path / "made.json")])
    assert faces.main() == status
    assert json.loads((tmp_path / "made.json").read_text("utf-8"))["matched_by_width"] == by_width


@pytest.mark.parametrize("name", ["", "notes.txt", "blank.mp4"])
def test_where_nothing_is_matched_what_is_kept_stays(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compare(path: Path, *asked: object) -> dict[str, Any]:
        if path.suffix != ".mp4":
            raise NoVideoStream(path, ())
        return {"clip": path.name, "wanted": 0, "size_ratios": []}

    kept, folder = tmp_path / "made.json", tmp_path / "clips"
    kept.write_text("kept", encoding="utf-8")
    folder.mkdir()
    if name:
        (folder / name).touch()
    monkeypatch.setattr(faces, "compare", compare)
    monkeypatch.setattr(finders, "make_finder", lambda *asked: None)
    monkeypatch.setattr(finders, "use_threads", lambda threads: None)
    monkeypatch.setattr(sys, "argv", ["faces", str(folder), "--out", str(kept)])
    assert faces.main() == 2
    assert kept.read_text("utf-8") == "kept"
    assert "nothing was written" in capsys.readouterr().err


def test_a_clock_that_does_not_move_gives_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    still = SimpleNamespace(name="still", find=lambda pixels: [])
    monkeypatch.setattr(finders, "make_finder", lambda *asked: still)
    monkeypatch.setattr(faces, "time", SimpleNamespace(perf_counter=lambda: 1.0, process_time=lambda: 1.0))
    finder = faces.Finder(cast(Method, SimpleNamespace(finding=SimpleNamespace(longest_side_px=640))))
    assert finder.figures()["median_cpu_s_per_frame"] is None
    finder.find(np.zeros((2, 2, 3), np.uint8))
    figures = finder.figures()
    assert (figures["faces_per_second"], figures["faces_per_cpu_second"]) == (None, None)
    said = table({**document(1, []), "wanted": figures})
    assert said.splitlines()[-2].split()[-2:] == ["none", "none"]


class Told(NamedTuple):
    """A clip's frame for a finder that only looks it up."""

    index: int
    pixels: int


def test_both_ways_to_count_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tall = (90, 0, 230, 220)
    boxes = {"released": [[BROWS_TO_CHIN], [BROWS_TO_CHIN], [BROWS_TO_CHIN]], "standard": [[TALLER], [tall], []]}

    class Looked:
        def __init__(self, name: str) -> None:
            self.method = SimpleNamespace(name=name)

        def find(self, pixels: int) -> list[Box]:
            return boxes[self.method.name][pixels]

    clip = SimpleNamespace(width_px=320, height_px=240)
    monkeypatch.setattr(video, "probe", lambda path: clip)
    monkeypatch.setattr(video, "plan", lambda sampling, clip: ())
    monkeypatch.setattr(video, "read_frames", lambda clip, planned: [Told(number + 10, number) for number in range(3)])
    wanted, ours = (cast(faces.Finder, Looked(name)) for name in ("released", "standard"))
    found = faces.compare(tmp_path / "a.mp4", 3, wanted, ours)
    assert (found["wanted"], found["matched_by_width"], found["matched_by_area"]) == (3, 2, 1)
    assert found["unmatched_by_width"] == [{"frame": 12, "box": BROWS_TO_CHIN, "ours": []}]
