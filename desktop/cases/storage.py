"""``case.json`` under TinyDB: replaced whole or left as it was, and several changes as one.

TinyDB's own JSONStorage writes in place, so that a kill in the middle leaves unreadable JSON. There is no second copy
of the file: a replacement that is complete before it takes the name leaves nothing for a copy to save.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from desktop.cases.durable import problem_of, write_whole
from desktop.cases.errors import CaseNotFound, CaseUnreadable

Tables = dict[str, dict[str, dict[str, Any]]]


class AtomicStorage(Storage):
    """Holds the documents in memory and the file in step with them. Not for several threads: the case locks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved: bytes | None = None
        self._tables: Tables = {}
        self._depth = 0
        if path.exists():
            self.reload()

    @property
    def saved(self) -> bytes:
        """What was last read from or written to the file; empty before the first time."""
        return self._saved or b""

    def read(self) -> Tables | None:
        return self._tables or None

    def write(self, data: Tables) -> None:
        """Raises CaseNotSaved; the documents are then again what the file holds."""
        self._tables = data
        if self._depth == 0:
            self._save()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within reach the disk as one, or none of them does.

        Raises:
            CaseNotSaved
        """
        self._depth += 1
        try:
            yield
        except BaseException:
            self._tables = decode(self._saved) if self._saved else {}
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            self._save()

    def reload(self) -> None:
        """Read the file again. Raises CaseNotFound, CaseUnreadable."""
        data = read_bytes(self._path)
        if data != self._saved:
            self._tables = parse(self._path, data)
            self._saved = data

    def adopt(self, tables: Tables) -> None:
        """Show these documents instead, without touching the file: migrated ones, until something is written."""
        self._tables = tables

    def _save(self) -> None:
        data = b""
        try:
            data = encode(self._tables)
            if data != self._saved:
                write_whole(self._path, data, self._path.with_name(f"{self._path.name}.part"))
        except BaseException:
            # An interruption may come when the new file has the name already.
            if data and self._holds(data):
                self._saved = data
            self._tables = decode(self._saved) if self._saved else {}
            raise
        self._saved = data

    def _holds(self, data: bytes) -> bool:
        try:
            return self._path.read_bytes() == data
        except OSError:
            return False


def encode(tables: Tables) -> bytes:
    """UTF-8 that people can read, a document per line. A file name that is no Unicode keeps its surrogates escaped."""
    # json's own indenting is ten times slower, and a case is written with every mark of the examiner.
    text = ",\n".join(f"{_text(name)}: {{{_lines(documents)}}}" for name, documents in tables.items())
    return f"{{\n{text}\n}}\n".encode("utf-8", "backslashreplace")


def decode(data: bytes) -> Tables:
    """The reverse of :func:`encode`. Raises ValueError."""
    tables = json.loads(data.decode("utf-8"), parse_constant=_no_number)
    if not isinstance(tables, dict) or not all(_is_table(table) for table in tables.values()):
        raise ValueError("not tables of documents")
    return tables


def parse(path: Path, data: bytes) -> Tables:
    """:func:`decode` for a file that came from outside. Raises CaseUnreadable."""
    try:
        return decode(data)
    except (ValueError, RecursionError) as error:
        raise CaseUnreadable(path, str(error)) from None


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises CaseNotFound, CaseUnreadable."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise CaseNotFound(path.parent) from None
    except OSError as error:
        raise CaseUnreadable(path, problem_of(error)) from None


def _lines(documents: dict[str, dict[str, Any]]) -> str:
    lines = ",".join(f"\n {_text(number)}: {_text(document)}" for number, document in documents.items())
    return f"{lines}\n" if lines else ""


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def _is_table(table: object) -> bool:
    return isinstance(table, dict) and all(
        number.isdecimal() and isinstance(document, dict) for number, document in table.items()
    )
