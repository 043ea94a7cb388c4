from __future__ import annotations

import errno
import os
from dataclasses import replace
from unittest.mock import Mock

import pikepdf
import pytest

from desktop import examination
from desktop.cases import case as case_module
from desktop.cases.errors import CaseNotSaved, CaseReadOnly, ReportNotCopied
from desktop.cases.names import STAGING
from desktop.cases.opening import open_case
from desktop.cases.verify import verify
from desktop.report.errors import ReportError, ReportNotSet
from genconvit.cards import cards
from genconvit.errors import CardInvalid, EngineDied, NoVideoStream, VideoNotFound, WeightsMissing
from genconvit.places import SHIPPED
from genconvit.progress import Cancelled, Reporter
from genconvit.records import Label, WeightsUsed


@pytest.fixture
def evidence(case, clip, engine):
    return examination.take_in(case, clip, engine)


@pytest.fixture
def entry(case, evidence, engine, method):
    return examination.examine(case, evidence.id, engine, method, "cpu")


def test_a_video_is_taken_in_once(case, clip, engine, evidence):
    assert examination.take_in(case, clip, engine) == evidence
    assert case.snapshot().evidence == (evidence,)
    assert evidence.codec == "h264"


def test_another_name_of_a_video_goes_into_the_log_once(case, clip, engine, evidence):
    other = clip.with_name("leaked.mp4")
    other.write_bytes(clip.read_bytes())
    for _ in range(2):
        assert examination.take_in(case, other, engine) == evidence
    lines = [event.facts for event in case.snapshot().custody if event.what == "evidence seen again"]
    expected = {"evidence": evidence.id, "seen as": "leaked.mp4", "path": str(other), "sha256": evidence.sha256}
    assert lines == [expected]
    assert verify(case.folder) == ()


@pytest.mark.parametrize("kind", [NoVideoStream, VideoNotFound])
def test_what_cannot_be_read_is_not_taken_in(case, tmp_path, engine, kind):
    path = tmp_path / "sound.mp4"
    if kind is NoVideoStream:
        path.write_bytes(b"sound")
    before = case.snapshot()
    with pytest.raises(kind):
        examination.take_in(case, path, engine)
    assert case.snapshot() == before


def test_the_case_s_own_copy_is_examined(case, evidence, engine, entry):
    assert engine.asked == [(case.folder / evidence.stored, "standard", "cpu")]
    assert case.snapshot().analyses == (entry,)
    assert verify(case.folder) == ()


def test_no_picture_stays_behind(case, entry):
    assert list((case.folder / STAGING).iterdir()) == []


