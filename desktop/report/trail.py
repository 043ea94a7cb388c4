"""The section on integrity: the case's hashes checked again, and the custody log with its chain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from desktop.cases.records import CaseSnapshot, CustodyEvent, Difference
from desktop.report.blocks import Block, Column, Field, Fields, Paragraph, Section, Table
from desktop.report.words import NOT_SUPPLIED, count, stamp, supplied, whole

ALL_AGREE = "Every hash that is recorded in the case was computed again for this report, and all of them agree."
MOST_NAMED = 40
"""Files without a record that are named."""
CHAIN = (
    "Each entry of the log carries a SHA-256 over its own content and the hash of the entry before it. Whoever can "
    "write the case folder can also write the whole log anew: the chain shows a change only against a chain head kept "
    "elsewhere, such as the one printed in this section, in an earlier report, or written down by another person."
)


def sections(snapshot: CaseSnapshot, differences: Sequence[Difference]) -> tuple[Section, ...]:
    """Integrity of the case, and the log."""
    return (
        Section("Integrity and custody"),
        Section("Integrity of the case folder", (*_integrity(differences), *_head(snapshot.custody)), level=2),
        Section("Custody log", _log(snapshot.custody, differences), level=2),
    )


def differing(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Those in which something recorded differs; a file without a record is none."""
    return tuple(d for d in differences if not d.note)


def _integrity(differences: Sequence[Difference]) -> tuple[Block, ...]:
    return (*_disagreeing(differing(differences)), *_unrecorded([d.object for d in differences if d.note]))


def _head(custody: Sequence[CustodyEvent]) -> tuple[Block, ...]:
    if not custody:
        return ()
    last = custody[-1]
    rows = (
        Field("Chain head", f"Entry {last.number} of the custody log, {stamp(last.at)}", "strong"),
        Field("Its SHA-256", supplied(last.sha256), "hash"),
    )
    text = (
        "The head of the custody log when this report was made, before the entry on the report itself. "
        "“verify --head” with this hash tells whether a case folder still holds this log."
    )
    return (Fields(rows), Paragraph(text, "small"))


def _disagreeing(differences: Sequence[Difference]) -> tuple[Block, ...]:
    if not differences:
        return (Paragraph(ALL_AGREE),)
    columns = (
        Column("Object", 1.0),
        Column("Problem", kind="strong"),
        Column("Recorded", kind="hash"),
        Column("Found", kind="hash"),
    )
    rows = tuple((supplied(d.object), d.problem, d.expected or "none", d.found or "none") for d in differences)
    are = "is" if len(rows) == 1 else "are"
    text = f"{count(len(rows), 'object')} of the case folder {are} not as recorded:"
    return (Paragraph(text, "statement"), Table(columns, rows, small=True))


def _unrecorded(names: Sequence[str]) -> tuple[Block, ...]:
    if not names:
        return ()
    are = "is" if len(names) == 1 else "are"
    named = ", ".join(supplied(name) for name in names[:MOST_NAMED])
    more = f", and {whole(len(names) - MOST_NAMED)} more" if len(names) > MOST_NAMED else ""
    text = (
        f"{count(len(names), 'file')} in the folder {are} not recorded in the case. Nothing in this report rests on "
        f"what is not recorded; an interrupted task may leave such a file, and so may a person or another program: "
        f"{named}{more}."
    )
    return (Paragraph(text),)


def _log(custody: Sequence[CustodyEvent], differences: Sequence[Difference]) -> tuple[Block, ...]:
    if not custody:
        return (Paragraph(f"Custody log: {NOT_SUPPLIED}.", "statement"),)
    columns = (
        Column("No.", kind="number"),
        Column("When"),
        Column("Who", 0.45),
        Column("What", 1.0),
        Column("SHA-256 of the entry", kind="hash"),
    )
    rows = tuple((str(e.number), stamp(e.at), supplied(e.who), _what(e), supplied(e.sha256)) for e in custody)
    return (Paragraph(CHAIN), chain(custody, differences), Table(columns, rows, small=True))


def chain(custody: Sequence[CustodyEvent], differences: Sequence[Difference]) -> Paragraph:
    """Whether the log holds together: no break was found in the check, and each entry names the one before it."""
    breaks = [f"{d.object}: {d.problem}" for d in differences if d.problem == "chain broken"]
    for before, after in pairwise(custody):
        if after.previous != before.sha256 or after.number != before.number + 1:
            breaks.append(f"entry {after.number} does not follow entry {before.number}")
    if breaks:
        return Paragraph(f"Chain check: BROKEN. {'; '.join(dict.fromkeys(breaks))}.", "statement")
    return Paragraph(f"Chain check: unbroken over {count(len(custody), 'entry', 'entries')}.", "statement")


def _what(event: CustodyEvent) -> str:
    return "\n".join((event.what, *(f"{name}: {_fact(value)}" for name, value in event.facts.items())))


def _fact(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
