from __future__ import annotations

import json
import shutil
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from desktop.cases.custody import next_event
from desktop.cases.documents import digest, to_document
from desktop.cases.errors import CaseNotFound
from desktop.cases.names import CASE_FILE
from desktop.cases.opening import create_case, open_case
from desktop.cases.records import CaseDetails, Mark, Opinion
from desktop.cases.storage import Tables, decode, encode
from desktop.cases.verify import check, verify
from genconvit.progress import Cancelled, Reporter


@pytest.fixture
def folder(case, clip, probed, examined) -> Path:
    """A closed case with a copied and a referred video, an analysis, a review, a conclusion and a report."""
    evidence = case.add_evidence(clip, True, probed(clip))
    case.add_evidence(clip, False, probed(clip))
    entry = case.keep(evidence.id, examined(case, evidence.id))
    case.review(entry.id, 7, Mark.ACCEPTED, "", "Öz")
    case.conclude(evidence.id, Opinion.INCONSISTENT, "", "Öz", "")
    case.keep_report(lambda path: path.write_bytes(b"%PDF"), [entry.id])
    case.close()
    return case.folder


def change(path: Path) -> None:
    path.chmod(0o644)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def tables_of(folder: Path) -> Tables:
    return decode((folder / CASE_FILE).read_bytes())


def put(folder: Path, tables: Tables) -> None:
    (folder / CASE_FILE).write_bytes(encode(tables))


def resealed(tables: Tables) -> Tables:
    """The custody log as someone would write it who knows how lines are chained."""
    lines, last = {}, None
    for number, line in tables["custody"].items():
        last = next_event(last, line["at"], line["who"], line["what"], line["facts"])
        lines[number] = {"schema": 1, **to_document(last)}
    return {**tables, "custody": lines}


def found(folder: Path) -> set[tuple[str, str]]:
    return {(d.object, d.problem) for d in verify(folder)}


def test_a_case_as_it_was_left_has_no_difference(folder):
    outcome = check(folder)
    assert outcome.differences == ()
    # two videos, an analysis, two pictures, a report, and a line of the log for each change
    assert outcome.objects == 6 + 7


@pytest.mark.parametrize("place", ["evidence", "analyses", "frames", "reports"])
def test_one_changed_bit_is_found_in_every_file(folder, place):
    for path in (folder / place).iterdir():
        change(path)
        ((name, problem),) = found(folder)
        assert (name, problem) == (path.relative_to(folder).as_posix(), "changed")
        change(path)
    assert found(folder) == set()


@pytest.mark.parametrize("place", ["evidence", "analyses", "frames", "reports"])
def test_a_missing_folder_is_found_file_by_file(folder, place):
    names = {path.relative_to(folder).as_posix() for path in (folder / place).iterdir()}
    shutil.rmtree(folder / place)
    assert found(folder) == {(name, "missing") for name in names}


def test_a_changed_reference_is_found(folder, clip):
    change(clip)
    (difference,) = verify(folder)
    assert (difference.object, difference.problem) == (str(clip), "changed")
    assert len(difference.expected) == len(difference.found) == 64
    clip.unlink()
    assert found(folder) == {(str(clip), "missing")}
    clip.mkdir()
    assert found(folder) == {(str(clip), "unreadable")}


def test_a_reference_taken_in_twice_is_compared_with_both_records(case, clip, probed):
    first = case.add_evidence(clip, False, probed(clip))
    clip.write_bytes(b"another film in the same place")
    second = case.add_evidence(clip, False, probed(clip))
    (difference,) = verify(case.folder)
    assert (difference.problem, difference.expected, difference.found) == ("changed", first.sha256, second.sha256)


def test_a_hand_over_is_verified_where_it_was_unpacked(folder, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "handover"), "zip", folder)
    shutil.unpack_archive(archive, tmp_path / "other place")
    assert found(tmp_path / "other place") == set()


def test_verifying_writes_nothing(folder):
    before = {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}
    verify(folder)
    assert {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))} == before


def test_verifying_needs_no_lock(folder):
    with open_case(folder):
        assert found(folder) == set()


def test_what_the_program_leaves_is_no_difference(folder):
    (folder / ".staging" / "x").mkdir(parents=True)
    (folder / ".staging" / "x" / "copy").touch()
    (folder / "case.lock").touch()
    assert found(folder) == set()


