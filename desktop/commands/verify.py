"""`verify`: is a case folder what it was recorded to be?"""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop.cases.errors import CaseError
from desktop.cases.records import Difference
from desktop.cases.verify import check
from desktop.commands import exits
from desktop.commands.console import Bar, complain, row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="CASE_DIR", type=Path)
    parser.add_argument(
        "--head", metavar="SHA256", default="", help="a chain head that was kept elsewhere; the log must hold it"
    )


def run(args: argparse.Namespace) -> int:
    """Print the objects that differ, one per line: problem, object, what was recorded, what was found; tabs between.

    Files that no document names are printed too, but nothing recorded differs by them. The head of the custody log
    comes last: keep it elsewhere, for only against it does the chain show that the log was written anew.
    """
    try:
        with Bar(args.folder.name) as bar:
            outcome = check(args.folder, bar.progress)
    except CaseError as error:
        complain(str(args.folder), error)
        return exits.CASE
    for difference in outcome.differences:
        row(*_columns(difference))
    differs = any(not difference.note for difference in outcome.differences)
    head = args.head.strip().lower()
    if head and all(event.sha256 != head for event in outcome.custody):
        row("missing", "custody log, chain head", f"recorded {head}")
        differs = True
    if not differs:
        print(f"all {outcome.objects} recorded objects are as recorded")
    if outcome.custody:
        last = outcome.custody[-1]
        row("head", f"custody line {last.number}", last.sha256)
    return exits.DIFFERS if differs else exits.DONE


def _columns(difference: Difference) -> tuple[str, ...]:
    facts = (("recorded", difference.expected), ("found", difference.found))
    return (difference.problem, difference.object, *(f"{name} {text}" for name, text in facts if text))
