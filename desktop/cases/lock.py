"""One writer per case."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from desktop.cases.names import CASE_FILE, LOCK_FILE

IN_USE = "in use"
NOT_WRITABLE = "not writable"


class WriterLock:
    """The operating system's lock on ``case.lock``; it goes with the process that holds it, so none is ever stale."""

    def __init__(self, folder: Path) -> None:
        self._file = FileLock(folder / LOCK_FILE, thread_local=False)
        self.refused = self._take(folder)
        """Why it was not had, ``in use`` or ``not writable``; empty when it was."""

    def release(self) -> None:
        """Let others write. May be called again."""
        self._file.release()

    def _take(self, folder: Path) -> str:
        case_file = folder / CASE_FILE
        if not os.access(folder, os.W_OK) or (case_file.exists() and not os.access(case_file, os.W_OK)):
            return NOT_WRITABLE
        try:
            self._file.acquire(timeout=0)
        except Timeout:
            return IN_USE
        except (OSError, NotImplementedError):
            return NOT_WRITABLE
        return ""
