"""The door for documents that an older program wrote.

A document carries ``schema``. To change the shape of a table's documents, raise its number in :data:`SCHEMAS` and
register the step in :data:`STEPS`; steps run one after the other, from what a document says to what this program knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from desktop.cases.errors import CaseTooNew, CaseUnreadable

Document = dict[str, Any]
Step = Callable[[Document], Document]

SCHEMAS: Mapping[str, int] = {
    "case": 1,
    "evidence": 1,
    "analyses": 1,
    "reviews": 1,
    "conclusions": 1,
    "reports": 1,
    "certificates": 1,
    "custody": 1,
}
"""What this program writes, per table."""

STEPS: Mapping[tuple[str, int], Step] = {}
"""Per table and schema number the step to the next number."""


def migrate(
    tables: Mapping[str, Mapping[str, Document]],
    path: Path,
    schemas: Mapping[str, int] = SCHEMAS,
    steps: Mapping[tuple[str, int], Step] = STEPS,
) -> tuple[dict[str, dict[str, Document]], tuple[tuple[str, str], ...]]:
    """The tables as this program knows them, and ``(table, number)`` of each document that had to be changed.

    Raises:
        CaseTooNew: a table or a schema number that this program does not know.
        CaseUnreadable: a document without a schema number, or with one that no step leads on from.
    """
    result: dict[str, dict[str, Document]] = {}
    changed: list[tuple[str, str]] = []
    for table, documents in tables.items():
        if table not in schemas:
            raise CaseTooNew(path, table, 0, 0)
        result[table] = {}
        for number, document in documents.items():
            result[table][number] = _migrated(table, document, path, schemas[table], steps)
            if result[table][number] is not document:
                changed.append((table, number))
    return result, tuple(changed)


def _migrated(
    table: str, document: Document, path: Path, known: int, steps: Mapping[tuple[str, int], Step]
) -> Document:
    schema = document.get("schema")
    if type(schema) is not int or schema < 1:
        raise CaseUnreadable(path, f"a document in {table!r} has no schema number")
    if schema > known:
        raise CaseTooNew(path, table, schema, known)
    for number in range(schema, known):
        if (step := steps.get((table, number))) is None:
            raise CaseUnreadable(path, f"no step leads on from schema {number} of {table!r}")
        document = {**step(dict(document)), "schema": number + 1}
    return document
