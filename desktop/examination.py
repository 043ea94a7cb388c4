"""The main job, without a window: take a video in, examine it, report on the case. Window, command line and demo all
come through here."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from desktop import paths
from desktop.cases.case import Case
from desktop.cases.durable import problem_of, remove, rename
from desktop.cases.errors import CaseReadOnly, NotInCase, RecordChanged, ReportNotCopied
from desktop.cases.records import (
    RUN_HERE,
    AnalysisEntry,
    CertificateEntry,
    Evidence,
    ReportEntry,
    taken_in,
)
from desktop.cases.stamps import now
from desktop.cases.verify import compare
from desktop.report.content import attachment_name, describe
from desktop.report.pdf import render
from desktop.report.repeatability import attachment_name as certificate_name
from desktop.report.repeatability import contradiction
from genconvit import __version__, repeating
from genconvit.cards import Card, find_card
from genconvit.certificate import Certificate
from genconvit.certificate_document import parse as parse_certificate
from genconvit.certificate_document import to_document as certificate_document
from genconvit.document import canonical, parse
from genconvit.errors import AnalysisInvalid, CardInvalid, CertificateInvalid, WeightsMissing
from genconvit.method import Method
from genconvit.progress import QUIET, Progress
from genconvit.records import Analysis, Examination, Video

T = TypeVar("T")


class Examiner(Protocol):
    """The part of :class:`genconvit.engine.Engine` that is used here."""

    def probe(self, path: Path, progress: Progress = QUIET) -> Video: ...

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination: ...


def take_in(case: Case, path: Path, engine: Examiner, copy: bool = True, progress: Progress = QUIET) -> Evidence:
    """Add a readable video to the case; the one that is there already where the case has a video of that hash, and then
    its other name or place goes into the custody log.

    Raises:
        VideoNotFound, VideoUnreadable, NoVideoStream: nothing was added.
        CaseReadOnly, CaseNotSaved, RecordChanged, EngineDied, Cancelled
    """
    facts = engine.probe(path, progress.part(0.0, 0.5))
    for evidence in case.snapshot().evidence:
        if evidence.sha256 == facts.sha256:
            case.seen_again(evidence.id, path)
            return evidence
    return case.add_evidence(path, copy, facts, progress=progress.part(0.5, 0.5))


def examine(
    case: Case,
    evidence_id: str,
    engine: Examiner,
    method: Method,
    device: str = "auto",
    progress: Progress = QUIET,
) -> AnalysisEntry:
    """Analyze a video of the case and keep what came out, with the pictures of the flagged frames.

    Raises:
        The engine's errors, those of :meth:`Case.keep`, Cancelled. The case is then as it was.
    """
    pictures = case.staging()
    try:
        examination = engine.examine(case.evidence_path(evidence_id), method, device, pictures, progress)
        return case.keep(evidence_id, examination)
    finally:
        shutil.rmtree(pictures, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A repeatability certificate that was kept. ``caution``: where its runs did not give the analysis that it was kept
    for, what they gave; else empty."""

    entry: CertificateEntry
    certificate: Certificate
    caution: str

    @property
    def agrees(self) -> bool:
        """Whether the runs agree with one another within the tolerance, and with the analysis."""
        return self.certificate.within and not self.caution


def repeat(
    case: Case,
    analysis_id: str,
    folders: Sequence[Path],
    device: str = "auto",
    runs: int = 2,
    progress: Progress = QUIET,
) -> Repeated:
    """Examine the video of an analysis again with the method of that analysis, each time in an engine process of its
    own, and keep the repeatability certificate. The analysis stays what it is.

    Args:
        folders: weights folders, the user's first.

    Raises:
        As :func:`genconvit.repeating.repeat` and :meth:`Case.keep_certificate`, Cancelled. The case is then as it was.
    """
    if case.read_only:
        raise CaseReadOnly(case.folder, case.read_only_reason)
    entry = next((each for each in case.snapshot().analyses if each.id == analysis_id), None)
    if entry is None:
        raise NotInCase(case.folder, "analysis", analysis_id)
    path, analysis = case.evidence_path(entry.evidence), case.analysis(analysis_id)
    certificate = repeating.repeat(path, analysis.method, folders=folders, device=device, runs=runs, progress=progress)
    kept = case.keep_certificate(analysis_id, canonical(certificate_document(certificate)), RUN_HERE)
    return Repeated(kept, certificate, contradiction(certificate, analysis))


