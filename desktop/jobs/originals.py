"""Frames of the file that was taken in, and of no other that has come to lie in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desktop.cases.errors import EvidenceChanged
from desktop.cases.names import inside
from desktop.cases.records import Evidence
from genconvit.errors import VideoNotFound
from genconvit.progress import QUIET, Progress
from genconvit.records import Frame, Video


class Reader(Protocol):
    """The part of :class:`genconvit.engine.Engine` that is used here."""

    def probe(self, path: Path, progress: Progress = QUIET) -> Video: ...

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame: ...


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What changes with a file that is written to or replaced."""

    path: Path
    size_bytes: int
    modified_ns: int
    inode: int


class Originals:
    """Knows which files were hashed since the program started, and hashes the others before a frame is shown."""

    def __init__(self) -> None:
        self._hashed: dict[str, _Stamp] = {}

    def read_frame(self, folder: Path, evidence: Evidence, index: int, reader: Reader, progress: Progress) -> Frame:
        """A presented frame of an evidence; ``folder``: of its case.

        ``progress`` hears a fraction above 0 only while the file is hashed, which takes long for a large one.

        Raises:
            EvidenceChanged: the file is not the one that was taken in, or was changed while the frame was read.
            VideoNotFound, CaseUnreadable, and what ``reader`` raises.
        """
        path = inside(folder, evidence.stored) if evidence.stored else evidence.source
        stamp = _stamp(path)
        if stamp.size_bytes != evidence.size_bytes:
            raise EvidenceChanged(path)
        if self._hashed.get(evidence.id) != stamp:
            if reader.probe(path, progress).sha256 != evidence.sha256:
                raise EvidenceChanged(path)
            self._hashed[evidence.id] = stamp
        frame = reader.read_frame(path, index, progress)
        if _stamp(path) != stamp:
            raise EvidenceChanged(path)
        return frame


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except PermissionError as error:
        raise VideoNotFound(path, "forbidden") from error
    except (OSError, ValueError) as error:
        raise VideoNotFound(path, "missing") from error
    return _Stamp(path, status.st_size, status.st_mtime_ns, status.st_ino)
