"""The custody log: who did what, when; each line covers the one before.

The lines are documents of ``case.json``, so that a change and its line reach the disk together or not at all. A line's
``sha256`` is that of the canonical JSON (keys sorted, no spaces, UTF-8, a newline at the end) of all its other fields;
``previous`` is the ``sha256`` of the line before, 64 zeros in the first. Cutting lines off the end leaves a chain that
holds, and is noticed because every other document of the case is named, with its hash, by the line that brought it in.
Whoever can write the folder can write documents and log anew, chained as they should be: the chain shows a change only
against a chain head kept elsewhere, the number and ``sha256`` of a last line. Every report and every check prints it.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from desktop.cases.documents import digest, to_document
from desktop.cases.records import CustodyEvent, Difference

START = "0" * 64


def next_event(last: CustodyEvent | None, at: str, who: str, what: str, facts: dict[str, Any]) -> CustodyEvent:
    """The line that follows ``last``, None for the first."""
    number, previous = (1, START) if last is None else (last.number + 1, last.sha256)
    return _sealed(CustodyEvent(number, at, who or os_user(), what, facts, previous, ""))


def check(events: Sequence[CustodyEvent]) -> tuple[Difference, ...]:
    """Lines that do not follow from the one before, as ``chain broken``. Empty when the chain holds, which it does as
    well where someone has chained the whole log anew."""
    differences: list[Difference] = []
    previous = START
    for number, event in enumerate(events, start=1):
        sealed = _sealed(event).sha256
        if event.number != number:
            differences.append(_broken(event.number, f"line {number}", f"line {event.number}"))
        if event.previous != previous:
            differences.append(_broken(event.number, previous, event.previous))
        if event.sha256 != sealed:
            differences.append(_broken(event.number, event.sha256, sealed))
        previous = event.sha256
    return tuple(differences)


def os_user() -> str:
    """The name of the account, for a case without an examiner."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _sealed(event: CustodyEvent) -> CustodyEvent:
    document = to_document(event)
    del document["sha256"]
    return replace(event, sha256=digest(document))


def _broken(number: int, expected: str, found: str) -> Difference:
    return Difference(f"case.json, custody line {number}", "chain broken", expected, found)
