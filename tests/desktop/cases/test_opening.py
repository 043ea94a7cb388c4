from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from desktop.cases.errors import CaseFolderTaken, CaseNotFound, CaseNotSaved, CaseReadOnly, CaseUnreadable
from desktop.cases.names import CASE_FILE, LOCK_FILE, STAGING
from desktop.cases.opening import create_case, open_case
from desktop.cases.records import CaseDetails
from desktop.cases.storage import decode, encode

HOLD = """
import sys
from pathlib import Path
from desktop.cases.opening import open_case
case = open_case(Path(sys.argv[1]))
print(case.read_only, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(case) -> Path:
    case.close()
    return case.folder


def other_program(folder: Path) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "False"
    return process


def test_a_new_case_has_its_rooms(case):
    assert {path.name for path in case.folder.iterdir() if path.is_dir()} == {
        "evidence", "analyses", "frames", "reports"
    }  # fmt: skip
    assert case.snapshot().details.number == "2026-0117"
    assert not case.read_only


def test_a_second_opener_reads_and_may_not_write(case, clip):
    with open_case(case.folder) as second:
        assert second.read_only_reason == "in use"
        assert second.snapshot().read_only
        for write in (
            lambda: second.change_details(CaseDetails("x")),
            lambda: second.add_evidence(clip, True, None),
            lambda: second.staging(),
        ):
            with pytest.raises(CaseReadOnly):
                write()
        case.add_evidence(clip, False, None)
        assert len(second.snapshot().evidence) == 1


def test_the_next_opener_writes_when_the_first_has_closed(folder):
    with open_case(folder) as case:
        case.change_details(CaseDetails("7"))
    with open_case(folder) as again:
        assert again.snapshot().details.number == "7"


def test_a_closed_case_can_be_read_but_not_changed(case):
    case.close()
    case.close()
    assert case.snapshot().details.number == "2026-0117"
    with pytest.raises(CaseReadOnly):
        case.change_details(CaseDetails("7"))


def test_another_program_holds_the_case_until_it_is_killed(folder):
    process = other_program(folder)
    try:
        with open_case(folder) as case:
            assert case.read_only_reason == "in use"
    finally:
        process.kill()
        process.communicate()
    with open_case(folder) as case:
        assert not case.read_only


def test_a_stray_lock_file_does_not_block(folder):
    (folder / LOCK_FILE).write_text("12345")
    with open_case(folder) as case:
        assert not case.read_only


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, ""), OSError(errno.EROFS, ""), NotImplementedError()])
def test_a_folder_that_takes_no_lock_is_opened_read_only(folder, monkeypatch, error):
    def refuse(self: object, timeout: float) -> None:
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with open_case(folder) as case:
        assert case.read_only_reason == "not writable"
        with pytest.raises(CaseReadOnly):
            case.change_details(CaseDetails("7"))


def test_a_folder_without_write_permission_is_opened_read_only(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with open_case(folder) as case:
        assert case.read_only_reason == "not writable"
        assert case.snapshot().details.number == "2026-0117"
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_what_a_crash_left_is_cleared_by_the_next_writer(folder):
    (folder / STAGING / "x").mkdir(parents=True)
    (folder / STAGING / "x" / "copy").write_bytes(b"half")
    (folder / f"{CASE_FILE}.part").write_bytes(b"half")
    with open_case(folder):
        assert not (folder / STAGING).exists()
        assert not (folder / f"{CASE_FILE}.part").exists()


def test_a_reader_does_not_clear_what_the_writer_works_on(case):
    staged = case.staging()
    with open_case(case.folder):
        assert staged.is_dir()
    assert staged.is_dir()


def test_a_folder_that_is_no_case(tmp_path):
    for path in (tmp_path, tmp_path / "no"):
        with pytest.raises(CaseNotFound):
            open_case(path)


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"case": {}}', b'{"case": {"1": {"schema": 1}}}'])
def test_a_damaged_case_file_is_refused_and_left_alone(folder, data):
    (folder / CASE_FILE).write_bytes(data)
    with pytest.raises(CaseUnreadable):
        open_case(folder)
    assert (folder / CASE_FILE).read_bytes() == data


def test_a_document_with_a_wrong_field_is_refused_by_name(folder):
    tables = decode((folder / CASE_FILE).read_bytes())
    tables["case"]["1"]["details"]["title"] = 7
    (folder / CASE_FILE).write_bytes(encode(tables))
    with pytest.raises(CaseUnreadable) as caught:
        open_case(folder)
    assert "CaseDetails.title" in caught.value.problem


def test_a_folder_with_something_in_it_is_not_taken_for_a_new_case(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(CaseFolderTaken):
        create_case(tmp_path, CaseDetails("7"))
    with pytest.raises(CaseFolderTaken):
        create_case(tmp_path / "notes.txt", CaseDetails("7"))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_may_become_a_case(tmp_path):
    (tmp_path / "empty").mkdir()
    with create_case(tmp_path / "empty", CaseDetails("7")) as case:
        assert case.snapshot().details.number == "7"


def test_a_case_that_cannot_be_written_leaves_no_folder(tmp_path, monkeypatch):
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CaseNotSaved):
        create_case(tmp_path / "new", CaseDetails("7"))
    assert list(tmp_path.iterdir()) == []
