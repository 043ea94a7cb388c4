from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest

from genconvit.records import FoundFace, Pixels
from genconvit.training.boxes import boxes, find_box
from genconvit.training.photographs import LISTING, Photograph, PhotographsUnreadable, held_out, in_order, read


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    return target


def test_a_zip_a_folder_of_zips_and_a_folder_give_the_same_photographs(
    photographs_folder: Path, tmp_path: Path
) -> None:
    archive = zipped(photographs_folder, tmp_path / "drawn.zip")
    plain = read([photographs_folder])
    for path in (archive, tmp_path):
        found = read([path])
        assert [photograph.key for photograph in found] == [photograph.key for photograph in plain]
        assert np.array_equal(found[3].pixels(), plain[3].pixels())
        assert np.array_equal(found[3].landmarks, plain[3].landmarks)
    assert plain[0].key == "drawn/00.png" and plain[0].landmarks.shape == (68, 2)


def test_files_come_in_the_order_of_their_names_on_every_system() -> None:
    names = ["B.png", "a.png", "A.png", "b/c.png", "b-c.png"]
    expected = ["A.png", "B.png", "a.png", "b-c.png", "b/c.png"]
    for kind in (PureWindowsPath, PurePosixPath):
        found = in_order([kind("faces") / name for name in names], kind("faces"))
        assert [path.relative_to(kind("faces")).as_posix() for path in found] == expected


def test_what_is_no_source_is_refused(photographs_folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    text = tmp_path / "text.zip"
    text.write_text("no zip", encoding="utf-8")
    short = tmp_path / "short"
    shutil.copytree(photographs_folder, short)
    (short / "05.png").unlink()
    unlisted = tmp_path / "unlisted.zip"
    with zipfile.ZipFile(unlisted, "w") as archive:
        archive.writestr("a.jpg", b"")
    for path in (empty, text, short, unlisted, tmp_path / "missing"):
        with pytest.raises(PhotographsUnreadable, match=path.name):
            read([path])


def test_a_listing_without_landmarks_is_refused(tmp_path: Path) -> None:
    (tmp_path / LISTING).write_text("file,left\na.png,3\n", encoding="utf-8")
    with pytest.raises(PhotographsUnreadable, match="x0"):
        read([tmp_path])


def test_a_damaged_picture_is_named() -> None:
    with pytest.raises(PhotographsUnreadable, match=r"a/b\.jpg"):
        Photograph("a", "b.jpg", b"nonsense", np.zeros((68, 2), np.float32)).pixels()


def test_the_held_out_part_is_fixed_and_of_the_size_asked_for() -> None:
    keys = [f"utkface/{number:05}.jpg" for number in range(4000)]
    held = [key for key in keys if held_out(key, 0.08)]
    assert 0.06 < len(held) / len(keys) < 0.1
    assert held_out("utkface/00003.jpg", 1.0) and not held_out("utkface/00003.jpg", 0.0)
    assert set(held) <= {key for key in keys if held_out(key, 0.2)}


def test_the_box_comes_back_in_the_photographs_own_pixels(photographs_folder: Path) -> None:
    photograph = read([photographs_folder])[0]
    landmarks = photograph.landmarks * 4
    shown: list[tuple[int, ...]] = []

    def find(pixels: Pixels) -> Sequence[FoundFace]:
        shown.append(pixels.shape)
        dark = np.argwhere(pixels[:, :, 0] < 90)
        (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
        face = (int(left), int(top), int(right) + 1, int(bottom) + 1)
        return [FoundFace((0, 0, 9, 9), 0.99), FoundFace(face, 0.7)]

    pixels = np.full((384, 384, 3), 200, np.uint8)
    x0, y0 = landmarks.min(axis=0).astype(int)
    x1, y1 = landmarks.max(axis=0).astype(int)
    pixels[y0:y1, x0:x1] = 20
    box = find_box(pixels, landmarks, find)
    assert shown == [(320, 320, 3)]
    assert box == pytest.approx((x0, y0, x1, y1), abs=4)


def test_a_face_elsewhere_is_not_this_face(photographs_folder: Path) -> None:
    photograph = read([photographs_folder])[0]
    assert find_box(photograph.pixels(), photograph.landmarks, lambda _: [FoundFace((0, 0, 9, 9), 0.99)]) is None
    assert find_box(photograph.pixels(), photograph.landmarks, lambda _: []) is None


def test_boxes_are_found_once(photographs_folder: Path, tmp_path: Path) -> None:
    photographs = read([photographs_folder])
    cache = tmp_path / "new" / "boxes.json"
    calls: list[int] = []

    def find(pixels: Pixels) -> Sequence[FoundFace]:
        calls.append(1)
        return [FoundFace((136, 128, 184, 188), 0.9)] if len(calls) % 2 else []

    first = boxes(photographs[:6], find, cache)
    again = boxes(photographs[:8], find, cache)
    assert len(calls) == 8
    assert {key: again[key] for key in first} == first
    assert sum(box is None for box in first.values()) == 3
