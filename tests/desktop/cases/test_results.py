from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from desktop.cases.errors import CaseNotSaved
from desktop.cases.records import Opinion
from desktop.cases.verify import verify
from genconvit import whole


def test_a_damaged_picture_stays_when_its_like_cannot_be_moved_in(case, evidence, entry, examined, monkeypatch):
    path = case.picture_path(entry.pictures[0].sha256)
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    examination = examined(case, evidence.id)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "move", full)
        with pytest.raises(CaseNotSaved):
            case.keep(evidence.id, examination)
    assert path.read_bytes() == b"damaged"


def test_a_picture_s_place_that_is_open_for_a_moment_is_tried_again(case, evidence, examined, monkeypatch):
    examination = examined(case, evidence.id)
    tries, replace_file = [], Path.replace

    def busy_once(self: Path, target: Path) -> Path:
        if target.parent.name == "frames" and target not in tries:
            tries.append(target)
            raise PermissionError(13, "used by another process")
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", busy_once)
    monkeypatch.setattr(whole, "WINDOWS", True)
    case.keep(evidence.id, examination)
    assert len(tries) == 2
    assert verify(case.folder) == ()


@pytest.mark.parametrize("change", ["add_evidence", "keep", "keep_report"])
def test_an_interruption_when_the_document_is_written_already_takes_no_file_back(
    case, clip, evidence, examined, monkeypatch, change
):
    examination = examined(case, evidence.id)

    def interrupted(folder: Path) -> None:
        if folder == case.folder:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(whole, "sync_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            if change == "add_evidence":
                case.add_evidence(clip, True, None)
            elif change == "keep":
                case.keep(evidence.id, examination)
            else:
                case.keep_report(lambda path: path.write_bytes(b"%PDF"), [])
    assert case.check().differences == ()
    before = case.snapshot()
    assert len(before.evidence) + len(before.analyses) + len(before.reports) == 2
    case.conclude(evidence.id, Opinion.INCONCLUSIVE, "", "", "")
    assert verify(case.folder) == ()
    assert (case.snapshot().evidence, case.snapshot().analyses) == (before.evidence, before.analyses)
