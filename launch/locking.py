"""One run.py at a time works on an environment. The system drops the lock with the process, however that ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from launch.words import say


def try_lock(handle: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def only_one(file: Path) -> Iterator[int]:
    """Holds the lock, waiting for another run.py if there is one. Gives the lock's file descriptor."""
    with file.open("a+b") as handle:
        if not try_lock(handle):
            say(f"Another run.py is setting up {file.parent}: waiting for it.")
            while not try_lock(handle):
                time.sleep(0.2)
        yield handle.fileno()
