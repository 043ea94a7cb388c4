"""A video of the case with everything the case holds about it, gathered once for all sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.cases.names import ANALYSES
from desktop.cases.records import (
    ANOTHER_ENTRY,
    NOT_FOLLOWING,
    AnalysisEntry,
    CaseSnapshot,
    CertificateEntry,
    Conclusion,
    CustodyEvent,
    Difference,
    Evidence,
    Review,
)
from genconvit.certificate import Certificate
from genconvit.records import Analysis


@dataclass(frozen=True, slots=True)
class Subject:
    """``entry`` is the newest analysis whose record was handed in and stood the check, and ``analysis`` that record;
    ``older`` are all others, newest first. ``difference`` is what the integrity check found wrong with the file."""

    number: int
    evidence: Evidence
    entry: AnalysisEntry | None
    analysis: Analysis | None
    older: tuple[AnalysisEntry, ...]
    reviews: tuple[Review, ...]
    """Of the reported analysis, oldest first."""
    other_reviews: tuple[Review, ...]
    """Of all other analyses of the item, oldest first."""
    conclusions: tuple[Conclusion, ...]
    """Oldest first."""
    difference: Difference | None
    logged_sha256: str
    """The hash at intake as the custody log has it; empty where it has none."""
    withheld: Mapping[str, str]
    """Per id of an analysis why nothing of it is printed as a result."""
    certificate_entry: CertificateEntry | None
    """The newest of the reported analysis whose record was handed in and is about its video and method, and
    ``certificate`` that record."""
    certificate: Certificate | None
    certificates_withheld: int
    """How many of the reported analysis are not."""

    @property
    def analyzed_at(self) -> str:
        """When the newest analysis was made, reported or not; empty where there is none."""
        return max((e.made_at for e in (*self.older, *((self.entry,) if self.entry else ()))), default="")

    @property
    def agrees(self) -> bool:
        """Whether the file is still the one that was taken in."""
        return self.difference is None and self.logged_sha256 in ("", self.evidence.sha256)


def subjects(
    snapshot: CaseSnapshot,
    analyses: Mapping[str, Analysis],
    differences: Sequence[Difference],
    certificates: Mapping[str, Certificate],
) -> tuple[Subject, ...]:
    """One per video, numbered from 1 in the order they were taken in."""
    return tuple(
        _subject(number, evidence, snapshot, analyses, differences, certificates)
        for number, evidence in enumerate(snapshot.evidence, start=1)
    )


def _subject(
    number: int,
    evidence: Evidence,
    snapshot: CaseSnapshot,
    analyses: Mapping[str, Analysis],
    differences: Sequence[Difference],
    certificates: Mapping[str, Certificate],
) -> Subject:
    entries = [entry for entry in snapshot.analyses if entry.evidence == evidence.id]
    withheld = _withheld(entries, analyses, differences)
    entry = next((entry for entry in reversed(entries) if entry.id not in withheld), None)
    mine = [each for each in snapshot.certificates if entry and each.analysis == entry.id]
    fitting = [each for each in mine if entry and _fits(certificates.get(each.id), analyses[entry.id])]
    others = {other.id for other in entries if other is not entry}
    return Subject(
        number=number,
        evidence=evidence,
        entry=entry,
        analysis=analyses[entry.id] if entry else None,
        older=tuple(other for other in reversed(entries) if other is not entry),
        reviews=tuple(review for review in snapshot.reviews if entry and review.analysis == entry.id),
        other_reviews=tuple(r for r in snapshot.reviews if r.analysis in others),
        conclusions=tuple(c for c in snapshot.conclusions if c.evidence == evidence.id),
        difference=_difference(evidence, snapshot.folder, differences),
        logged_sha256=_logged(evidence, snapshot.custody),
        withheld=withheld,
        certificate_entry=fitting[-1] if fitting else None,
        certificate=certificates[fitting[-1].id] if fitting else None,
        certificates_withheld=len(mine) - len(fitting),
    )


def _fits(certificate: Certificate | None, analysis: Analysis) -> bool:
    """A link in the case's documents is no proof: the hashes are."""
    if certificate is None:
        return False
    about = (certificate.video.sha256, certificate.method.sha256)
    return about == (analysis.video.sha256, analysis.method.sha256)


def _withheld(
    entries: Sequence[AnalysisEntry], analyses: Mapping[str, Analysis], differences: Sequence[Difference]
) -> dict[str, str]:
    judged = {d.object: f"its {d.problem}" for d in differences if d.problem == NOT_FOLLOWING}
    judged |= {d.object: f"the {d.problem}" for d in differences if d.problem == ANOTHER_ENTRY}
    reasons: dict[str, str] = {}
    for entry in entries:
        if (reason := judged.get(f"{ANALYSES}/{entry.id}.json")) is not None:
            reasons[entry.id] = reason
        elif entry.id not in analyses:
            reasons[entry.id] = "its record is missing or unreadable"
    return reasons


def _logged(evidence: Evidence, custody: Sequence[CustodyEvent]) -> str:
    lines = (event.facts for event in custody if event.what == "evidence added")
    return next((str(facts.get("sha256", "")) for facts in lines if facts.get("evidence") == evidence.id), "")


def _difference(evidence: Evidence, folder: Path, differences: Sequence[Difference]) -> Difference | None:
    """The difference that concerns the video's file, by any of the ways to write its place, and this record of it."""
    if evidence.stored:
        places = {Path(evidence.stored), folder / evidence.stored}
    else:
        places = {evidence.source}
    return next((d for d in differences if Path(d.object) in places and d.expected == evidence.sha256), None)
