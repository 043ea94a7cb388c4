"""No frame of another file is shown as one of the evidence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.cases.case import Case
from desktop.cases.errors import EvidenceChanged
from desktop.cases.records import Evidence
from desktop.jobs.originals import Originals
from genconvit.errors import VideoNotFound
from genconvit.progress import QUIET, Progress
from genconvit.records import Frame, Video


class Reader:
    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.probed = 0
        self.write_meanwhile: Path | None = None

    def probe(self, path: Path, progress: Progress = QUIET) -> Video:
        self.probed += 1
        return self.inner.probe(path, progress)  # type: ignore[no-any-return]

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame:
        if self.write_meanwhile is not None:
            changed(self.write_meanwhile)
        return Frame(index, index, index / 30, np.zeros((2, 2, 3), np.uint8))


def changed(path: Path) -> None:
    """Another content of the same size, dated later."""
    path.chmod(0o644)
    later_ns = path.stat().st_mtime_ns + 2_000_000_000
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(later_ns, later_ns))


@pytest.fixture
def reader(engine: Any) -> Reader:
    return Reader(engine)


@pytest.fixture
def referred(case: Case, clip: Path, probed: Any) -> Evidence:
    return case.add_evidence(clip, False, probed(clip))


def test_a_file_is_hashed_once_and_again_when_it_was_touched(
    case: Case, clip: Path, referred: Evidence, reader: Reader
) -> None:
    originals = Originals()
    for index in (3, 4):
        assert originals.read_frame(case.folder, referred, index, reader, QUIET).index == index
    assert reader.probed == 1
    os.utime(clip, ns=(1, 1))
    assert originals.read_frame(case.folder, referred, 5, reader, QUIET).index == 5
    assert reader.probed == 2


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_file_that_was_replaced_is_refused(
    case: Case, clip: Path, referred: Evidence, reader: Reader, seen_before: bool
) -> None:
    originals = Originals()
    if seen_before:
        originals.read_frame(case.folder, referred, 1, reader, QUIET)
    changed(clip)
    for _ in range(2):
        with pytest.raises(EvidenceChanged):
            originals.read_frame(case.folder, referred, 1, reader, QUIET)


def test_a_file_of_another_size_is_refused_unread(case: Case, clip: Path, referred: Evidence, reader: Reader) -> None:
    clip.write_bytes(b"short")
    with pytest.raises(EvidenceChanged):
        Originals().read_frame(case.folder, referred, 1, reader, QUIET)
    assert reader.probed == 0


def test_a_file_that_changes_while_the_frame_is_read_is_refused(
    case: Case, clip: Path, referred: Evidence, reader: Reader
) -> None:
    reader.write_meanwhile = clip
    with pytest.raises(EvidenceChanged):
        Originals().read_frame(case.folder, referred, 1, reader, QUIET)


def test_a_file_that_is_gone_is_said_to_be(case: Case, clip: Path, referred: Evidence, reader: Reader) -> None:
    clip.unlink()
    with pytest.raises(VideoNotFound):
        Originals().read_frame(case.folder, referred, 1, reader, QUIET)


def test_a_copy_in_the_case_is_checked_as_well(case: Case, clip: Path, probed: Any, reader: Reader) -> None:
    copied = case.add_evidence(clip, True, probed(clip))
    originals = Originals()
    assert originals.read_frame(case.folder, copied, 2, reader, QUIET).index == 2
    changed(case.folder / copied.stored)
    with pytest.raises(EvidenceChanged):
        originals.read_frame(case.folder, copied, 2, reader, QUIET)
