"""Analyses against what they rest on: the label against the scores, the case's note against the file.

A hash says only that a file is the one that was recorded; whoever can write the folder can record another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from desktop.cases import results
from desktop.cases.documents import to_document
from desktop.cases.errors import CaseError
from desktop.cases.names import ANALYSES
from desktop.cases.records import ANOTHER_ENTRY, NOT_FOLLOWING, AnalysisEntry, CaseSnapshot, Difference
from genconvit.errors import AnalysisInvalid
from genconvit.records import Analysis
from genconvit.verdict import follows

_LONGEST = 60
_OWN = frozenset({"id", "evidence", "sha256", "made_at", "pictures"})
"""What the case adds to an analysis; pictures have hashes of their own, and the log holds the rest."""


def compare(case: CaseSnapshot) -> Iterator[Difference]:
    """Analyses whose verdict does not follow from their scores, and entries that say other than the analysis does.

    A file that is missing or not the recorded one is left to the comparison of hashes.
    """
    hashes = {evidence.id: evidence.sha256 for evidence in case.evidence}
    for entry in case.analyses:
        name = f"{ANALYSES}/{entry.id}.json"
        try:
            analysis = results.read(case.folder, entry)
        except CaseError:
            continue
        except AnalysisInvalid as error:
            yield Difference(name, "unreadable", entry.sha256, str(error))
            continue
        if not follows(analysis):
            yield Difference(name, NOT_FOLLOWING)
        yield from _entry(name, entry, analysis, hashes.get(entry.evidence, ""))


def _entry(name: str, entry: AnalysisEntry, analysis: Analysis, video_sha256: str) -> Iterator[Difference]:
    said = to_document(results.entry_of(entry.id, entry.evidence, entry.sha256, analysis, ()))
    noted = to_document(entry)
    names = [field.name for field in fields(AnalysisEntry) if field.name not in _OWN]
    pairs = [(name, said[name], noted[name]) for name in names]
    # A link to another video's evidence would print one video's result as another's.
    pairs.append(("video SHA-256", analysis.video.sha256, video_sha256))
    if differing := [pair for pair in pairs if pair[1] != pair[2]]:
        expected, found = (", ".join(f"{pair[0]} {_short(pair[place])}" for pair in differing) for place in (1, 2))
        yield Difference(name, ANOTHER_ENTRY, expected, found)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST + 4 else f"{text[:_LONGEST]}…"
