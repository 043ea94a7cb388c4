"""The one writer: the case library and the open case. Every method runs on the store thread and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from desktop import examination
from desktop.cases.case import Case
from desktop.cases.library import CaseLibrary
from desktop.cases.records import (
    AnalysisEntry,
    CaseDetails,
    CaseSnapshot,
    CaseSummary,
    Difference,
    Mark,
    Opinion,
    ReportEntry,
)
from desktop.cases.verify import verify
from genconvit.progress import Progress
from genconvit.records import Analysis, Examination, Video

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """What a change gave, and the case after it."""

    value: object
    snapshot: CaseSnapshot


class Store:
    """Holds at most one case. Errors are those of ``desktop.cases`` and ``desktop.report``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._library: CaseLibrary | None = None
        self._case: Case | None = None

    def cases(self, progress: Progress) -> tuple[CaseSummary, ...]:
        return self._opened_library().cases()

    def create(self, details: CaseDetails, progress: Progress) -> CaseSnapshot:
        self.close()
        self._case = self._opened_library().create(details)
        return self._case.snapshot()

    def open(self, folder: Path, progress: Progress) -> CaseSnapshot:
        self.close()
        self._case = self._opened_library().open(folder)
        return self._case.snapshot()

    def leave(self, progress: Progress) -> tuple[CaseSummary, ...]:
        """Close the case and list the library."""
        self.close()
        return self.cases(progress)

    def close(self) -> None:
        if self._case is not None:
            case, self._case = self._case, None
            case.close()

    def change_details(self, details: CaseDetails, progress: Progress) -> Written:
        return self._write(lambda case: case.change_details(details))

    def add(self, path: Path, copy: bool, facts: Video | None, problem: str, progress: Progress) -> Written:
        return self._write(lambda case: case.add_evidence(path, copy, facts, problem, progress))

    def prepare(self, evidence_id: str, progress: Progress) -> tuple[Path, Path]:
        """Where the video is, and a folder for its pictures on the case's own disk."""
        case = self._opened_case()
        return case.evidence_path(evidence_id), case.staging()

    def keep(self, evidence_id: str, examination: Examination, progress: Progress) -> Written:
        def write(case: Case) -> AnalysisEntry:
            return case.keep(evidence_id, examination)

        return self._write(write)

    def analysis(self, analysis_id: str, progress: Progress) -> Analysis:
        return self._opened_case().analysis(analysis_id)

    def review(
        self, analysis_id: str, frame: int, mark: Mark, comment: str, examiner: str, progress: Progress
    ) -> Written:
        return self._write(lambda case: case.review(analysis_id, frame, mark, comment, examiner))

    def conclude(
        self, evidence_id: str, opinion: Opinion, reasons: str, examiner: str, reviewer: str, progress: Progress
    ) -> Written:
        return self._write(lambda case: case.conclude(evidence_id, opinion, reasons, examiner, reviewer))

    def export(self, to: Path | None, progress: Progress) -> Written:
        def write(case: Case) -> ReportEntry:
            return examination.export_report(case, to)

        return self._write(write)

    def verify(self, progress: Progress) -> tuple[Difference, ...]:
        return verify(self._opened_case().snapshot().folder, progress)

    def _opened_library(self) -> CaseLibrary:
        if self._library is None:
            self._library = CaseLibrary(self._root)
        return self._library

    def _opened_case(self) -> Case:
        if self._case is None:
            raise RuntimeError("no case is open")
        return self._case

    def _write(self, change: Callable[[Case], T]) -> Written:
        case = self._opened_case()
        value = change(case)
        return Written(value, case.snapshot())
