from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from desktop.cases import durable
from desktop.cases.errors import CaseNotSaved
from genconvit import whole


def isdir(handle: int) -> bool:
    return stat.S_ISDIR(os.fstat(handle).st_mode)


def test_hash_in_pieces_is_the_hash_of_the_whole(tmp_path):
    path = tmp_path / "a"
    data = os.urandom(3 * durable.CHUNK_BYTES // 2)
    path.write_bytes(data)
    assert durable.sha256_of(path) == hashlib.sha256(data).hexdigest()


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_it_is_said(tmp_path, monkeypatch):
    done: list[str] = []
    rename = Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: done.append("folder" if isdir(handle) else "file"))
    monkeypatch.setattr(Path, "replace", lambda self, target: done.append("rename") or rename(self, target))
    durable.write_whole(tmp_path / "a", b"new", tmp_path / "part")
    assert done == (["file", "rename"] if whole.WINDOWS else ["file", "rename", "folder"])


def test_write_whole_replaces_a_read_only_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    durable.protect(path)
    durable.write_whole(path, b"new", tmp_path / "part")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def interrupted(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(whole, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        durable.write_whole(path, b"new", tmp_path / "part")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_not_there_is_said_with_the_path(tmp_path):
    with pytest.raises(CaseNotSaved) as caught:
        durable.write_whole(tmp_path / "no" / "a", b"", tmp_path / "no" / "part")
    assert caught.value.path == tmp_path / "no" / "a"
    assert caught.value.problem == "No such file or directory"


def test_protected_files_can_still_be_taken_away_by_the_program(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"")
    durable.protect(path)
    assert not path.stat().st_mode & 0o222
    durable.remove(path)
    durable.remove(path)
    assert not path.exists()
