"""Files that are whole or not there, whatever happens in between."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from desktop.cases.errors import CaseNotSaved
from genconvit.progress import QUIET, Progress

CHUNK_BYTES = 1 << 20
WINDOWS = os.name == "nt"
_REPLACE_TRIES = 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
        try:
            with temporary.open("wb") as file:
                file.write(data)
                flush(file)
            rename(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def flush(file: BinaryIO) -> None:
    """Have the bytes on the disk, not in a buffer."""
    file.flush()
    os.fsync(file.fileno())


def rename(source: Path, target: Path) -> None:
    """Rename over whatever is there, and have the rename on the disk. Raises OSError."""
    replace(source, target)
    sync_folder(target.parent)


def replace(source: Path, target: Path) -> None:
    """Rename over whatever is there; :func:`sync_folder` is still to come. Raises OSError."""
    for attempt in range(_REPLACE_TRIES):
        try:
            source.replace(target)
            return
        except PermissionError:
            # Windows refuses while a virus scanner or a reader has the target open, usually for milliseconds.
            if not WINDOWS or attempt == _REPLACE_TRIES - 1:
                raise
            time.sleep(0.05)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk, where the system can do that."""
    if WINDOWS:
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
