"""Files on their way into a case: hashed, copied, compared."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from desktop.cases.durable import CHUNK_BYTES, flush, remove, saving, sha256_of
from desktop.cases.errors import CaseNotSaved, RecordChanged
from desktop.cases.records import Evidence
from desktop.cases.stamps import now
from genconvit.errors import VideoNotFound
from genconvit.progress import Progress
from genconvit.records import Video


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file was when it was taken in."""

    sha256: str
    size_bytes: int
    modified_at: str


def measure(source: Path, progress: Progress) -> Intake:
    """Hash a file where it is. Raises VideoNotFound, Cancelled."""
    with _reading(source):
        information = _regular(source)
        digest = sha256_of(source, progress)
        return Intake(digest, information.st_size, _time(information))


def copy(source: Path, target: Path, progress: Progress) -> Intake:
    """Copy a file to ``target``, hashing what is read, then read the copy again from the disk and compare.

    Raises:
        VideoNotFound: the source is not there, or went away.
        CaseNotSaved: the copy could not be written.
        RecordChanged: the copy does not read back as it was written.
        Cancelled
        Whatever is raised, no copy is left.
    """
    try:
        intake = _copied(source, target, progress.part(0.0, 0.7))
        with saving(target):
            found = sha256_of(target, progress.part(0.7, 0.3))
        if found != intake.sha256:
            raise RecordChanged(target, intake.sha256, found)
    except BaseException:
        remove(target)
        raise
    return intake


def ask_unchanged(path: Path, facts: Video | None, taken: Intake) -> None:
    """Raises RecordChanged when a file is not the one that was probed."""
    if facts is not None and facts.sha256 != taken.sha256:
        raise RecordChanged(path, facts.sha256, taken.sha256)


def describe(evidence_id: str, path: Path, stored: str, taken: Intake, facts: Video | None, problem: str) -> Evidence:
    """The record of a file that was taken in."""
    known: dict[str, Any] = {}
    if facts is not None:
        names = ("container", "codec", "width_px", "height_px", "duration_s", "frame_count", "mean_fps")
        known = {name: getattr(facts, name) for name in names}
    return Evidence(
        id=evidence_id,
        name=name_of(path),
        source=path.absolute(),
        stored=stored,
        size_bytes=taken.size_bytes,
        sha256=taken.sha256,
        added_at=now(),
        problem=problem,
        modified_at=taken.modified_at,
        **known,
    )


def name_of(path: Path) -> str:
    """The file's name, as Unicode whatever it is."""
    return path.name.encode("utf-8", "replace").decode("utf-8")


def _copied(source: Path, target: Path, progress: Progress) -> Intake:
    digest, done = hashlib.sha256(), 0
    with _reading(source):
        information = _regular(source)
        reader = source.open("rb")
    with reader, saving(target):
        _ask_for_room(target, information.st_size)
        with target.open("xb") as writer:
            while piece := _read(reader, source):
                writer.write(piece)
                digest.update(piece)
                done += len(piece)
                progress.report(done / max(information.st_size, done))
            flush(writer)
            _forget(writer.fileno())
        os.utime(target, ns=(information.st_atime_ns, information.st_mtime_ns))
    return Intake(digest.hexdigest(), done, _time(information))


def _read(reader: BinaryIO, source: Path) -> bytes:
    # Inside `saving`, where an OSError would be taken for one of writing.
    with _reading(source):
        return reader.read(CHUNK_BYTES)


def _ask_for_room(target: Path, size_bytes: int) -> None:
    if shutil.disk_usage(target.parent).free < size_bytes:
        raise CaseNotSaved(target, "no space")


def _forget(handle: int) -> None:
    """Have the copy read back from the disk and not from memory, where the system can be asked to."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _regular(source: Path) -> os.stat_result:
    if source.is_dir():
        raise VideoNotFound(source, "folder")
    return source.stat()


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VideoNotFound(source, _why(source, error)) from error


def _why(source: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "forbidden"
    return "missing" if error.errno in (errno.ENOENT, errno.ENOTDIR) else "vanished"


def _time(information: os.stat_result) -> str:
    return datetime.fromtimestamp(int(information.st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
