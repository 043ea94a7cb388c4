from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from genconvit.faces import find_landmarks
from genconvit.records import FoundFace, Pixels
from genconvit.training import landmarks, prepare
from genconvit.training.landmarks import outlined
from genconvit.training.photographs import LISTING, PhotographsUnreadable
from genconvit.training.prepare import Sets


@pytest.fixture
def folder(photographs_folder: Path, tmp_path: Path) -> Path:
    """Drawn faces without their listing, one of them in a folder of its own."""
    copied = Path(shutil.copytree(photographs_folder, tmp_path / "plain"))
    (copied / LISTING).unlink()
    (copied / "inner").mkdir()
    (copied / "00.png").rename(copied / "inner" / "00.png")
    return copied


class Outline:
    """Finds the landmarks of every drawn face but every third."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, pixels: Pixels) -> np.ndarray | None:
        self.calls += 1
        return None if self.calls % 3 == 0 else np.full((68, 2), self.calls, np.float32)


def test_landmarks_are_found_once_and_faceless_pictures_are_told(folder: Path, tmp_path: Path) -> None:
    find, cache = Outline(), tmp_path / "cache" / "landmarks.json"
    first = outlined(folder, cache, find)
    assert find.calls == 24 and len(first.photographs) == 16 and len(first.without_face) == 8
    again = outlined(folder, cache, find)
    assert find.calls == 24
    assert [p.key for p in again.photographs] == [p.key for p in first.photographs]
    assert np.array_equal(again.photographs[3].landmarks, first.photographs[3].landmarks)
    assert first.photographs[0].pixels().shape == (96, 96, 3)
    assert {"plain/inner/00.png"} <= {p.key for p in first.photographs} | {
        f"plain/{p.relative_to(folder).as_posix()}" for p in first.without_face
    }


def test_what_is_kept_belongs_to_the_content_not_the_name(folder: Path, tmp_path: Path) -> None:
    find, cache = Outline(), tmp_path / "landmarks.json"
    outlined(folder, cache, find)
    (folder / "05.png").rename(folder / "renamed.png")
    outlined(folder, cache, find)
    assert find.calls == 24
    shutil.copy(folder / "06.png", folder / "07.png")
    cv2.imwrite(str(folder / "08.png"), np.zeros((90, 90, 3), np.uint8))
    outlined(folder, cache, find)
    assert find.calls == 25


def test_a_search_that_is_stopped_goes_on_where_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landmarks, "KEEP_EVERY", 4)
    find, cache = Outline(), tmp_path / "landmarks.json"

    def stop(number: int) -> None:
        if number == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outlined(folder, cache, find, stop)
    assert find.calls == 10
    outlined(folder, cache, find)
    assert find.calls == 10 + 24 - 8


def test_pictures_that_cannot_be_read_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    found = outlined(folder, tmp_path / "landmarks.json", Outline())
    assert [path.name for path in found.unreadable] == ["cut.jpg"]


def test_a_large_photograph_is_shrunk_for_the_search_and_its_points_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((1600, 1200, 3), np.uint8))
    shown: list[tuple[int, ...]] = []

    def find(pixels: Pixels) -> np.ndarray:
        shown.append(pixels.shape)
        return np.full((68, 2), 100, np.float32)

    [photograph] = outlined(folder, tmp_path / "landmarks.json", find).photographs
    assert shown == [(800, 600, 3)]
    assert (photograph.landmarks == 200).all()


def test_the_landmarks_of_a_portrait_lie_where_the_face_is() -> None:
    portrait = np.ascontiguousarray(data.astronaut())
    points = find_landmarks(portrait)
    assert points is not None and points.shape == (68, 2) and points.dtype == np.float32
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    nose, mouth, chin = points[30], points[48:68].mean(axis=0), points[8]
    assert 180 < left[0] < nose[0] < right[0] < 275
    assert left[1] < nose[1] < mouth[1] < chin[1] < 190
    assert points[48][0] < points[60][0] < points[64][0] < points[54][0]
    assert points[62][1] <= points[66][1] < points[57][1] and points[51][1] < points[62][1] + 1
    assert find_landmarks(np.zeros((200, 200, 3), np.uint8)) is None


def prepared(folders: list[Path], cache: Path, monkeypatch: pytest.MonkeyPatch) -> Sets:
    points = np.tile(np.array([[24, 20], [70, 74]], np.float32), (34, 1))
    monkeypatch.setattr(
        prepare, "outlined", lambda path, kept, tell: outlined(path, kept, lambda _: np.asarray(points), tell)
    )

    def find(pixels: Pixels) -> Sequence[FoundFace]:
        left, top = pixels.shape[1] // 2 - 24, pixels.shape[0] // 2 - 32
        return [FoundFace((left, top, left + 48, top + 60), 0.9)]

    return prepare.prepare(folders, cache, find)


def test_a_plain_folder_becomes_faces_to_train_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    sets = prepared([folder], tmp_path / "kept" / "boxes.json", monkeypatch)
    assert len(sets.train.boxes) + len(sets.held_out.boxes) == 24
    assert [path.name for path in sets.unreadable] == ["cut.jpg"]
    assert (tmp_path / "kept" / "landmarks.json").is_file()


def test_two_photographs_of_one_name_are_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "elsewhere" / "plain"
    shutil.copytree(folder, other)
    with pytest.raises(PhotographsUnreadable, match="two photographs are called plain/"):
        prepared([folder, other], tmp_path / "boxes.json", monkeypatch)


def test_a_cache_that_is_none_is_named(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "landmarks.json"
    cache.write_text("{", encoding="utf-8")
    with pytest.raises(PhotographsUnreadable, match=r"landmarks\.json"):
        outlined(folder, cache, Outline())
