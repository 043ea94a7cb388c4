"""The documents of a case. Every change brings its custody line, in one write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from tinydb import TinyDB

from desktop.cases import custody
from desktop.cases.documents import Document, NotARecord, digest, from_document, to_document
from desktop.cases.errors import CaseUnreadable
from desktop.cases.migrations import SCHEMAS, migrate
from desktop.cases.names import CASE_FILE
from desktop.cases.records import (
    AnalysisEntry,
    CaseDetails,
    CaseSnapshot,
    CertificateEntry,
    Conclusion,
    CustodyEvent,
    Evidence,
    ReportEntry,
    Review,
)
from desktop.cases.stamps import new_id, now
from desktop.cases.storage import AtomicStorage, Tables

T = TypeVar("T")

TABLES: Mapping[type, str] = {
    Evidence: "evidence",
    AnalysisEntry: "analyses",
    Review: "reviews",
    Conclusion: "conclusions",
    ReportEntry: "reports",
    CertificateEntry: "certificates",
}


class Ledger:
    """Reads and writes ``case.json``. Not for several threads: the case locks."""

    def __init__(self, folder: Path) -> None:
        """Raises CaseUnreadable when there is a ``case.json`` that is not JSON."""
        self._folder = folder
        self._db = TinyDB(folder / CASE_FILE, storage=AtomicStorage)
        self._storage: AtomicStorage = self._db.storage  # type: ignore[assignment]

    def begin(self, details: CaseDetails, program: str) -> None:
        """Write the first documents of a new case. Raises CaseNotSaved."""
        at, case_id = now(), new_id()
        document = {"schema": SCHEMAS["case"], "id": case_id, "created_at": at, "changed_at": at}
        document["details"] = to_document(details)
        with self._storage.transaction():
            self._db.table("case").insert(document)
            facts = {"case": case_id, "program": program, **_stated(details)}
            self._log("case created", details.examiner, facts, at)

    def load(self, writing: bool) -> None:
        """Read the file (again), and bring documents of an older program up to date.

        Raises:
            CaseNotFound, CaseUnreadable, CaseTooNew
            CaseNotSaved: only when ``writing``.
        """
        self._storage.reload()
        before: Tables = self._storage.read() or {}
        after, changed = migrate(before, self._folder / CASE_FILE)
        snapshot(self._folder, after, read_only=True)
        if changed and writing:
            documents = [[t, digest(before[t][n]), digest(after[t][n])] for t, n in changed]
            with self._storage.transaction():
                self._storage.write(after)
                self._log("documents migrated", "", {"documents": documents})
        elif changed:
            self._storage.adopt(after)

    def add(self, record: object, what: str, who: str, facts: Mapping[str, Any]) -> None:
        """Insert a record and its custody line. Raises CaseNotSaved; nothing was changed then."""
        table = TABLES[type(record)]
        document = {"schema": SCHEMAS[table], **to_document(record)}
        with self._storage.transaction():
            self._db.table(table).insert(document)
            self._log(what, who, {**facts, "table": table, "document_sha256": digest(document)})

    def note(self, what: str, who: str, facts: Mapping[str, Any]) -> None:
        """Add a custody line that brings no document. Raises CaseNotSaved; nothing was changed then."""
        with self._storage.transaction():
            self._log(what, who, facts)

    def change(self, details: CaseDetails) -> None:
        """Replace the details; what they were stays in the log. Raises CaseNotSaved."""
        before, after = to_document(self.details()), to_document(details)
        changes = {name: [before[name], text] for name, text in after.items() if before[name] != text}
        if changes:
            with self._storage.transaction():
                self._db.table("case").update({"details": after})
                self._log("details changed", details.examiner, {"changes": changes, **_stated(details)})

    def saved(self) -> bytes:
        """The bytes of ``case.json`` as this program last read or wrote them."""
        return self._storage.saved

    def details(self) -> CaseDetails:
        """What the examiner entered for the case."""
        (case,) = (self._storage.read() or {})["case"].values()
        return from_document(CaseDetails, case["details"])

    def find(self, kind: type[T], record_id: str) -> T | None:
        """The record with that id, without making records of all the others."""
        for document in (self._storage.read() or {}).get(TABLES[kind], {}).values():
            if document.get("id") == record_id:
                return from_document(kind, document)
        return None

    def snapshot(self, read_only: bool) -> CaseSnapshot:
        """All documents as records."""
        return snapshot(self._folder, self._storage.read() or {}, read_only)

    def _log(self, what: str, who: str, facts: Mapping[str, Any], at: str = "") -> None:
        lines = (self._storage.read() or {}).get("custody", {})
        last = from_document(CustodyEvent, lines[max(lines, key=int)]) if lines else None
        event = custody.next_event(last, at or now(), who, what, dict(facts))
        self._db.table("custody").insert({"schema": SCHEMAS["custody"], **to_document(event)})
        self._db.table("case").update({"changed_at": event.at})


def snapshot(folder: Path, tables: Tables, read_only: bool) -> CaseSnapshot:
    """The records in the tables of a ``case.json`` that is up to date.

    Raises:
        CaseUnreadable: no or several case documents, or a document that is not what its table holds.
    """
    try:
        (case,) = tables.get("case", {}).values()
        return CaseSnapshot(
            id=_text(case, "id"),
            folder=folder,
            read_only=read_only,
            details=from_document(CaseDetails, case.get("details", {})),
            created_at=_text(case, "created_at"),
            changed_at=_text(case, "changed_at"),
            evidence=_records(Evidence, tables),
            analyses=_records(AnalysisEntry, tables),
            reviews=_records(Review, tables),
            conclusions=_records(Conclusion, tables),
            reports=_records(ReportEntry, tables),
            custody=tuple(from_document(CustodyEvent, d) for _, d in _in_order(tables, "custody")),
            certificates=_records(CertificateEntry, tables),
        )
    except NotARecord as error:
        raise CaseUnreadable(folder / CASE_FILE, str(error)) from None
    except ValueError:
        raise CaseUnreadable(folder / CASE_FILE, "there must be one case in it") from None


def _records(kind: type[T], tables: Tables) -> tuple[T, ...]:
    return tuple(from_document(kind, document) for _, document in _in_order(tables, TABLES[kind]))


def _in_order(tables: Tables, table: str) -> list[tuple[str, Document]]:
    return sorted(tables.get(table, {}).items(), key=lambda item: int(item[0]))


def _text(case: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := case.get(name), str):
        raise NotARecord(f"case.{name} must be a text")
    return value


def _stated(details: CaseDetails) -> dict[str, str]:
    return {"details_sha256": digest(to_document(details))}
