"""What an evaluation has found so far, kept so that a kill at any moment loses at most the files under way."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from genconvit.evaluation.results import Result


class JournalUnfit(Exception):
    """A journal that this version did not write; the text says where."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells without reading it that a file is not the one that it was."""

    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A result, and the file's stamp before it was examined; None where there was no file."""

    result: Result
    stamp: Stamp | None


class Journal:
    """A file of one JSON object a line; a later line about a file goes before an earlier one.

    A line counts once it has its line end. What a kill left of a last line is cut off on opening, and a line that
    is no JSON, as a power cut leaves it, is passed over: its file is examined again.

    Attributes:
        entries: by the result's ``file``.
    """

    def __init__(self, path: Path) -> None:
        """Open for reading and appending; made if it is not there.

        Raises:
            JournalUnfit: it holds JSON of another shape; nothing was changed.
            OSError
        """
        content = path.read_bytes() if path.exists() else b""
        whole = content.rfind(b"\n") + 1
        found = (_read(line, f"{path}, line {number}") for number, line in enumerate(content[:whole].splitlines(), 1))
        self.entries = {entry.result.file: entry for entry in found if entry is not None}
        self._file = path.open("ab")
        if whole < len(content):
            self._file.truncate(whole)

    def append(self, result: Result, stamp: Stamp | None) -> None:
        """On the disk when this returns. Raises OSError, for example when the disk is full."""
        entry = Entry(result, stamp)
        self._file.write(json.dumps(asdict(entry), ensure_ascii=True).encode("ascii") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries[result.file] = entry

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stamp_of(path: Path) -> Stamp | None:
    """None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def _read(line: bytes, place: str) -> Entry | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    try:
        result, stamp = document["result"], document["stamp"]
        return Entry(Result(**result), None if stamp is None else Stamp(**stamp))
    except (ValueError, TypeError, KeyError):
        raise JournalUnfit(f"{place} is not a result as this version writes it") from None