def test_a_file_that_nothing_names_is_a_note(folder):
    names = {"analyses/x.json", "evidence/other.mp4", "readme.txt", "case.json.part", "Thumbs.db", "frames/.DS_Store"}
    for name in names:
        (folder / name).touch()
    differences = verify(folder)
    assert {(d.object, d.problem) for d in differences} == {(name, "not recorded") for name in names}
    assert all(d.note for d in differences)


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        ("evidence", "sha256", "00" * 32),
        ("evidence", "added_at", "2020-01-01T00:00:00Z"),
        ("analyses", "label", "REAL"),
        ("analyses", "fake", 0.1),
        ("reviews", "mark", "rejected"),
        ("conclusions", "opinion", "consistent"),
        ("reports", "made_at", "2020-01-01T00:00:00Z"),
    ],
)
def test_a_document_changed_by_hand_is_found(folder, table, field, value):
    tables = tables_of(folder)
    tables[table]["1"][field] = value
    put(folder, tables)
    assert (f"case.json, {table} 1", "changed") in found(folder)
    assert (f"case.json, {table}", "missing") in found(folder)


def test_changed_details_are_found(folder):
    tables = tables_of(folder)
    tables["case"]["1"]["details"]["examiner"] = "someone else"
    put(folder, tables)
    assert found(folder) == {("case.json, details", "changed")}


@pytest.mark.parametrize("name", ["created_at", "changed_at"])
def test_a_time_of_the_case_that_the_log_contradicts_is_found(folder, name):
    tables = tables_of(folder)
    tables["case"]["1"][name] = "2020-01-01T00:00:00Z"
    put(folder, tables)
    assert found(folder) == {(f"case.json, case, {name}", "changed")}


@pytest.mark.parametrize(
    ("line", "table", "number", "field", "value"),
    [
        ("2", "evidence", "1", "name", "another.mp4"),
        ("2", "evidence", "1", "size_bytes", 1),
        ("5", "reviews", "1", "mark", "rejected"),
        ("6", "conclusions", "1", "opinion", "consistent"),
    ],
)
def test_a_document_that_says_other_than_its_line_is_found_though_its_hash_agrees(
    folder, line, table, number, field, value
):
    tables = tables_of(folder)
    tables[table][number][field] = value
    tables["custody"][line]["facts"]["document_sha256"] = digest(tables[table][number])
    put(folder, resealed(tables))
    assert found(folder) == {(f"case.json, {table} {number}, {field}", "changed")}


def test_a_case_is_created_when_its_log_begins(tmp_path, monkeypatch):
    times = (f"2026-11-20T10:00:{second:02d}Z" for second in range(60))
    monkeypatch.setattr("desktop.cases.ledger.now", lambda: next(times))
    with create_case(tmp_path / "new", CaseDetails("1")):
        pass
    assert found(tmp_path / "new") == set()


def test_a_log_taken_from_another_case_is_found(folder):
    tables = tables_of(folder)
    tables["case"]["1"]["id"] = "another"
    put(folder, tables)
    assert found(folder) == {("case.json, case", "changed")}


@pytest.mark.parametrize("number", range(1, 8))
def test_a_line_taken_out_of_the_log_is_found_even_when_the_rest_is_chained_again(folder, number):
    tables = tables_of(folder)
    del tables["custody"][str(number)]
    put(folder, tables)
    assert found(folder)
    put(folder, resealed(tables))
    assert found(folder)


def test_a_line_changed_in_the_log_is_found(folder):
    tables = tables_of(folder)
    tables["custody"]["2"]["who"] = "someone else"
    put(folder, tables)
    assert found(folder) == {("case.json, custody line 2", "chain broken")}


def test_a_document_taken_out_is_found(folder):
    tables = tables_of(folder)
    del tables["reviews"]["1"]
    put(folder, tables)
    assert found(folder) == {("case.json, reviews", "missing")}


def test_a_document_put_in_twice_is_found(folder):
    tables = tables_of(folder)
    tables["reviews"]["2"] = tables["reviews"]["1"]
    put(folder, tables)
    assert found(folder) == {("case.json, reviews 2", "changed")}


