"""A case: the only door to its folder."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from desktop.cases import certificates, intake, results, verify
from desktop.cases.durable import flush, protect, rename, saving, sha256_of
from desktop.cases.errors import CaseReadOnly, NotInCase, VerdictNotFollowing
from desktop.cases.ledger import Ledger
from desktop.cases.lock import WriterLock
from desktop.cases.names import (
    CASE_FILE,
    EVIDENCE,
    REPORTS,
    STAGING,
    file_name,
    folder_name,
    inside,
    unique,
)
from desktop.cases.records import (
    AnalysisEntry,
    CaseDetails,
    CaseSnapshot,
    CertificateEntry,
    Conclusion,
    Evidence,
    Mark,
    Opinion,
    ReportEntry,
    Review,
)
from desktop.cases.stamps import new_id, now
from desktop.cases.storage import decode
from genconvit.certificate_document import parse as parse_certificate
from genconvit.progress import QUIET, Progress
from genconvit.records import Analysis, Examination, Video
from genconvit.verdict import follows

T = TypeVar("T")


class Case:
    """An open case. Any thread may call it; documents are read and written one at a time. Close it, or use ``with``.

    Every method that changes something raises CaseReadOnly where ``read_only`` is set, and CaseNotSaved when the disk
    does not take it; the case is then as it was before.
    """

    def __init__(self, folder: Path, ledger: Ledger, lock: WriterLock) -> None:
        """Use ``opening.open_case`` or ``opening.create_case``."""
        self.folder = folder
        self.read_only_reason = lock.refused
        """``in use``, ``not writable`` or empty."""
        self._ledger = ledger
        self._lock = lock
        self._turn = threading.RLock()

    @property
    def read_only(self) -> bool:
        """Whether another program writes this case, or the folder takes no changes."""
        return bool(self.read_only_reason)

    def snapshot(self) -> CaseSnapshot:
        """All documents at this moment. A read-only case looks at the file again, since another may write it."""
        with self._turn:
            if self.read_only:
                self._ledger.load(writing=False)
            return self._ledger.snapshot(self.read_only)

    def look(self) -> verify.Contents:
        """The case and its folder between two changes, to be described or compared.

        Raises CaseNotFound, CaseUnreadable where the case is read-only and its file is no longer one.
        """
        with self._turn:
            if self.read_only:
                return verify.look(self.folder)
            saved = self._ledger.saved()
            present = verify.list_files(self.folder)
            changed = verify.case_file(self.folder / CASE_FILE, saved)
            return verify.Contents(self._ledger.snapshot(False), decode(saved), present, changed)

    def check(self, progress: Progress = QUIET) -> verify.Verification:
        """:func:`desktop.cases.verify.check` for an open case: what is being written at the moment is no difference."""
        if self.read_only:
            return verify.check(self.folder, progress)
        return verify.compare(self.look(), progress)

    def change_details(self, details: CaseDetails) -> None:
        """Replace the details; the custody log keeps what they were."""
        with self._writing():
            self._ledger.change(details)

    def add_evidence(
        self,
        path: Path,
        copy: bool,
        facts: Video | None,
        problem: str = "",
        progress: Progress = QUIET,
    ) -> Evidence:
        """Take a file into the case, as a copy or as a reference, and record its hash.

        Args:
            facts: what :meth:`genconvit.engine.Engine.probe` said of it; None for a file that is no readable video.
            problem: why it is not, in words for the report.

        Raises:
            VideoNotFound: it is not there, or vanished while it was read.
            RecordChanged: it is no longer the file that ``facts`` describe, or the copy does not read back right.
            Cancelled: nothing was left behind.
        """
        self._ask_writable()
        evidence_id = new_id()
        if not copy:
            taken = intake.measure(path, progress)
            intake.ask_unchanged(path, facts, taken)
            return self._record(intake.describe(evidence_id, path, "", taken, facts, problem))
        staging = self.staging()
        try:
            staged = staging / "copy"
            taken = intake.copy(path, staged, progress)
            intake.ask_unchanged(path, facts, taken)
            with self._writing():
                target = self._place(staged, EVIDENCE, *file_name(path.name))
                stored = f"{EVIDENCE}/{target.name}"
                with self._or_removed(Evidence, evidence_id, target):
                    return self._record(intake.describe(evidence_id, path, stored, taken, facts, problem))
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def seen_again(self, evidence_id: str, path: Path) -> bool:
        """Record in the custody log that a video of the case was offered again, under another name or from another
        place; each of them once. Returns whether it is another than the one it was taken in as.
        """
        evidence, source = self._evidence(evidence_id), path.absolute()
        if source == evidence.source:
            return False
        facts = {"evidence": evidence_id, "seen as": intake.name_of(path), "path": str(source)}
        facts["sha256"] = evidence.sha256
        with self._writing():
            if all(event.facts != facts for event in self._ledger.snapshot(False).custody):
                self._ledger.note("evidence seen again", self._examiner(), facts)
        return True

    def evidence_path(self, evidence_id: str) -> Path:
        """Where the file of an evidence is to be read: the copy, or what is referred to. It may be missing by now."""
        evidence = self._evidence(evidence_id)
        return inside(self.folder, evidence.stored) if evidence.stored else evidence.source

    def keep(self, evidence_id: str, examination: Examination) -> AnalysisEntry:
        """Keep an analysis for good, and move its pictures into the case.

        Raises:
            RecordChanged: examined was another file than the evidence, or a picture is not what its hash says.
        """
        evidence = self._evidence(evidence_id)
        staging = self.staging()
        try:
            with self._writing():
                entry, new = results.store(self.folder, evidence, examination, staging)
                with self._or_removed(AnalysisEntry, entry.id, *new):
                    facts = {"analysis": entry.id, "evidence": evidence_id, "sha256": entry.sha256}
                    facts |= {"method": entry.method, "method_sha256": entry.method_sha256, "label": entry.label}
                    self._ledger.add(entry, "video analyzed", self._examiner(), facts)
                return entry
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def analysis(self, analysis_id: str) -> Analysis:
        """The whole analysis, from its file.

        Raises:
            NotInCase
            RecordChanged: the file is missing, or not the one that was recorded.
            VerdictNotFollowing: its verdict is not that of its scores.
        """
        analysis = results.read(self.folder, self._analysis(analysis_id))
        if not follows(analysis):
            raise VerdictNotFollowing(results.analysis_path(self.folder, analysis_id))
        return analysis

    def analysis_bytes(self, analysis_id: str) -> bytes:
        """The JSON file of an analysis, byte for byte. Raises as :meth:`analysis`."""
        return results.read_bytes(self.folder, self._analysis(analysis_id))

    def keep_certificate(self, analysis_id: str, data: bytes, origin: str) -> CertificateEntry:
        """Keep the repeatability certificate of an analysis; one that the analysis has already is kept once.

        Args:
            origin: :data:`RUN_HERE`, or what :func:`taken_in` says of the file it came in.

        Raises:
            NotInCase
            CertificateInvalid: the bytes are none.
            CertificateRefused: it is about another video or method.
        """
        analysis = self._analysis(analysis_id)
        certificate = parse_certificate(data)
        certificates.ask_fitting(self.folder, certificate, self._evidence(analysis.evidence).sha256, analysis)
        staging = self.staging()
        try:
            with self._writing():
                sha256, new = certificates.store(self.folder, data, staging)
                known = (each for each in self.snapshot().certificates if each.analysis == analysis_id)
                if (entry := next((each for each in known if each.sha256 == sha256), None)) is not None:
                    return entry
                entry = CertificateEntry(new_id(), analysis_id, sha256, now(), origin)
                with self._or_removed(CertificateEntry, entry.id, *new):
                    facts: dict[str, Any] = {"certificate": entry.id, "analysis": analysis_id, "sha256": sha256}
                    # Pixels are no part of a record: equal records of unequal frames are identical and not within.
                    facts |= {"records identical": certificate.identical, "within": certificate.within}
                    facts["origin"] = origin
                    self._ledger.add(entry, "repeatability certificate kept", self._examiner(), facts)
                return entry
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def certificate_bytes(self, certificate_id: str) -> bytes:
        """The JSON file of a certificate, byte for byte. Raises NotInCase, RecordChanged."""
        return certificates.read_bytes(self.folder, self._find(CertificateEntry, "certificate", certificate_id))

    def review(self, analysis_id: str, frame: int, mark: Mark, comment: str, examiner: str) -> Review:
        """Record the examiner's word on a flagged frame. Raises NotInCase for a frame that is not flagged."""
        with self._writing():
            if frame not in self._analysis(analysis_id).flagged_frames:
                raise NotInCase(self.folder, "flagged frame", f"{analysis_id}/{frame}")
            review = Review(analysis_id, frame, mark, comment, examiner, now())
            facts = {"analysis": analysis_id, "frame": frame, "mark": mark.value}
            self._ledger.add(review, "frame reviewed", examiner, facts)
            return review

    def conclude(self, evidence_id: str, opinion: Opinion, reasons: str, examiner: str, reviewer: str) -> Conclusion:
        """Record the examiner's own conclusion on a video."""
        with self._writing():
            self._evidence(evidence_id)
            conclusion = Conclusion(evidence_id, opinion, reasons, examiner, reviewer, now())
            facts = {"evidence": evidence_id, "opinion": opinion.value}
            self._ledger.add(conclusion, "conclusion recorded", examiner, facts)
            return conclusion

    def keep_report(self, render: Callable[[Path], None], analyses: Sequence[str]) -> ReportEntry:
        """Have a report written, and keep it.

        Args:
            render: writes the report to the path it is given.
            analyses: ids of the analyses it is about.
        """
        staging = self.staging()
        try:
            staged = staging / "report.pdf"
            render(staged)
            with self._writing(), saving(staged):
                sha256 = sha256_of(staged)
                case = self.snapshot()
                named = folder_name(case.details.number.strip() or self.folder.name)
                stem = f"{named}-report-{len(case.reports) + 1:03d}"
                target = self._place(staged, REPORTS, stem, ".pdf")
                entry = ReportEntry(new_id(), f"{REPORTS}/{target.name}", sha256, now(), tuple(analyses))
                with self._or_removed(ReportEntry, entry.id, target):
                    facts = {"report": entry.id, "file": entry.file, "sha256": sha256}
                    self._ledger.add(entry, "report exported", self._examiner(), facts)
                return entry
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def report_path(self, report_id: str) -> Path:
        """Where a kept report lies."""
        return inside(self.folder, self._find(ReportEntry, "report", report_id).file)

    def picture_path(self, sha256: str) -> Path:
        """Where a picture of a flagged frame lies. Raises NotInCase for what is no SHA-256."""
        return results.picture_path(self.folder, sha256)

    def staging(self) -> Path:
        """A new, empty folder on the disk of the case; emptied at the latest when the case is next opened."""
        self._ask_writable()
        folder = self.folder / STAGING / new_id()
        with saving(folder):
            folder.mkdir(parents=True)
        return folder

    def close(self) -> None:
        """Let others write. May be called again; the case can still be read, no longer changed."""
        with self._turn:
            if not self.read_only:
                shutil.rmtree(self.folder / STAGING, ignore_errors=True)
            self.read_only_reason = self.read_only_reason or "closed"
            self._lock.release()

    def __enter__(self) -> Case:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask_writable(self) -> None:
        if self.read_only:
            raise CaseReadOnly(self.folder, self.read_only_reason)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._turn:
            self._ask_writable()
            yield

    def _evidence(self, evidence_id: str) -> Evidence:
        return self._find(Evidence, "evidence", evidence_id)

    def _analysis(self, analysis_id: str) -> AnalysisEntry:
        return self._find(AnalysisEntry, "analysis", analysis_id)

    def _find(self, kind: type[T], name: str, record_id: str) -> T:
        with self._turn:
            if self.read_only:
                self._ledger.load(writing=False)
            if (record := self._ledger.find(kind, record_id)) is None:
                raise NotInCase(self.folder, name, record_id)
            return record

    def _examiner(self) -> str:
        with self._turn:
            return self._ledger.details().examiner

    def _place(self, staged: Path, folder: str, stem: str, suffix: str) -> Path:
        """Move a finished file to a name that is free, and set it read-only."""
        with saving(self.folder / folder):
            (self.folder / folder).mkdir(exist_ok=True)
            target = self.folder / folder / unique(stem, suffix, self.folder / folder)
            with staged.open("rb+") as file:
                flush(file)
            rename(staged, target)
        protect(target)
        return target

    def _record(self, evidence: Evidence) -> Evidence:
        with self._writing():
            facts: dict[str, Any] = {"evidence": evidence.id, "name": evidence.name, "sha256": evidence.sha256}
            facts |= {"size_bytes": evidence.size_bytes, "copied": bool(evidence.stored)}
            self._ledger.add(evidence, "evidence added", self._examiner(), facts)
            return evidence

    @contextmanager
    def _or_removed(self, kind: type, record_id: str, *paths: Path) -> Iterator[None]:
        """Removes files again when what should name them was not written."""
        try:
            yield
        except BaseException:
            if self._ledger.find(kind, record_id) is None:
                results.take_back(list(paths))
            raise
