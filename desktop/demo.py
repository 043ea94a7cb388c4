"""The demo case: one definition for the command line and the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from desktop.cases.case import Case
from desktop.cases.library import CaseLibrary
from desktop.cases.records import CaseDetails

DETAILS = CaseDetails(
    number="DEMO",
    title="Demonstration case",
    question="Does the recording show signs that the face was manipulated?",
    scope="The bundled clip, all of it.",
    note="Made by this program from a public-domain portrait; about a third of it is blended with an altered copy.",
)


def demo_case(root: Path, examiner: str = "") -> Case:
    """The demo case among the cases in a folder, for writing; a new one when there is none that is free.

    Raises:
        CaseNotSaved
    """
    library = CaseLibrary(root)
    for summary in library.cases():
        if summary.details.number == DETAILS.number:
            case = library.open(summary.folder)
            if not case.read_only:
                return case
            case.close()
    return library.create(replace(DETAILS, examiner=examiner))