def test_links_that_lead_nowhere_are_found(folder):
    tables = tables_of(folder)
    tables["analyses"]["1"]["evidence"] = "nobody"
    tables["reviews"]["1"]["analysis"] = "none"
    put(folder, tables)
    problems = {(d.object, d.expected) for d in verify(folder) if d.problem == "missing"}
    analysis = tables["analyses"]["1"]["id"]
    assert (f"case.json, analysis {analysis}", "evidence nobody") in problems
    assert ("case.json, review of frame 7", "analysis none") in problems


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        ("evidence", "stored", "../Anruf 1.mp4"),
        ("analyses", "id", "../../x"),
        ("reports", "file", "/etc/hostname"),
    ],
)
def test_a_path_that_leads_out_of_the_case_is_not_followed(folder, table, field, value):
    tables = tables_of(folder)
    tables[table]["1"][field] = value
    put(folder, tables)
    assert "unreadable" in {d.problem for d in verify(folder)}


def test_a_picture_whose_name_is_no_hash_is_not_followed(folder):
    tables = tables_of(folder)
    tables["analyses"]["1"]["pictures"][0]["sha256"] = "../../case"
    put(folder, tables)
    assert ("picture ../../case", "unreadable") in found(folder)


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"case": {"1": {"schema": 1}}}', b"\xff"])
def test_a_case_file_that_cannot_be_read_is_the_difference(folder, data):
    (folder / CASE_FILE).write_bytes(data)
    assert found(folder) == {(CASE_FILE, "unreadable")}


@pytest.mark.parametrize(
    "facts", [{}, {"documents": 7}, {"documents": [["a"], 3]}, {"table": 1}, {"details_sha256": 5}]
)
def test_lines_with_odd_facts_are_no_crash(folder, facts):
    tables = tables_of(folder)
    tables["custody"]["7"]["facts"] = facts
    put(folder, resealed(tables))
    assert found(folder)


def test_a_folder_without_a_case_is_said(tmp_path):
    with pytest.raises(CaseNotFound):
        verify(tmp_path)
    with pytest.raises(CaseNotFound):
        verify(tmp_path / "no")


def test_progress_goes_up_to_one_and_can_be_cancelled(folder):
    told: list[float] = []
    verify(folder, Reporter(lambda fraction, _: told.append(fraction)))
    assert all(b - a > -1e-9 for a, b in pairwise(told))
    assert told[-1] == 1.0

    def cancel(fraction: float, frames: int | None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        verify(folder, Reporter(cancel))


def test_the_documents_are_plain_json(folder):
    document = json.loads((folder / CASE_FILE).read_text(encoding="utf-8"))
    assert {table: {d["schema"] for d in documents.values()} for table, documents in document.items()} == {
        table: {1} for table in ("case", "evidence", "analyses", "reviews", "conclusions", "reports", "custody")
    }


@pytest.mark.parametrize("change", ["add_evidence", "keep", "keep_report"])
def test_what_an_open_case_is_writing_is_no_difference(case, clip, probed, examined, monkeypatch, change):
    evidence = case.add_evidence(clip, True, probed(clip))
    examination = examined(case, evidence.id)
    add, outcomes = case._ledger.add, []

    def slow_add(*given):
        checking = threading.Thread(target=lambda: outcomes.append(case.check().differences))
        checking.start()
        checking.join(0.3)
        add(*given)
        threads.append(checking)

    threads: list[threading.Thread] = []
    monkeypatch.setattr(case._ledger, "add", slow_add)
    if change == "add_evidence":
        case.add_evidence(clip, True, probed(clip))
    elif change == "keep":
        case.keep(evidence.id, examination)
    else:
        case.keep_report(lambda path: path.write_bytes(b"%PDF"), [])
    threads[0].join()
    assert outcomes == [()]


def test_an_open_case_is_compared_with_what_it_last_wrote(case, clip):
    case.add_evidence(clip, True, None)
    assert case.check() == check(case.folder)
    path = case.folder / CASE_FILE
    data = path.read_bytes()
    path.write_bytes(data + b" ")
    assert [(d.object, d.problem) for d in case.check().differences] == [(CASE_FILE, "changed")]
    path.unlink()
    assert [(d.object, d.problem) for d in case.check().differences] == [(CASE_FILE, "missing")]
    path.mkdir()
    assert [(d.object, d.problem) for d in case.check().differences] == [(CASE_FILE, "unreadable")]
    path.rmdir()
    path.write_bytes(data)
    assert case.check().differences == ()


def test_a_read_only_case_is_checked_as_its_file_stands(case, clip):
    with open_case(case.folder) as second:
        case.add_evidence(clip, True, None)
        assert second.check() == case.check()
        (case.folder / CASE_FILE).write_bytes(b"{")
        assert [d.problem for d in second.check().differences] == ["unreadable"]
