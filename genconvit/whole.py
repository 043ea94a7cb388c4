"""Files that are whole or not there, whatever happens in between: a kill, a full disk, a power cut."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

WINDOWS = os.name == "nt"
_REPLACE_TRIES = 20


def write(path: Path, data: bytes, temporary: Path | None = None) -> None:
    """Make or replace ``path`` so that it holds either what it held or ``data``; see :func:`replacing`."""
    with replacing(path, temporary) as part, part.open("wb") as file:
        file.write(data)


@contextmanager
def replacing(path: Path, temporary: Path | None = None) -> Iterator[Path]:
    """A place to write a file, which becomes ``path`` when the block ends well, and otherwise goes away.

    Args:
        temporary: that place, on the disk of ``path``; overwritten. Left out it is a hidden name of its own beside
            ``path``, so that no file of anybody is overwritten.

    Raises:
        OSError: nothing was changed.
    """
    part = temporary or path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield part
        with part.open("rb+") as file:
            flush(file)
        rename(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
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
