"""What an evaluation has found so far, kept so that a kill at any moment loses at most the files under way."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from genconvit.evaluation.results import Result


class Journal:
    """A file of one JSON object a line; a later line about a file goes before an earlier one.

    A line counts once it has its line end. What a kill left of a last line is cut off on opening, and a line that
    cannot be read is passed over: its file is examined again.

    Attributes:
        rows: by the result's ``file``.
    """

    def __init__(self, path: Path) -> None:
        """Open for reading and appending; made if it is not there. Raises OSError."""
        content = path.read_bytes() if path.exists() else b""
        whole = content.rfind(b"\n") + 1
        found = (_read(line) for line in content[:whole].splitlines())
        self.rows = {result.file: result for result in found if result is not None}
        self._file = path.open("ab")
        if whole < len(content):
            self._file.truncate(whole)

    def append(self, result: Result) -> None:
        """On the disk when this returns. Raises OSError, for example when the disk is full."""
        self._file.write(json.dumps(asdict(result), ensure_ascii=True).encode("ascii") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.rows[result.file] = result

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read(line: bytes) -> Result | None:
    try:
        return Result(**json.loads(line))
    except (ValueError, TypeError):
        return None
