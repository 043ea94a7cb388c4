from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from desktop.cases import intake
from desktop.cases.errors import CaseNotSaved, RecordChanged
from genconvit.errors import VideoNotFound
from genconvit.progress import QUIET, Cancelled, Reporter


def test_a_copy_is_the_file_with_its_time(clip, tmp_path):
    os.utime(clip, (1_700_000_000, 1_700_000_000))
    target = tmp_path / "copy"
    taken = intake.copy(clip, target, QUIET)
    assert target.read_bytes() == clip.read_bytes()
    assert taken.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert taken.size_bytes == clip.stat().st_size
    assert taken.modified_at == "2023-11-14T22:13:20Z"
    assert target.stat().st_mtime == 1_700_000_000


def test_measuring_gives_the_same_as_copying(clip, tmp_path):
    assert intake.measure(clip, QUIET) == intake.copy(clip, tmp_path / "copy", QUIET)


def test_progress_goes_up_to_one(clip, tmp_path):
    told: list[float] = []
    intake.copy(clip, tmp_path / "copy", Reporter(lambda fraction, _: told.append(fraction)))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("at", [0.1, 0.9])
def test_cancel_leaves_nothing(clip, tmp_path, at):
    def cancel(fraction: float, frames: int | None) -> None:
        if fraction >= at:
            raise Cancelled

    with pytest.raises(Cancelled):
        intake.copy(clip, tmp_path / "copy", Reporter(cancel))
    assert not (tmp_path / "copy").exists()


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    for path, problem in ((tmp_path / "no", "missing"), (tmp_path, "folder"), (tmp_path / "f" / "x", "missing")):
        for take in (lambda p: intake.measure(p, QUIET), lambda p: intake.copy(p, tmp_path / "copy", QUIET)):
            with pytest.raises(VideoNotFound) as caught:
                take(path)
            assert caught.value.problem == problem
    assert not (tmp_path / "copy").exists()


def test_a_file_that_may_not_be_read(clip, tmp_path, monkeypatch):
    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(VideoNotFound) as caught:
        intake.copy(clip, tmp_path / "copy", QUIET)
    assert caught.value.problem == "forbidden"


def test_a_medium_that_is_pulled_out_in_the_middle(clip, tmp_path, monkeypatch):
    def gone(read: object, source: Path) -> bytes:
        with intake._reading(source):
            raise OSError(errno.EIO, "no medium")

    monkeypatch.setattr(intake, "_read", gone)
    with pytest.raises(VideoNotFound) as caught:
        intake.copy(clip, tmp_path / "copy", QUIET)
    assert caught.value.problem == "vanished"
    assert not (tmp_path / "copy").exists()


def test_a_full_disk_is_said_before_anything_is_copied(clip, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 0))
    with pytest.raises(CaseNotSaved) as caught:
        intake.copy(clip, tmp_path / "copy", QUIET)
    assert caught.value.problem == "no space"
    assert not (tmp_path / "copy").exists()


def test_a_disk_that_fills_while_copying_leaves_nothing(clip, tmp_path, monkeypatch):
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CaseNotSaved) as caught:
        intake.copy(clip, tmp_path / "copy", QUIET)
    assert caught.value.problem == "no space"
    assert not (tmp_path / "copy").exists()


def test_a_disk_that_writes_something_else_is_caught(clip, tmp_path, monkeypatch):
    def swap(handle: int) -> None:
        with (tmp_path / "copy").open("rb+") as file:
            file.write(b"X")

    monkeypatch.setattr(intake, "_forget", swap)
    with pytest.raises(RecordChanged):
        intake.copy(clip, tmp_path / "copy", QUIET)
    assert not (tmp_path / "copy").exists()


def test_an_empty_file_can_be_taken_in(tmp_path):
    (tmp_path / "empty").touch()
    taken = intake.copy(tmp_path / "empty", tmp_path / "copy", QUIET)
    assert taken.size_bytes == 0
    assert taken.sha256 == hashlib.sha256(b"").hexdigest()
