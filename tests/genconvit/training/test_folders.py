from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from genconvit.training.data import DataUnusable
from genconvit.training.folders import read_face, scan


@pytest.fixture
def folder(labelled_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(labelled_folder, tmp_path / "collection"))


def test_images_of_all_splits_are_found_at_any_depth(folder: Path) -> None:
    deeper = folder / "train" / "real" / "more"
    deeper.mkdir()
    (folder / "train" / "real" / "006.png").rename(deeper / "LAST.PNG")
    (folder / "train" / "real" / "notes.txt").write_text("no image", encoding="utf-8")
    found = scan(folder)
    assert (len(found.train.fake), len(found.train.real)) == (6, 6)
    assert found.test is not None and found.last is found.test and len(found.valid.real) == 3
    assert not found.unreadable and found.repeated == 0
    assert deeper / "LAST.PNG" in found.train.real


def test_images_that_cannot_be_read_are_named_and_left_out(folder: Path) -> None:
    whole = folder / "train" / "fake" / "000.png"
    cut = folder / "train" / "fake" / "cut.png"
    cut.write_bytes(whole.read_bytes()[:-30])
    (folder / "valid" / "real" / "empty.jpg").touch()
    (folder / "valid" / "real" / "text.jpg").write_text("no image", encoding="utf-8")
    found = scan(folder)
    assert sorted(path.name for path in found.unreadable) == ["cut.png", "empty.jpg", "text.jpg"]
    assert len(found.train.fake) == 6 and len(found.valid.real) == 3


def test_without_a_test_folder_the_end_is_measured_on_valid(folder: Path) -> None:
    shutil.rmtree(folder / "test")
    found = scan(folder)
    assert found.test is None and found.last is found.valid


def test_images_that_stand_in_training_too_are_counted(folder: Path) -> None:
    shutil.copy(folder / "train" / "real" / "006.png", folder / "test" / "real" / "another.png")
    assert scan(folder).repeated == 1


def test_the_digest_follows_names_and_content_of_the_training_images(folder: Path) -> None:
    first = scan(folder).digest
    shutil.copy(folder / "train" / "real" / "006.png", folder / "valid" / "real" / "more.png")
    assert scan(folder).digest == first
    shutil.copy(folder / "train" / "real" / "007.png", folder / "train" / "real" / "006.png")
    assert scan(folder).digest != first


@pytest.mark.parametrize(
    ("remove", "words"),
    [("train", "no folder .*train"), ("valid", "no folder .*valid"), ("train/real", "there are: fake")],
)
def test_a_folder_that_is_missing_is_named(remove: str, words: str, folder: Path) -> None:
    shutil.rmtree(folder / remove)
    with pytest.raises(DataUnusable, match=words):
        scan(folder)


def test_classes_of_other_names_are_refused_and_capitals_are_not(folder: Path) -> None:
    (folder / "valid" / "real").rename(folder / "valid" / "REAL")
    assert len(scan(folder).valid.real) == 3
    (folder / "valid" / "REAL").rename(folder / "valid" / "true")
    with pytest.raises(DataUnusable, match="must be fake and real; there are: fake, true"):
        scan(folder)


def test_a_class_without_an_image_is_named(folder: Path) -> None:
    for path in (folder / "valid" / "fake").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataUnusable, match="fake has no image"):
        scan(folder)


def test_an_image_that_went_away_is_named(folder: Path) -> None:
    path = folder / "train" / "fake" / "000.png"
    assert read_face(path).shape == (96, 96, 3)
    path.write_bytes(b"changed")
    with pytest.raises(DataUnusable, match=r"000\.png"):
        read_face(path)
