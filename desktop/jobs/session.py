"""What the window talks to: verbs that return at once, and signals when something has happened.

Three threads: the store (the one writer), the engine (analyses, one after another) and the reader (videos being taken
in, single frames), so that frames can be looked at while an analysis runs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

from PySide6.QtCore import QObject, Signal, Slot

from desktop.cases.records import (
    AnalysisEntry,
    CaseDetails,
    CaseSnapshot,
    Evidence,
    Mark,
    Opinion,
    ReportEntry,
)
from desktop.jobs.store import Store, Written
from desktop.jobs.tasks import Step, Task, TaskThread
from desktop.messages import message
from genconvit import method as methods
from genconvit.errors import GenConViTError, NoVideoStream, VideoUnreadable
from genconvit.method import Method
from genconvit.progress import QUIET, Progress
from genconvit.records import Examination, Frame, Video

log = logging.getLogger(__name__)


class EngineLike(Protocol):
    """The part of :class:`genconvit.engine.Engine` that is used here."""

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination: ...

    def probe(self, path: Path, progress: Progress = QUIET) -> Video: ...

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HowTo:
    """How videos are examined: from the settings."""

    method: str
    frames: int
    device: str


@dataclass(frozen=True, slots=True)
class Job:
    """A video on its way into the case (``intake``) or through the engine (``analysis``)."""

    kind: str
    key: str
    """The path of a video that is taken in; the id of the evidence that is analyzed."""
    name: str
    phase: str = "waiting"
    """``waiting``, ``running``, ``saving``, ``failed`` or ``cancelled``."""
    step: Step = Step(0.0)
    error: Exception | None = None

    @property
    def active(self) -> bool:
        return self.phase in ("waiting", "running", "saving")


class Session(QObject):
    """The application without its window. Lives on the GUI thread; nothing here blocks but :meth:`close`."""

    library_listed = Signal(object)
    case_opened = Signal(object)
    case_changed = Signal(object)
    case_closed = Signal()
    jobs_changed = Signal(object)
    evidence_added = Signal(object)
    analysis_made = Signal(object)
    analysis_loaded = Signal(str, object)
    frame_read = Signal(str, object)
    report_exported = Signal(object, object)
    verified = Signal(object)
    failed = Signal(str, object, object)

    def __init__(
        self, library: Path, folders: tuple[Path, ...], engine: EngineLike, reader: EngineLike, parent: QObject | None = None
    ) -> None:
        """``folders``: weights folders. ``engine`` analyzes, ``reader`` takes in videos and reads single frames."""
        super().__init__(parent)
        self._folders = folders
        self._engine, self._reader = engine, reader
        self._store = Store(library)
        self._jobs: dict[tuple[str, str], Job] = {}
        self._copy = True
        self._plans: dict[str, HowTo] = {}
        self._export_to: Path | None = None
        self._demo: HowTo | None = None
        self.snapshot: CaseSnapshot | None = None
        self._store_thread = TaskThread("store", None, self)
        self._engine_thread = TaskThread("engine", engine.stop, self)
        self._reader_thread = TaskThread("reader", reader.stop, self)
        for thread in self._threads():
            thread.started_task.connect(self._on_started)
            thread.progressed.connect(self._on_progress)
            thread.finished_task.connect(self._on_finished)
            thread.failed_task.connect(self._on_failed)
            thread.cancelled_task.connect(self._on_cancelled)
            thread.start()

    # -- verbs ---------------------------------------------------------------------------------------------------------

    def list_cases(self) -> None:
        self._to_store("cases", "", self._store.cases)

    def create_case(self, details: CaseDetails) -> None:
        self._leave_work()
        self._to_store("open", details.number, partial(self._store.create, details))

    def open_case(self, folder: Path) -> None:
        self._leave_work()
        self._to_store("open", str(folder), partial(self._store.open, folder))

    def close_case(self) -> None:
        self._leave_work()
        self._to_store("leave", "", self._store.leave)

    def change_details(self, details: CaseDetails) -> None:
        self._to_store("details", "", partial(self._store.change_details, details))

    def add_videos(self, paths: list[Path], *, copy: bool, then: HowTo | None = None) -> None:
        """Take videos in, hashed on the reader's thread; with ``then`` each is analyzed as soon as it is there."""
        for path in paths:
            key = str(path)
            if (job := self._jobs.get(("intake", key))) is not None and job.active:
                continue
            if then is not None:
                self._plans[key] = then
            self._put(Job("intake", key, path.name))
            self._reader_thread.submit(Task("probe", (key, copy), partial(_probe, self._reader, path)))

    def analyze(self, evidence: Evidence, how: HowTo) -> None:
        """Put a video at the end of the queue, unless it is in there."""
        if (job := self._jobs.get(("analysis", evidence.id))) is not None and job.active:
            return
        self._put(Job("analysis", evidence.id, evidence.name))
        self._to_store("prepare", (evidence.id, how), partial(self._store.prepare, evidence.id))

    def cancel(self, kind: str, key: str) -> None:
        """End a job at once, waiting or running."""
        job = self._jobs.get((kind, key))
        if job is None or not job.active:
            return
        self._put(replace(job, phase="cancelled"))
        if kind == "analysis":
            self._engine_thread.cancel("examine", key)
        else:
            for copy in (True, False):
                self._reader_thread.cancel("probe", (key, copy))
            self._store_thread.cancel("add", key)

    def cancel_all(self) -> None:
        for job in list(self._jobs.values()):
            self.cancel(job.kind, job.key)

    def dismiss(self, kind: str, key: str) -> None:
        """Take a job that has ended off the list."""
        job = self._jobs.get((kind, key))
        if job is not None and not job.active:
            del self._jobs[(kind, key)]
            self._tell_jobs()

    def load_analysis(self, analysis_id: str) -> None:
        self._to_store("analysis", analysis_id, partial(self._store.analysis, analysis_id))

    def read_frame(self, evidence: Evidence, index: int) -> None:
        """Decode one frame; only the newest wish counts."""
        self._reader_thread.forget("frame")
        path = self._path_of(evidence)
        task = Task("frame", (evidence.id, index), partial(_read_frame, self._reader, path, index))
        self._reader_thread.submit(task, first=True)

    def review(self, analysis_id: str, frame: int, mark: Mark, comment: str, examiner: str) -> None:
        do = partial(self._store.review, analysis_id, frame, mark, comment, examiner)
        self._to_store("review", (analysis_id, frame), do)

    def conclude(self, evidence_id: str, opinion: Opinion, reasons: str, examiner: str, reviewer: str) -> None:
        do = partial(self._store.conclude, evidence_id, opinion, reasons, examiner, reviewer)
        self._to_store("conclude", evidence_id, do)

    def export_report(self, to: Path | None = None) -> None:
        self._to_store("export", str(to or ""), partial(self._store.export, to))

    def verify(self) -> None:
        self._to_store("verify", "", self._store.verify)

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(self._jobs.values())

    @property
    def busy(self) -> bool:
        return any(job.active for job in self._jobs.values())

    def close(self) -> None:
        """Cancel what runs, finish what is being written, close the case, end the processes. Blocks until done."""
        self.cancel_all()
        self._engine_thread.stop()
        self._reader_thread.stop()
        self._engine_thread.wait()
        self._reader_thread.wait()
        self._store_thread.stop(finish=True)
        self._store_thread.wait()
        self._store.close()
        self._engine.stop()
        self._reader.stop()

    # -- answers -------------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_started(self, task: Task) -> None:
        if (job := self._job_of(task)) is not None and job.active:
            self._put(replace(job, phase="saving" if task.kind in ("add", "keep") else "running", step=Step(0.0)))

    @Slot(object, object)
    def _on_progress(self, task: Task, step: Step) -> None:
        if (job := self._job_of(task)) is not None and job.active:
            self._put(replace(job, step=step))

    @Slot(object, object)
    def _on_finished(self, task: Task, result: Any) -> None:
        if isinstance(result, Written):
            self._changed(result.snapshot)
            result = result.value
        getattr(self, f"_{task.kind}_done")(task, result)

    @Slot(object, object)
    def _on_failed(self, task: Task, error: Exception) -> None:
        if task.kind == "probe" and isinstance(error, GenConViTError):
            self._probe_failed(task, error)
            return
        if (job := self._job_of(task)) is not None:
            self._put(replace(job, phase="failed", error=error))
        self.failed.emit(task.kind, task.key, error)

    @Slot(object)
    def _on_cancelled(self, task: Task) -> None:
        if (job := self._job_of(task)) is not None:
            self._put(replace(job, phase="cancelled"))

    def _cases_done(self, task: Task, result: Any) -> None:
        self.library_listed.emit(result)

    def _open_done(self, task: Task, result: CaseSnapshot) -> None:
        self.snapshot = result
        self.case_opened.emit(result)

    def _leave_done(self, task: Task, result: Any) -> None:
        self.snapshot = None
        self.case_closed.emit()
        self.library_listed.emit(result)

    def _details_done(self, task: Task, result: Any) -> None:
        return None

    def _probe_done(self, task: Task, video: Video) -> None:
        self._take_in(task, video, "")

    def _probe_failed(self, task: Task, error: GenConViTError) -> None:
        """A file that is no readable video still belongs to the case, with the reason; one that is not there does not."""
        job = self._job_of(task)
        if isinstance(error, NoVideoStream | VideoUnreadable):
            words = message(error)
            self._take_in(task, None, words.what if words is not None else str(error))
        elif job is not None:
            self._put(replace(job, phase="failed", error=error))

    def _take_in(self, task: Task, video: Video | None, problem: str) -> None:
        key, copy = cast(tuple[str, bool], task.key)
        job = self._jobs.get(("intake", key))
        if job is None or not job.active:
            return
        self._to_store("add", key, partial(self._store.add, Path(key), copy, video, problem))

    def _add_done(self, task: Task, evidence: Evidence) -> None:
        key = str(task.key)
        self._jobs.pop(("intake", key), None)
        self._tell_jobs()
        self.evidence_added.emit(evidence)
        how = self._plans.pop(key, None)
        if how is not None and not evidence.problem:
            self.analyze(evidence, how)

    def _prepare_done(self, task: Task, where: tuple[Path, Path]) -> None:
        evidence_id, how = cast(tuple[str, HowTo], task.key)
        job = self._jobs.get(("analysis", evidence_id))
        if job is None or not job.active:
            return
        do = partial(_examine, self._engine, self._folders, where, how)
        self._engine_thread.submit(Task("examine", evidence_id, do))

    def _examine_done(self, task: Task, examination: Examination) -> None:
        evidence_id = str(task.key)
        job = self._jobs.get(("analysis", evidence_id))
        if job is None or not job.active:
            return
        self._to_store("keep", evidence_id, partial(self._store.keep, evidence_id, examination))

    def _keep_done(self, task: Task, entry: AnalysisEntry) -> None:
        self._jobs.pop(("analysis", str(task.key)), None)
        self._tell_jobs()
        self.analysis_made.emit(entry)

    def _analysis_done(self, task: Task, result: Any) -> None:
        self.analysis_loaded.emit(str(task.key), result)

    def _frame_done(self, task: Task, frame: Frame) -> None:
        self.frame_read.emit(cast(tuple[str, int], task.key)[0], frame)

    def _review_done(self, task: Task, result: Any) -> None:
        return None

    def _conclude_done(self, task: Task, result: Any) -> None:
        return None

    def _export_done(self, task: Task, entry: ReportEntry) -> None:
        assert self.snapshot is not None
        path = Path(str(task.key)) if task.key else self.snapshot.folder / entry.file
        self.report_exported.emit(entry, path)

    def _verify_done(self, task: Task, result: Any) -> None:
        self.verified.emit(result)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _threads(self) -> tuple[TaskThread, ...]:
        return (self._store_thread, self._engine_thread, self._reader_thread)

    def _to_store(self, kind: str, key: Any, do: Any) -> None:
        self._store_thread.submit(Task(kind, key, do))

    def _changed(self, snapshot: CaseSnapshot) -> None:
        self.snapshot = snapshot
        self.case_changed.emit(snapshot)

    def _leave_work(self) -> None:
        self.cancel_all()
        self._plans.clear()
        self._jobs.clear()
        self._tell_jobs()

    def _put(self, job: Job) -> None:
        self._jobs[(job.kind, job.key)] = job
        self._tell_jobs()

    def _tell_jobs(self) -> None:
        self.jobs_changed.emit(self.jobs)

    def _job_of(self, task: Task) -> Job | None:
        key: Any = task.key[0] if isinstance(task.key, tuple) else task.key
        if task.kind in ("probe", "add"):
            return self._jobs.get(("intake", key))
        if task.kind in ("prepare", "examine", "keep"):
            return self._jobs.get(("analysis", key))
        return None

    def _path_of(self, evidence: Evidence) -> Path:
        assert self.snapshot is not None
        return self.snapshot.folder / evidence.stored if evidence.stored else evidence.source


def _probe(engine: EngineLike, path: Path, progress: Progress) -> Video:
    return engine.probe(path, progress)


def _read_frame(engine: EngineLike, path: Path, index: int, progress: Progress) -> Frame:
    return engine.read_frame(path, index, progress)


def _examine(
    engine: EngineLike, folders: tuple[Path, ...], where: tuple[Path, Path], how: HowTo, progress: Progress
) -> Examination:
    path, pictures = where
    method = methods.find(how.method, [folder / "methods" for folder in folders])
    if how.frames:
        method = methods.changed(method, count=how.frames)
    return engine.examine(path, method, how.device, pictures, progress)
