from __future__ import annotations

import errno
import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cases.errors import CaseNotSaved, NotInCase, RecordChanged
from desktop.cases.names import CASE_FILE
from desktop.cases.opening import open_case
from desktop.cases.records import CaseDetails, Mark, Opinion
from desktop.cases.verify import verify
from genconvit.errors import VideoNotFound
from genconvit.progress import Cancelled, Reporter


def files(folder: Path) -> set[str]:
    """Files of the case, but for those that come and go."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in names if not name.startswith(".staging/")} - {"case.lock"}


def fill_disk(monkeypatch: pytest.MonkeyPatch, case_file_only: bool = False) -> None:
    """Every write fails, or only those of ``case.json``."""
    from desktop.cases import storage

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    def not_saved(path: Path, *_: object) -> None:
        raise CaseNotSaved(path, "no space")

    if case_file_only:
        monkeypatch.setattr(storage, "write_whole", not_saved)
    else:
        monkeypatch.setattr(os, "fsync", full)


# -- details -----------------------------------------------------------------------------------------------------------


def test_details_change_and_the_log_keeps_what_they_were(case):
    case.change_details(CaseDetails("2026-0117", title="Neu", examiner="Dr. Käthe Öz", laboratory="Labor 3"))
    case.close()
    with open_case(case.folder) as again:
        assert again.snapshot().details.title == "Neu"
        assert again.snapshot().custody[-1].facts["changes"] == {"title": ["Testanruf", "Neu"]}


def test_details_that_stay_as_they_are_leave_no_line(case):
    before = case.snapshot()
    case.change_details(before.details)
    assert case.snapshot() == before


# -- evidence ----------------------------------------------------------------------------------------------------------


def test_a_copied_video_lies_in_the_case_read_only(case, clip, probed, evidence):
    stored = case.folder / "evidence" / "Anruf 1.mp4"
    assert evidence.stored == "evidence/Anruf 1.mp4"
    assert case.evidence_path(evidence.id) == stored
    assert stored.read_bytes() == clip.read_bytes()
    assert not stored.stat().st_mode & 0o222
    assert (evidence.sha256, evidence.codec, evidence.frame_count) == (probed(clip).sha256, "h264", 240)
    assert case.snapshot().evidence == (evidence,)


def test_a_referred_video_stays_where_it_is(case, clip, probed):
    evidence = case.add_evidence(clip, False, probed(clip))
    assert evidence.stored == ""
    assert case.evidence_path(evidence.id) == clip
    assert list((case.folder / "evidence").iterdir()) == []


def test_videos_of_one_name_stand_side_by_side(case, clip, probed):
    for _ in range(3):
        case.add_evidence(clip, True, probed(clip))
    assert {e.stored for e in case.snapshot().evidence} == {
        "evidence/Anruf 1.mp4", "evidence/Anruf 1-2.mp4", "evidence/Anruf 1-3.mp4"
    }  # fmt: skip
    assert {e.name for e in case.snapshot().evidence} == {"Anruf 1.mp4"}


def test_what_is_no_video_is_kept_with_the_reason(case, tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("not a video")
    evidence = case.add_evidence(path, True, None, problem="No decoder opens it.")
    assert evidence.problem == "No decoder opens it."
    assert evidence.frame_count == 0
    assert verify(case.folder) == ()


@pytest.mark.parametrize("copy", [True, False])
def test_a_video_that_changed_since_it_was_probed_is_refused(case, clip, probed, copy):
    facts = probed(clip)
    clip.write_bytes(b"something else")
    with pytest.raises(RecordChanged):
        case.add_evidence(clip, copy, facts)
    assert case.snapshot().evidence == ()
    assert files(case.folder) == {CASE_FILE}


@pytest.mark.parametrize("copy", [True, False])
def test_cancelling_the_intake_leaves_nothing(case, clip, probed, copy):
    def cancel(fraction: float, frames: int | None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        case.add_evidence(clip, copy, probed(clip), progress=Reporter(cancel))
    assert files(case.folder) == {CASE_FILE}
    assert case.snapshot().evidence == ()


def test_a_missing_video_changes_nothing(case, tmp_path):
    before = case.snapshot()
    with pytest.raises(VideoNotFound):
        case.add_evidence(tmp_path / "no.mp4", True, None)
    assert case.snapshot() == before


def test_a_full_disk_while_a_video_is_recorded_leaves_no_copy(case, clip, probed, monkeypatch):
    before = case.snapshot()
    with monkeypatch.context() as patch:
        fill_disk(patch, case_file_only=True)
        with pytest.raises(CaseNotSaved):
            case.add_evidence(clip, True, probed(clip))
    assert case.snapshot() == before
    assert files(case.folder) == {CASE_FILE}
    case.add_evidence(clip, True, probed(clip))
    assert verify(case.folder) == ()


def test_a_file_name_that_is_no_unicode_is_taken_in(case, tmp_path):
    path = Path(os.fsdecode(os.fsencode(str(tmp_path)) + b"/clip\xff.mp4"))
    try:
        path.write_bytes(b"frames")
    except OSError:
        return  # macOS and Windows have no such names
    evidence = case.add_evidence(path, True, None)
    evidence.name.encode("utf-8")
    assert verify(case.folder) == ()
    case.close()
    with open_case(case.folder) as again:
        assert again.snapshot().evidence == (evidence,)


def test_unknown_ids_are_said(case):
    for ask in (
        lambda: case.evidence_path("no"),
        lambda: case.analysis("no"),
        lambda: case.report_path("no"),
        lambda: case.conclude("no", Opinion.CONSISTENT, "", "", ""),
        lambda: case.picture_path("../../case.json"),
    ):
        with pytest.raises(NotInCase):
            ask()


# -- analyses ----------------------------------------------------------------------------------------------------------


def test_an_analysis_reads_back_as_it_was_made(case, evidence, entry, examined):
    made = examined(case, evidence.id).analysis
    kept = case.analysis(entry.id)
    assert kept.video.path == Path("Anruf 1.mp4")
    assert kept == replace(made, video=replace(made.video, path=Path("Anruf 1.mp4")))
    assert (entry.label, entry.fake, entry.flagged_frames, entry.faces_used) == ("FAKE", 0.91, (7,), 1)
    assert case.snapshot().analyses == (entry,)


def test_nothing_of_the_case_but_the_source_names_the_examiners_machine(case, tmp_path, evidence, entry):
    case.conclude(evidence.id, Opinion.INCONCLUSIVE, "", "", "")
    document = json.loads((case.folder / CASE_FILE).read_text(encoding="utf-8"))
    assert document["evidence"]["1"].pop("source") == str(tmp_path / "Anruf 1.mp4")
    assert str(tmp_path) not in json.dumps(document)
    assert str(tmp_path).encode() not in case.analysis_bytes(entry.id)


def test_pictures_are_moved_into_the_case_by_their_hash(case, entry):
    assert {p.kind for p in entry.pictures} == {"frame", "crop"}
    for picture in entry.pictures:
        assert case.picture_path(picture.sha256).read_bytes() in (b"png", b"crop")
    assert {path.stem for path in (case.folder / "frames").iterdir()} == {p.sha256 for p in entry.pictures}


def test_a_second_analysis_is_a_new_one_and_shares_its_pictures(case, evidence, entry, examined):
    second = case.keep(evidence.id, examined(case, evidence.id))
    assert second.id > entry.id
    assert [e.id for e in case.snapshot().analyses] == [entry.id, second.id]
    assert len(list((case.folder / "frames").iterdir())) == 2
    assert verify(case.folder) == ()


def test_a_damaged_picture_is_mended_by_the_next_analysis(case, evidence, entry, examined):
    path = case.picture_path(entry.pictures[0].sha256)
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    case.keep(evidence.id, examined(case, evidence.id))
    assert verify(case.folder) == ()


def test_an_analysis_of_another_file_is_refused(case, evidence, examined):
    examination = examined(case, evidence.id)
    other = replace(examination.analysis, video=replace(examination.analysis.video, sha256="00" * 32))
    with pytest.raises(RecordChanged):
        case.keep(evidence.id, replace(examination, analysis=other))
    assert case.snapshot().analyses == ()
    assert list((case.folder / "frames").iterdir()) == []


def test_a_picture_with_another_hash_is_refused_and_nothing_stays(case, evidence, examined):
    examination = examined(case, evidence.id)
    examination.pictures[1].file.write_bytes(b"else")
    with pytest.raises(RecordChanged):
        case.keep(evidence.id, examination)
    assert case.snapshot().analyses == ()
    assert list((case.folder / "frames").iterdir()) == []
    assert list((case.folder / "analyses").iterdir()) == []


@pytest.mark.parametrize("case_file_only", [True, False])
def test_a_full_disk_while_an_analysis_is_kept_leaves_nothing(case, evidence, examined, monkeypatch, case_file_only):
    before = case.snapshot()
    examination = examined(case, evidence.id)
    with monkeypatch.context() as patch:
        fill_disk(patch, case_file_only)
        with pytest.raises(CaseNotSaved):
            case.keep(evidence.id, examination)
    assert case.snapshot() == before
    assert files(case.folder) == {CASE_FILE, evidence.stored}
    case.keep(evidence.id, examined(case, evidence.id))
    assert verify(case.folder) == ()


def test_pictures_shared_with_an_older_analysis_survive_a_failure(case, evidence, entry, examined, monkeypatch):
    examination = examined(case, evidence.id)
    with monkeypatch.context() as patch:
        fill_disk(patch, case_file_only=True)
        with pytest.raises(CaseNotSaved):
            case.keep(evidence.id, examination)
    assert verify(case.folder) == ()


@pytest.mark.parametrize("damage", [b"{}", None])
def test_an_analysis_that_was_tampered_with_is_not_read(case, entry, damage):
    path = case.folder / "analyses" / f"{entry.id}.json"
    path.chmod(0o644)
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(RecordChanged):
        case.analysis(entry.id)
    with pytest.raises(RecordChanged):
        case.analysis_bytes(entry.id)


# -- the examiner's word -----------------------------------------------------------------------------------------------


def test_reviews_are_kept_in_order(case, entry):
    first = case.review(entry.id, 7, Mark.UNCLEAR, "", "Öz")
    second = case.review(entry.id, 7, Mark.ACCEPTED, "Kante am Kinn", "Öz")
    assert case.snapshot().reviews == (first, second)


def test_only_flagged_frames_are_reviewed(case, entry):
    with pytest.raises(NotInCase):
        case.review(entry.id, 8, Mark.ACCEPTED, "", "Öz")
    assert case.snapshot().reviews == ()


def test_a_conclusion_is_the_examiners_own(case, evidence):
    made = case.conclude(evidence.id, Opinion.INCONSISTENT, "Kante\nam Kinn", "Öz", "Kim")
    assert case.snapshot().conclusions == (made,)
    assert case.snapshot().custody[-1].who == "Öz"


def test_a_full_disk_loses_one_review_and_no_other(case, entry, monkeypatch):
    case.review(entry.id, 7, Mark.ACCEPTED, "", "Öz")
    before = case.snapshot()
    with monkeypatch.context() as patch:
        fill_disk(patch)
        with pytest.raises(CaseNotSaved):
            case.review(entry.id, 7, Mark.REJECTED, "", "Öz")
    assert case.snapshot() == before
    case.close()
    with open_case(case.folder) as again:
        assert again.snapshot().reviews == before.reviews


# -- reports -----------------------------------------------------------------------------------------------------------


def test_reports_are_kept_and_numbered(case, entry):
    first = case.keep_report(lambda path: path.write_bytes(b"%PDF-1"), [entry.id])
    case.keep_report(lambda path: path.write_bytes(b"%PDF-2"), [])
    assert [r.file for r in case.snapshot().reports] == [
        "reports/2026-0117-report-001.pdf", "reports/2026-0117-report-002.pdf"
    ]  # fmt: skip
    assert case.report_path(first.id).read_bytes() == b"%PDF-1"
    assert first.analyses == (entry.id,)
    assert verify(case.folder) == ()


def test_a_report_that_cannot_be_made_leaves_nothing(case):
    def fail(path: Path) -> None:
        path.write_bytes(b"%PDF")
        raise ZeroDivisionError

    before = case.snapshot()
    with pytest.raises(ZeroDivisionError):
        case.keep_report(fail, [])
    assert case.snapshot() == before
    assert files(case.folder) == {CASE_FILE}


def test_a_renderer_that_writes_nothing_is_a_failure(case):
    with pytest.raises(CaseNotSaved):
        case.keep_report(lambda path: None, [])
    assert case.snapshot().reports == ()


# -- all together ------------------------------------------------------------------------------------------------------


def test_every_change_has_its_line(case, evidence, entry):
    case.review(entry.id, 7, Mark.ACCEPTED, "", "Öz")
    case.conclude(evidence.id, Opinion.INCONSISTENT, "", "Öz", "")
    case.keep_report(lambda path: path.write_bytes(b"%PDF"), [])
    assert [event.what for event in case.snapshot().custody] == [
        "case created",
        "evidence added",
        "video analyzed",
        "frame reviewed",
        "conclusion recorded",
        "report exported",
    ]
    assert case.snapshot().changed_at == case.snapshot().custody[-1].at


def test_several_threads_lose_nothing(case, entry):
    def mark() -> None:
        for _ in range(20):
            case.review(entry.id, 7, Mark.ACCEPTED, threading.current_thread().name, "Öz")
            case.snapshot()

    threads = [threading.Thread(target=mark) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(case.snapshot().reviews) == 80
    assert verify(case.folder) == ()


def test_each_staging_folder_is_new_and_goes_with_the_case(case):
    first, second = case.staging(), case.staging()
    assert first != second
    assert first.is_dir()
    case.close()
    assert not first.exists()