def take_in_certificate(case: Case, analysis_id: str, data: bytes, file: Path) -> Repeated:
    """Keep a certificate that was made elsewhere, of which ``data`` are the bytes, with the place of its file.

    Raises:
        As :meth:`Case.keep_certificate` and :meth:`Case.analysis`.
    """
    analysis = case.analysis(analysis_id)
    kept = case.keep_certificate(analysis_id, data, taken_in(file.absolute()))
    certificate = parse_certificate(data)
    return Repeated(kept, certificate, contradiction(certificate, analysis))


def export_report(case: Case, to: Path | None = None, progress: Progress = QUIET) -> ReportEntry:
    """Check every hash of the case, write the report on it, keep it in the case, and copy it to ``to`` if given.

    Raises:
        CaseReadOnly, CaseNotSaved, ReportError: the case is as it was.
        ReportNotCopied: the report is in the case.
        Cancelled
    """
    if case.read_only:
        raise CaseReadOnly(case.folder, case.read_only_reason)
    # One moment of the case: what was not hashed is not in it, and what is added meanwhile is for the next report.
    contents = case.look()
    # Read before the check, so that what the check passes is what is printed.
    documents = _intact(contents.case.analyses, case.analysis_bytes, parse)
    differences = compare(contents, progress.part(0.0, 0.9)).differences
    analyses = {analysis_id: analysis for analysis_id, (analysis, _) in documents.items()}
    certificates = _intact(contents.case.certificates, case.certificate_bytes, parse_certificate)
    kept = {key: each for key, (each, _) in certificates.items()}
    cards = _cards(analyses.values(), paths.weight_folders())
    content = describe(contents.case, analyses, differences, now(), __version__, kept, cards)
    # A report is about the newest analysis of each video; those are what it attaches.
    names = {attached.name for attached in content.attachments}
    reported = tuple(analysis_id for analysis_id in documents if attachment_name(analysis_id) in names)
    files = {attachment_name(analysis_id): documents[analysis_id][1] for analysis_id in reported}
    for certificate_id, (_, data) in certificates.items():
        if (name := certificate_name(certificate_id)) in names:
            files[name] = data
    entry = case.keep_report(lambda path: render(content, case.picture_path, files, path), reported)
    if to is not None:
        _copy(case.report_path(entry.id), to)
    progress.report(1.0)
    return entry


def _intact(
    entries: Iterable[AnalysisEntry | CertificateEntry], read: Callable[[str], bytes], to_record: Callable[[bytes], T]
) -> dict[str, tuple[T, bytes]]:
    """By id all records that are as the case noted them, with the bytes of their files; the others are among the
    differences."""
    found: dict[str, tuple[T, bytes]] = {}
    for entry in entries:
        with contextlib.suppress(RecordChanged, AnalysisInvalid, CertificateInvalid):
            data = read(entry.id)
            found[entry.id] = to_record(data), data
    return found


def _cards(analyses: Iterable[Analysis], folders: Sequence[Path]) -> dict[str, Card]:
    """By the SHA-256 of the weights that were used the cards that are about these."""
    found: dict[str, Card] = {}
    for used in {each for analysis in analyses for each in analysis.provenance.weights}:
        with contextlib.suppress(CardInvalid, WeightsMissing, OSError):
            card = find_card(used.name, folders, used.sha256)
            if card.sha256 == used.sha256:
                found[used.sha256] = card
    return found


def _copy(report: Path, to: Path) -> None:
    target = to / report.name if to.is_dir() else to
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(report, part)
        rename(part, target)
    except OSError as error:
        remove(part)
        raise ReportNotCopied(target, problem_of(error)) from error
