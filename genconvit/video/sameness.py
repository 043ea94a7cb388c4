"""Whether a file still holds the bytes that were hashed, without reading it again where nothing speaks against it."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO, NamedTuple

from genconvit.errors import VideoNotFound
from genconvit.progress import QUIET, Progress
from genconvit.video.source import opened

CHUNK_BYTES = 1024 * 1024
REMEMBERED = 256


class Identity(NamedTuple):
    """What the file system says of a file. Another file in its place has another number, and one that was written to
    other times, however long it is. On Windows ``changed_ns`` is when the file was made."""

    size_bytes: int
    modified_ns: int
    changed_ns: int
    device: int
    number: int


_hashed: dict[str, tuple[Identity, str]] = {}
_remembering = threading.Lock()


def identity_of(file: Path | BinaryIO) -> Identity:
    """Of what a path leads to, or of an open file. Raises OSError."""
    found = file.stat() if isinstance(file, Path) else os.fstat(file.fileno())
    return Identity(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_dev, found.st_ino)


def hashed(path: Path, progress: Progress = QUIET) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file; what it was then is remembered for :func:`require_same`.

    Raises:
        VideoNotFound: missing, a folder, empty, forbidden, or the disk failed.
        Cancelled
    """
    digest, read = hashlib.sha256(), 0
    with opened(path) as file:
        try:
            before = identity_of(file)
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                read += len(chunk)
                progress.report(min(read / max(before.size_bytes, 1), 1.0))
            after = identity_of(file)
        except OSError:
            raise VideoNotFound(path, "failed") from None
    # Of a file that was written to meanwhile the hash is of no state that it was ever in.
    if before == after:
        with _remembering:
            _hashed.pop(str(path), None)
            while len(_hashed) >= REMEMBERED:
                del _hashed[next(iter(_hashed))]
            _hashed[str(path)] = before, digest.hexdigest()
    return read, digest.hexdigest()


def require_same(path: Path, size_bytes: int, sha256: str, progress: Progress = QUIET) -> None:
    """Check that a file holds the bytes with that hash. It is read only if it is not as it was when it was hashed.

    Raises:
        VideoNotFound: it is gone, or holds others (problem ``vanished``), or the disk failed (``failed``).
        Cancelled: only while the file is read.
    """
    try:
        found = identity_of(path)
    except OSError:
        raise VideoNotFound(path, "vanished") from None
    if _hashed.get(str(path)) == (found, sha256):
        return
    try:
        same = found.size_bytes == size_bytes and hashed(path, progress) == (size_bytes, sha256)
    except VideoNotFound as error:
        if error.problem == "failed":
            raise
        same = False
    if not same:
        raise VideoNotFound(path, "vanished")
