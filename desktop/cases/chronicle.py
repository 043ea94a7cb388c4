"""Documents against the custody log: a line brought each in, holds its hash and says what it says; and no line's
document is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from desktop.cases.documents import digest
from desktop.cases.names import CASE_FILE
from desktop.cases.records import CustodyEvent, Difference
from desktop.cases.storage import Tables

Vouched = Counter[tuple[str, str]]
"""Per table and SHA-256 of a document, how many of it there should be."""


def compare(tables: Tables, events: Sequence[CustodyEvent]) -> tuple[Difference, ...]:
    """Documents that no line vouches for, or that say other than their line (``changed``), and lines whose document is
    not there (``missing``).

    Args:
        tables: as they stand in the file, before any migration.
    """
    return (*_case(tables, events), *_documents(tables, events), *_facts(tables, events))


def _documents(tables: Tables, events: Sequence[CustodyEvent]) -> Iterator[Difference]:
    left = _vouched(events)
    for table in sorted(set(tables) - {"case", "custody"}):
        for number, document in tables[table].items():
            found = (table, digest(document))
            if left[found] > 0:
                left[found] -= 1
            else:
                yield Difference(f"{CASE_FILE}, {table} {number}", "changed", "", found[1])
    for (table, sha256), count in left.items():
        for _ in range(count):
            yield Difference(f"{CASE_FILE}, {table}", "missing", sha256)


def _facts(tables: Tables, events: Sequence[CustodyEvent]) -> Iterator[Difference]:
    """What stands in a document and in the line that brought it in must be the same. A migrated one has other words."""
    lines = {(event.facts.get("table"), event.facts.get("document_sha256")): event.facts for event in events}
    for table in sorted(set(tables) - {"case", "custody"}):
        for number, document in tables[table].items():
            facts = lines.get((table, digest(document)), {})
            for name in facts.keys() & document.keys():
                if facts[name] != document[name]:
                    place = f"{CASE_FILE}, {table} {number}, {name}"
                    yield Difference(place, "changed", str(facts[name]), str(document[name]))


def _vouched(events: Sequence[CustodyEvent]) -> Vouched:
    vouched: Vouched = Counter()
    for event in events:
        table, sha256 = event.facts.get("table"), event.facts.get("document_sha256")
        if isinstance(table, str) and isinstance(sha256, str):
            vouched[(table, sha256)] += 1
        for name, before, after in _migrated(event.facts):
            if vouched[(name, before)] > 0:
                vouched[(name, before)] -= 1
                vouched[(name, after)] += 1
    return vouched


def _migrated(facts: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    documents = facts.get("documents")
    for entry in documents if isinstance(documents, list) else ():
        if isinstance(entry, list) and len(entry) == 3 and all(isinstance(part, str) for part in entry):
            yield entry[0], entry[1], entry[2]


def _case(tables: Tables, events: Sequence[CustodyEvent]) -> Iterator[Difference]:
    (case,) = tables["case"].values()
    created = events[0].facts.get("case") if events else None
    if created != case.get("id"):
        yield Difference(f"{CASE_FILE}, case", "changed", str(created or ""), str(case.get("id")))
    # No hash covers these two; the log has them as the times of its first and its last line.
    for name, line in (("created_at", events[:1]), ("changed_at", events[-1:])):
        if line and case.get(name) != line[0].at:
            yield Difference(f"{CASE_FILE}, case, {name}", "changed", line[0].at, str(case.get(name)))
    details = [event.facts["details_sha256"] for event in events if "details_sha256" in event.facts]
    expected, found = str(details[-1]) if details else "", digest(case.get("details", {}))
    if expected != found:
        yield Difference(f"{CASE_FILE}, details", "changed", expected, found)
