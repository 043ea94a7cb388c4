"""Files of a case that are whole or not there, whatever happens in between: :mod:`genconvit.whole` for a case."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from desktop.cases.errors import CaseNotSaved, RecordChanged
from genconvit import whole
from genconvit.progress import QUIET, Progress
from genconvit.whole import flush as flush
from genconvit.whole import rename as rename
from genconvit.whole import replace as replace
from genconvit.whole import sync_folder as sync_folder

CHUNK_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def read_recorded(path: Path, sha256: str) -> bytes:
    """A file that was recorded with this SHA-256. Raises RecordChanged: it is missing, or another one."""
    try:
        data = path.read_bytes()
    except OSError:
        raise RecordChanged(path, sha256, "") from None
    if (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise RecordChanged(path, sha256, found)
    return data


def sha256_of(path: Path, progress: Progress = QUIET) -> str:
    """SHA-256 of a file, read in pieces. Raises OSError, Cancelled."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        size = max(os.fstat(file.fileno()).st_size, 1)
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
            done += len(piece)
            progress.report(done / size)
    return digest.hexdigest()


def write_whole(path: Path, data: bytes, temporary: Path) -> None:
    """Replace or make ``path`` so that it holds either what it held or ``data``, also after a power cut.

    Args:
        temporary: on the same disk; overwritten, and gone afterwards.

    Raises:
        CaseNotSaved: nothing was changed.
    """
    with saving(path):
        whole.write(path, data, temporary)


def protect(path: Path) -> None:
    """Set read-only, against accidents; a disk that knows no such bit is no failure."""
    with suppress(OSError):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def remove(path: Path) -> None:
    """Take a file away if it is there, read-only or not; failing to is no failure."""
    with suppress(OSError):
        path.chmod(stat.S_IWUSR | stat.S_IRUSR)
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turns an OSError of writing into :class:`CaseNotSaved` with ``path``."""
    try:
        yield
    except OSError as error:
        raise CaseNotSaved(path, problem_of(error)) from error


def problem_of(error: OSError) -> str:
    """``no space``, ``forbidden``, or what the system said, without the path in it."""
    if error.errno in _FULL:
        return "no space"
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "forbidden"
    return error.strerror or type(error).__name__
