"""A certificate lies in the case under its own hash, belongs to one analysis, and is checked with everything else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from desktop.cases.errors import CaseReadOnly, CertificateRefused, NotInCase, RecordChanged
from desktop.cases.names import CASE_FILE, STAGING
from desktop.cases.opening import open_case
from desktop.cases.records import ANOTHER_ENTRY, RUN_HERE, taken_in
from desktop.cases.verify import verify
from genconvit import whole
from genconvit.certificate_document import to_document
from genconvit.document import canonical
from genconvit.errors import CertificateInvalid


@pytest.fixture
def data(certified, clip):
    return canonical(to_document(certified(clip)))


def test_it_is_kept_under_its_hash_with_a_line_in_the_log(case, entry, data):
    staged = set((case.folder / STAGING).iterdir())
    kept = case.keep_certificate(entry.id, data, RUN_HERE)
    assert (case.folder / "certificates" / f"{kept.sha256}.json").read_bytes() == data
    assert case.certificate_bytes(kept.id) == data
    assert case.snapshot().certificates == (kept,)
    line = case.snapshot().custody[-1]
    assert (line.what, line.facts["analysis"], line.facts["sha256"]) == (
        "repeatability certificate kept", entry.id, kept.sha256,
    )  # fmt: skip
    assert (line.facts["records identical"], line.facts["within"]) == (True, True)
    assert "identical" not in line.facts
    assert line.facts["origin"] == kept.origin == RUN_HERE
    assert set((case.folder / STAGING).iterdir()) == staged
    assert verify(case.folder) == ()
    with open_case(case.folder) as second:
        assert second.snapshot().certificates == (kept,)


def test_equal_records_of_unequal_frames_are_not_called_identical_without_a_word(case, entry, clip, certified):
    certificate = certified(clip)
    (each,) = certificate.comparisons
    each = replace(each, frames=replace(each.frames, pixels_differ=((7, 0.28),)), within=False)
    other = canonical(to_document(replace(certificate, comparisons=(each,), within=False)))
    case.keep_certificate(entry.id, other, RUN_HERE)
    facts = case.snapshot().custody[-1].facts
    assert (facts["records identical"], facts["within"]) == (True, False)


def test_where_it_came_from_is_recorded_and_cannot_be_changed_unseen(case, entry, data, tmp_path):
    origin = taken_in(tmp_path / "certificate.json")
    assert case.keep_certificate(entry.id, data, origin).origin == origin
    assert case.snapshot().custody[-1].facts["origin"] == origin
    path = case.folder / CASE_FILE
    tables = json.loads(path.read_text("utf-8"))
    tables["certificates"]["1"]["origin"] = RUN_HERE
    path.write_text(json.dumps(tables), encoding="utf-8")
    assert "changed" in {d.problem for d in verify(case.folder)}


def test_the_same_one_is_kept_once(case, entry, data):
    kept = case.keep_certificate(entry.id, data, RUN_HERE)
    lines = len(case.snapshot().custody)
    assert case.keep_certificate(entry.id, data, RUN_HERE) == kept
    assert len(case.snapshot().custody) == lines


def test_two_analyses_may_share_a_file(case, evidence, entry, examined, data):
    second = case.keep(evidence.id, examined(case, evidence.id))
    kept = [case.keep_certificate(each.id, data, RUN_HERE) for each in (entry, second)]
    assert kept[0].sha256 == kept[1].sha256
    assert len(list((case.folder / "certificates").iterdir())) == 1
    assert verify(case.folder) == ()


def test_one_of_another_video_or_method_is_refused(case, entry, certified, clip):
    certificate = certified(clip)
    other_video = replace(certificate, video=replace(certificate.video, sha256="f" * 64))
    other_method = replace(certificate, method=replace(certificate.method, sha256="f" * 64))
    before = case.snapshot()
    for what, other in (("video", other_video), ("method", other_method)):
        with pytest.raises(CertificateRefused) as caught:
            case.keep_certificate(entry.id, canonical(to_document(other)), RUN_HERE)
        assert (caught.value.what, caught.value.found_sha256) == (what, "f" * 64)
    with pytest.raises(CertificateInvalid):
        case.keep_certificate(entry.id, b"{}", RUN_HERE)
    with pytest.raises(NotInCase):
        case.keep_certificate("nothing", canonical(to_document(certificate)), RUN_HERE)
    assert case.snapshot() == before
    assert not (case.folder / "certificates").exists()


def test_a_read_only_case_takes_none(case, entry, data):
    with open_case(case.folder) as second, pytest.raises(CaseReadOnly):
        second.keep_certificate(entry.id, data, RUN_HERE)


def test_an_interruption_before_the_document_is_written_takes_the_file_back(case, entry, data, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(case._ledger, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            case.keep_certificate(entry.id, data, RUN_HERE)
    assert list((case.folder / "certificates").iterdir()) == []
    assert verify(case.folder) == ()


def test_an_interruption_when_the_document_is_written_already_takes_nothing_back(case, entry, data, monkeypatch):
    def interrupted(folder) -> None:
        if folder == case.folder:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(whole, "sync_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            case.keep_certificate(entry.id, data, RUN_HERE)
    assert len(case.snapshot().certificates) == 1
    assert verify(case.folder) == ()


def test_a_changed_or_missing_file_is_found_and_not_read(case, entry, data):
    kept = case.keep_certificate(entry.id, data, RUN_HERE)
    path = case.folder / "certificates" / f"{kept.sha256}.json"
    path.chmod(0o644)
    path.write_bytes(data.replace(b'"identical":true', b'"identical":false'))
    assert [(d.object, d.problem) for d in verify(case.folder)] == [(f"certificates/{path.name}", "changed")]
    with pytest.raises(RecordChanged):
        case.certificate_bytes(kept.id)
    path.unlink()
    assert [(d.object, d.problem) for d in verify(case.folder)] == [(f"certificates/{path.name}", "missing")]
    with pytest.raises(RecordChanged):
        case.certificate_bytes(kept.id)


def test_a_damaged_file_is_put_right_when_it_is_kept_again(case, entry, data):
    kept = case.keep_certificate(entry.id, data, RUN_HERE)
    path = case.folder / "certificates" / f"{kept.sha256}.json"
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    assert case.keep_certificate(entry.id, data, RUN_HERE) == kept
    assert verify(case.folder) == ()


def test_a_link_to_an_analysis_of_something_else_is_found(case, clip, entry, data, examined, probed):
    kept = case.keep_certificate(entry.id, data, RUN_HERE)
    other = clip.with_name("other.mp4")
    other.write_bytes(b"other frames")
    evidence = case.add_evidence(other, True, probed(other))
    second = case.keep(evidence.id, examined(case, evidence.id))
    path = case.folder / CASE_FILE
    tables = json.loads(path.read_text("utf-8"))
    for target, problem in ((second.id, ANOTHER_ENTRY), ("nobody", "missing")):
        tables["certificates"]["1"]["analysis"] = target
        path.write_text(json.dumps(tables), encoding="utf-8")
        found = {(d.object, d.problem) for d in verify(case.folder)}
        named = f"certificates/{kept.sha256}.json" if problem == ANOTHER_ENTRY else f"case.json, certificate {kept.id}"
        assert (named, problem) in found


def test_a_hash_that_leads_out_of_the_case_is_not_followed(case, entry, data):
    case.keep_certificate(entry.id, data, RUN_HERE)
    path = case.folder / CASE_FILE
    tables = json.loads(path.read_text("utf-8"))
    tables["certificates"]["1"]["sha256"] = "../../x"
    path.write_text(json.dumps(tables), encoding="utf-8")
    assert "unreadable" in {d.problem for d in verify(case.folder)}
