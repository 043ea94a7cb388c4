from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from genconvit import whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ä b.json"
    for data in (b"old", b"new", b""):
        whole.write(path, data)
        assert path.read_bytes() == data and names(tmp_path) == ["ä b.json"]


@pytest.mark.skipif(os.name == "nt", reason="permissions are another thing there")
def test_others_may_read_it_as_any_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    whole.write(tmp_path / "a", b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_name_as_long_as_the_system_allows_has_room(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    whole.write(path, b"data")
    assert path.read_bytes() == b"data"


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    rename = Path.replace

    def fsync(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")

    def replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    whole.write(tmp_path / "a", b"new")
    assert done == (["file", "rename"] if whole.WINDOWS else ["file", "rename", "folder"])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("place", ["fsync", "rename", "block"])
def test_what_goes_wrong_leaves_the_old_file_and_no_other(
    place: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise error

    if place != "block":
        monkeypatch.setattr(*((os, "fsync") if place == "fsync" else (Path, "replace")), fail)
    with pytest.raises(type(error)), whole.replacing(path) as part:
        part.write_bytes(b"half")
        if place == "block":
            fail()
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a"]


def test_a_block_that_wrote_nothing_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole.replacing(tmp_path / "a"):
        pass
    assert names(tmp_path) == []


def test_a_target_that_is_open_for_a_moment_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def busy_once(self: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) == 1:
            raise PermissionError(13, "used by another process")
        os.rename(self, target)  # noqa: PTH104  Path.replace is what is replaced here

    monkeypatch.setattr(Path, "replace", busy_once)
    monkeypatch.setattr(whole, "WINDOWS", True)
    whole.write(tmp_path / "target", b"new")
    assert len(tries) == 2 and (tmp_path / "target").read_bytes() == b"new"


def test_one_that_stays_open_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(self: Path, target: Path) -> None:
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(whole, "WINDOWS", True)
    monkeypatch.setattr(whole.time, "sleep", lambda seconds: None)
    with pytest.raises(PermissionError):
        whole.write(tmp_path / "target", b"new")
    assert names(tmp_path) == []
