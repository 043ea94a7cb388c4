from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from desktop.cases import library as module
from desktop.cases.errors import CaseNotSaved, CaseTooNew, CaseUnreadable
from desktop.cases.library import INDEX_FILE, CaseLibrary
from desktop.cases.names import CASE_FILE
from desktop.cases.records import CaseDetails


@pytest.fixture
def library(tmp_path: Path) -> CaseLibrary:
    return CaseLibrary(tmp_path / "my cases")


def make(library: CaseLibrary, *numbers: str) -> list[Path]:
    folders = []
    for number in numbers:
        with library.create(CaseDetails(number)) as case:
            folders.append(case.folder)
    return folders


def numbers(library: CaseLibrary) -> list[str]:
    return sorted(case.details.number for case in library.cases())


def test_a_library_that_is_not_there_yet_is_empty(library):
    assert library.cases() == ()
    assert not library.root.exists()


def test_cases_are_listed_with_what_is_in_them(library, clip, probed, examined):
    with library.create(CaseDetails("7", title="Anruf")) as case:
        evidence = case.add_evidence(clip, True, probed(clip))
        case.add_evidence(clip, False, probed(clip))
        case.keep(evidence.id, examined(case, evidence.id))
        snapshot = case.snapshot()
    (summary,) = library.cases()
    assert (summary.id, summary.folder, summary.details) == (snapshot.id, case.folder, snapshot.details)
    assert (summary.videos, summary.labels, summary.changed_at) == (2, ("FAKE",), snapshot.changed_at)


def test_the_last_changed_case_comes_first(library, monkeypatch):
    times = iter([f"2026-11-20T10:00:0{n}Z" for n in range(9)])
    monkeypatch.setattr("desktop.cases.ledger.now", lambda: next(times))
    first, second = make(library, "1", "2")
    assert [case.folder for case in library.cases()] == [second, first]
    with library.open(first) as case:
        case.change_details(CaseDetails("1", title="new"))
    assert [case.folder for case in library.cases()] == [first, second]


def test_the_same_number_twice_gives_two_folders(library):
    assert [folder.name for folder in make(library, "A/1", "A/1", "a:1")] == ["A-1", "A-1-2", "a-1-3"]


def test_a_case_without_a_number_gets_a_folder(library):
    assert [folder.name for folder in make(library, "", "", "CON")] == ["case", "case-2", "case-CON"]


def test_the_index_saves_reading_cases_that_did_not_change(library, monkeypatch):
    folders = make(library, "1", "2")
    library.cases()
    read: list[Path] = []
    original = module.read_bytes

    def reading(path: Path) -> bytes:
        read.append(path.parent)
        return original(path)

    monkeypatch.setattr(module, "read_bytes", reading)
    assert numbers(library) == ["1", "2"]
    assert read == []
    with library.open(folders[1]) as case:
        case.change_details(CaseDetails("3"))
    assert numbers(CaseLibrary(library.root)) == ["1", "3"]
    assert read == [folders[1]]


def test_cases_that_are_moved_in_renamed_or_removed_are_seen(library, tmp_path):
    one, two = make(library, "1", "2")
    library.cases()
    one.rename(library.root / "renamed")
    shutil.rmtree(two)
    with CaseLibrary(tmp_path / "elsewhere").create(CaseDetails("3")) as case:
        other = case.folder
    shutil.copytree(other, library.root / "3")
    assert numbers(library) == ["1", "3"]
    assert {case.folder.name for case in library.cases()} == {"renamed", "3"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"schema": 2, "cases": {}}',
        b'{"schema": 1, "cases": []}',
        b'{"schema": 1, "cases": {"1": 7}}',
        b'{"schema": 1, "cases": {"1": {"stamp": [], "summary": {}}}}',
        b'{"schema": 1, "cases": {"1": {"stamp": [], "summary": 7}}}',
    ],
)
def test_a_broken_index_is_made_again(library, data):
    make(library, "1")
    (library.root / INDEX_FILE).write_bytes(data)
    assert numbers(library) == ["1"]
    assert json.loads((library.root / INDEX_FILE).read_bytes())["cases"].keys() == {"1"}


def test_a_missing_index_is_made_again(library):
    make(library, "1")
    library.cases()
    (library.root / INDEX_FILE).unlink()
    assert numbers(library) == ["1"]
    assert (library.root / INDEX_FILE).exists()


def test_an_index_without_its_file_forgets_what_it_said(library):
    make(library, "1")
    library.cases()
    path = library.root / INDEX_FILE
    path.write_text(path.read_text().replace('"number": "1"', '"number": "wrong"'))
    assert numbers(library) == ["wrong"]
    path.unlink()
    assert numbers(library) == ["1"]


def test_broken_and_foreign_folders_do_not_break_the_list(library):
    make(library, "good", "broken", "newer")
    (library.root / "holiday").mkdir()
    (library.root / "a file").touch()
    (library.root / "broken" / CASE_FILE).write_text("{")
    path = library.root / "newer" / CASE_FILE
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 99'))
    (library.root / "folder" / CASE_FILE).mkdir(parents=True)
    assert numbers(library) == ["good"]
    assert {type(problem) for problem in library.problems()} == {CaseUnreadable, CaseTooNew}
    assert {problem.path.parent.name for problem in library.problems()} == {"broken", "newer"}


def test_a_library_that_cannot_be_written_still_lists_its_cases(library, monkeypatch):
    make(library, "1")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "fsync", full)
    assert numbers(library) == ["1"]
    with pytest.raises(CaseNotSaved):
        library.create(CaseDetails("2"))
    assert {path.name for path in library.root.iterdir()} == {"1"}


def test_a_root_that_is_a_file_is_said(tmp_path):
    (tmp_path / "file").touch()
    library = CaseLibrary(tmp_path / "file")
    assert library.cases() == ()
    with pytest.raises(CaseNotSaved):
        library.create(CaseDetails("1"))


def test_a_folder_taken_in_the_same_moment_is_left_to_the_other(library, monkeypatch):
    make(library, "1")
    names = iter(["1", "1-2"])
    monkeypatch.setattr(module, "unique", lambda *_: next(names))
    assert make(library, "1")[0].name == "1-2"
