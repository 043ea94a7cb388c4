"""The case library and the open case, as the tasks of the threads see them.

Opening, closing and the examiner's entries run on the store thread; what comes out of the engine is written from the
thread that waited for it. :class:`desktop.cases.case.Case` lets one writer in at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop import examination
from desktop.cases.case import Case
from desktop.cases.library import CaseLibrary
from desktop.cases.records import CaseDetails, CaseSnapshot, Difference, Mark, Opinion
from desktop.demo import demo_case
from desktop.examination import Examiner
from desktop.jobs.records import HowTo, Listing
from genconvit import method as methods
from genconvit.progress import Progress, Reporter
from genconvit.records import Analysis


@dataclass(frozen=True, slots=True)
class Written:
    """What a change gave, and the case after it."""

    value: object
    snapshot: CaseSnapshot


class Store:
    """Holds at most one case. Errors are those of ``desktop.cases``, ``desktop.report`` and the engine."""

    def __init__(self, root: Path, folders: tuple[Path, ...]) -> None:
        """``root``: of the library. ``folders``: weights folders, with the methods in ``methods/``."""
        self._root = root
        self._library = CaseLibrary(root)
        self._folders = folders
        self._case: Case | None = None

    def cases(self, progress: Progress) -> Listing:
        return Listing(self._library.cases(), self._library.problems())

    def create(self, details: CaseDetails, progress: Progress) -> CaseSnapshot:
        self.close()
        self._case = self._library.create(details)
        return self._case.snapshot()

    def open(self, folder: Path, progress: Progress) -> CaseSnapshot:
        self.close()
        self._case = self._library.open(folder)
        return self._case.snapshot()

    def open_demo(self, examiner: str, progress: Progress) -> CaseSnapshot:
        self.close()
        self._case = demo_case(self._root, examiner)
        return self._case.snapshot()

    def leave(self, progress: Progress) -> Listing:
        """Close the case and list the library."""
        self.close()
        return self.cases(progress)

    def close(self) -> None:
        case, self._case = self._case, None
        if case is not None:
            case.close()

    def change_details(self, details: CaseDetails, progress: Progress) -> Written:
        return self._write(lambda case: case.change_details(details))

    def take_in(self, path: Path, reader: Examiner, copy: bool, progress: Progress) -> Written:
        return self._write(lambda case: examination.take_in(case, path, reader, copy, progress))

    def examine(self, evidence_id: str, engine: Examiner, how: HowTo, progress: Progress) -> Written:
        method = methods.find(how.method, [folder / "methods" for folder in self._folders])
        if how.frames:
            method = methods.changed(method, count=how.frames)
        return self._write(lambda case: examination.examine(case, evidence_id, engine, method, how.device, progress))

    def repeat(self, analysis_id: str, device: str, progress: Progress) -> Written:
        """The value is a :class:`desktop.examination.Repeated`."""
        return self._write(lambda case: examination.repeat(case, analysis_id, self._folders, device, progress=progress))

    def analysis(self, analysis_id: str, progress: Progress) -> Analysis:
        return self._opened().analysis(analysis_id)

    def review(
        self, analysis_id: str, frame: int, mark: Mark, comment: str, examiner: str, progress: Progress
    ) -> Written:
        return self._write(lambda case: case.review(analysis_id, frame, mark, comment, examiner))

    def conclude(
        self, evidence_id: str, opinion: Opinion, reasons: str, examiner: str, reviewer: str, progress: Progress
    ) -> Written:
        return self._write(lambda case: case.conclude(evidence_id, opinion, reasons, examiner, reviewer))

    def export(self, to: Path | None, progress: Progress) -> Written:
        """Cancelled as long as the report is not in the case; from then on it is too late for that."""

        def tell(fraction: float, frames: int | None) -> None:
            if fraction < 1.0:
                progress.report(fraction, frames)

        return self._write(lambda case: examination.export_report(case, to, Reporter(tell)))

    def verify(self, progress: Progress) -> tuple[Difference, ...]:
        return self._opened().check(progress).differences

    def _opened(self) -> Case:
        if self._case is None:
            raise RuntimeError("no case is open")
        return self._case

    def _write(self, change: Callable[[Case], object]) -> Written:
        case = self._opened()
        value = change(case)
        return Written(value, case.snapshot())
