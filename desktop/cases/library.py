"""The cases in one folder, and an index beside them that can be made again from them at any time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from desktop.cases.case import Case
from desktop.cases.documents import Document, NotARecord, from_document, to_document
from desktop.cases.durable import saving, write_whole
from desktop.cases.errors import CaseError, CaseFolderTaken, CaseNotSaved
from desktop.cases.ledger import snapshot
from desktop.cases.migrations import migrate
from desktop.cases.names import CASE_FILE, folder_name, unique
from desktop.cases.opening import create_case, open_case
from desktop.cases.records import CaseDetails, CaseSnapshot, CaseSummary
from desktop.cases.storage import parse, read_bytes

INDEX_FILE = "index.json"
SCHEMA = 1


class CaseLibrary:
    """A folder of cases. The index only saves reading every case; nothing is lost with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._problems: tuple[CaseError, ...] = ()

    def cases(self) -> tuple[CaseSummary, ...]:
        """What there is, last changed first. Folders that are no case are passed over."""
        return self._look(self._index())

    def problems(self) -> tuple[CaseError, ...]:
        """Why folders that have a ``case.json`` are not in the list that :meth:`cases` gave last."""
        return self._problems

    def create(self, details: CaseDetails) -> Case:
        """Make a case in a folder named after its number.

        Raises:
            CaseNotSaved
        """
        with saving(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        while True:
            with saving(self.root):
                name = unique(folder_name(details.number), "", self.root)
            with suppress(CaseFolderTaken):
                return create_case(self.root / name, details)

    def open(self, folder: Path) -> Case:
        """Open a case, from here or from elsewhere. Raises CaseNotFound, CaseUnreadable, CaseTooNew."""
        return open_case(folder)

    def _look(self, index: Mapping[str, Document]) -> tuple[CaseSummary, ...]:
        entries: dict[str, Document] = {}
        found: list[CaseSummary] = []
        problems: list[CaseError] = []
        for folder in self._folders():
            try:
                entry = index.get(folder.name)
                stamp = _stamp(folder)
                if entry is None or entry.get("stamp") != stamp:
                    entry = {"stamp": stamp, "summary": _described(folder)}
                found.append(_summary(folder, entry["summary"]))
                entries[folder.name] = entry
            except CaseError as error:
                problems.append(error)
        self._problems = tuple(problems)
        if entries != index:
            self._save(entries)
        return tuple(sorted(found, key=lambda case: (case.changed_at, case.id), reverse=True))

    def _folders(self) -> list[Path]:
        try:
            return sorted(folder for folder in self.root.iterdir() if (folder / CASE_FILE).is_file())
        except OSError:
            return []

    def _index(self) -> dict[str, Document]:
        try:
            document = json.loads((self.root / INDEX_FILE).read_text(encoding="utf-8"))
            cases = document["cases"] if document["schema"] == SCHEMA else {}
            for name, entry in cases.items():
                _summary(self.root / name, entry["summary"])
            return dict(cases)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}

    def _save(self, entries: Mapping[str, Document]) -> None:
        data = json.dumps({"schema": SCHEMA, "cases": entries}, ensure_ascii=False, indent=1)
        path = self.root / INDEX_FILE
        # The list is right without it, only slower.
        with suppress(CaseNotSaved):
            write_whole(path, data.encode("utf-8", "backslashreplace"), path.with_name(f"{INDEX_FILE}.part"))


def summarize(case: CaseSnapshot) -> CaseSummary:
    """The row of a case."""
    newest = {entry.evidence: entry.label for entry in case.analyses}
    labels = tuple(newest[evidence.id] for evidence in case.evidence if evidence.id in newest)
    return CaseSummary(case.id, case.folder, case.details, case.created_at, case.changed_at, len(case.evidence), labels)


def _described(folder: Path) -> Document:
    path = folder / CASE_FILE
    tables, _ = migrate(parse(path, read_bytes(path)), path)
    document = to_document(summarize(snapshot(folder, tables, read_only=True)))
    del document["folder"]
    return document


def _summary(folder: Path, document: Any) -> CaseSummary:
    if not isinstance(document, dict):
        raise NotARecord("summary must be a table")
    return from_document(CaseSummary, {**document, "folder": str(folder)})


def _stamp(folder: Path) -> list[int]:
    try:
        information = (folder / CASE_FILE).stat()
    except OSError:
        return [0, 0]
    return [information.st_mtime_ns, information.st_size]