@pytest.mark.parametrize("failure", [EngineDied(-9, "examine"), Cancelled(), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_case_as_it_was(case, evidence, engine, method, failure):
    before = case.snapshot()
    engine.failures[case.evidence_path(evidence.id).name] = failure
    with pytest.raises(type(failure)):
        examination.examine(case, evidence.id, engine, method)
    assert case.snapshot() == before
    assert list((case.folder / STAGING).iterdir()) == []
    assert list((case.folder / "frames").iterdir()) == []


def test_a_read_only_case_is_not_examined(case, evidence, engine, method):
    with open_case(case.folder) as second, pytest.raises(CaseReadOnly):
        examination.examine(second, evidence.id, engine, method)
    assert engine.asked == []


def test_the_report_is_kept_and_copied(case, entry, tmp_path):
    report = examination.export_report(case, tmp_path / "new folder" / "r.pdf")
    kept = case.report_path(report.id)
    assert kept.read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "new folder" / "r.pdf").read_bytes() == kept.read_bytes()
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["r.pdf"]
    assert report.analyses == (entry.id,)
    assert case.snapshot().reports == (report,)
    assert verify(case.folder) == ()


def test_the_analysis_stands_in_the_report_byte_for_byte(case, entry):
    report = examination.export_report(case)
    with pikepdf.open(case.report_path(report.id)) as pdf:
        (attached,) = [file.get_file().read_bytes() for file in pdf.attachments.values()]
    assert attached == case.analysis_bytes(entry.id)


def test_only_the_newest_analysis_of_a_video_is_attached(case, evidence, entry, engine, method):
    second = examination.examine(case, evidence.id, engine, method)
    assert examination.export_report(case).analyses == (second.id,)


def test_a_copy_into_a_folder_takes_the_report_s_name(case, tmp_path):
    examination.export_report(case, tmp_path)
    assert (tmp_path / "2026-0117-report-001.pdf").is_file()


def test_a_case_with_damaged_files_still_gets_its_report(case, evidence, entry):
    path = case.folder / "analyses" / f"{entry.id}.json"
    path.chmod(0o644)
    path.write_bytes(b"{}")
    report = examination.export_report(case)
    assert report.analyses == ()
    assert case.report_path(report.id).is_file()


def test_a_read_only_case_gets_no_report_and_no_long_check(case, monkeypatch):
    monkeypatch.setattr(case_module.Case, "look", None)
    with open_case(case.folder) as second, pytest.raises(CaseReadOnly):
        examination.export_report(second)


def test_an_empty_case_gets_a_report(case):
    assert examination.export_report(case).analyses == ()


def test_a_copy_that_cannot_be_written_leaves_the_report_in_the_case(case, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ReportNotCopied) as caught:
        examination.export_report(case, tmp_path / "file" / "r.pdf")
    assert caught.value.path == tmp_path / "file" / "r.pdf"
    assert len(case.snapshot().reports) == 1


def test_a_full_disk_while_the_report_is_saved_leaves_the_case_as_it_was(case, monkeypatch):
    before = case.snapshot()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises((CaseNotSaved, ReportError)):
            examination.export_report(case)
    assert case.snapshot() == before
    assert list((case.folder / "reports").iterdir()) == []


def test_a_report_that_cannot_be_set_leaves_the_case_as_it_was(case, monkeypatch):
    def fail(content, pictures, attachments, to) -> None:
        to.write_bytes(b"half")
        raise ReportNotSet(to, "fault")

    monkeypatch.setattr(examination, "render", fail)
    before = case.snapshot()
    with pytest.raises(ReportNotSet):
        examination.export_report(case)
    assert case.snapshot() == before


def test_exporting_tells_how_far_it_is(case, entry):
    told: list[float] = []
    examination.export_report(case, progress=Reporter(lambda fraction, _: told.append(fraction)))
    assert told[0] == 0.0
    assert told[-1] == 1.0


def test_what_is_taken_in_while_the_hashes_are_checked_is_not_in_the_report(case, entry, engine, method, monkeypatch):
    described, late = [], case.folder.parent / "late.mp4"
    late.write_bytes(b"late")
    real = examination.describe

    def describe(snapshot, analyses, *more):
        described.append((snapshot, set(analyses)))
        return real(snapshot, analyses, *more)

    def add(fraction: float, frames: int | None) -> None:
        if len(case.snapshot().evidence) == 1:
            evidence = examination.take_in(case, late, engine)
            examination.examine(case, evidence.id, engine, method)

    monkeypatch.setattr(examination, "describe", describe)
    before = case.snapshot()
    report = examination.export_report(case, progress=Reporter(add))
    assert described == [(before, {entry.id})]
    assert report.analyses == (entry.id,)
    assert len(case.snapshot().evidence) == 2


def test_a_case_file_changed_behind_the_program_s_back_is_in_the_report(case, entry, monkeypatch):
    seen = []
    real = examination.describe
    monkeypatch.setattr(examination, "describe", lambda *given: seen.append(given[2]) or real(*given))
    before = case.snapshot()
    (case.folder / "case.json").write_bytes(b"{}")
    examination.export_report(case)
    (differences,) = seen
    assert [(d.object, d.problem) for d in differences] == [("case.json", "changed")]
    assert (case.snapshot().evidence, case.snapshot().analyses) == (before.evidence, before.analyses)


def test_an_analysis_changed_after_the_check_is_reported_as_it_was_checked(case, entry, monkeypatch):
    path, data = case.folder / "analyses" / f"{entry.id}.json", case.analysis_bytes(entry.id)

    def compare(*given):
        outcome = real(*given)
        path.chmod(0o644)
        path.write_bytes(b"{}")
        return outcome

    real = examination.compare
    monkeypatch.setattr(examination, "compare", compare)
    report = examination.export_report(case)
    assert report.analyses == (entry.id,)
    with pikepdf.open(case.report_path(report.id)) as pdf:
        assert [file.get_file().read_bytes() for file in pdf.attachments.values()] == [data]


def test_a_forged_label_is_not_printed_though_every_hash_agrees(case, evidence, engine, method, monkeypatch):
    def forged(*given):
        examination = honest(*given)
        analysis = examination.analysis
        decided = replace(analysis.verdict, label=Label.REAL)
        return replace(examination, analysis=replace(analysis, verdict=decided))

    honest = engine.examine
    monkeypatch.setattr(engine, "examine", forged)
    examination.examine(case, evidence.id, engine, method)
    assert examination.export_report(case).analyses == ()


def test_the_report_is_handed_the_card_of_the_very_weights_that_were_used(case, entry, monkeypatch):
    (shipped,) = (card for card in cards((SHIPPED,)) if card.name == "standard")
    used = WeightsUsed("standard", "ed", shipped.sha256, "", shipped.licence)
    analysis = case.analysis(entry.id)
    for sha256, found in ((shipped.sha256, {shipped.sha256: shipped}), ("0" * 64, {})):
        weights = (replace(used, sha256=sha256), WeightsUsed("gone", "ed", "1" * 64, "", ""))
        made = replace(analysis, provenance=replace(analysis.provenance, weights=weights))
        assert examination._cards([made], (SHIPPED,)) == found
    for problem in (CardInvalid(SHIPPED, "file", ""), WeightsMissing("standard", ()), PermissionError()):
        monkeypatch.setattr(examination, "find_card", Mock(side_effect=problem))
        assert examination._cards([made], (SHIPPED,)) == {}
    handed = []
    describe = examination.describe
    monkeypatch.setattr(examination, "describe", lambda *given: (handed.append(given[-1]), describe(*given))[1])
    monkeypatch.setattr(examination, "_cards", lambda analyses, folders: {"of": len(list(analyses))})
    examination.export_report(case)
    assert handed == [{"of": 1}]
