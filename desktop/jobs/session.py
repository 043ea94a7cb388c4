"""What the window talks to: verbs that return at once, and signals when something has happened.

Four threads: the store, the engine (analyses, one after another), the intake (videos hashed and copied, which takes
minutes for a large one) and the reader (single frames), so that frames can be looked at whatever else runs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

from PySide6.QtCore import QObject, Signal, Slot

from desktop.cases.records import CaseDetails, CaseSnapshot, Evidence, Mark, Opinion, ReportEntry
from desktop.examination import Examiner
from desktop.jobs.garbage import Garbage
from desktop.jobs.job_list import JobList
from desktop.jobs.originals import Originals
from desktop.jobs.records import Adding, HowTo, Job
from desktop.jobs.store import Store, Written
from desktop.jobs.tasks import Step, Task, TaskThread
from genconvit.progress import QUIET, Progress
from genconvit.records import Frame

log = logging.getLogger(__name__)


class EngineLike(Examiner, Protocol):
    """The part of :class:`genconvit.engine.Engine` that is used here."""

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame: ...

    def stop(self) -> None: ...


ENDING_S = 5.0
"""How long closing waits for what reads: a disk that no longer answers must not keep the window open."""
WRITING_S = 15.0
"""How long closing waits for what the examiner entered to be on the disk."""


class Session(QObject):
    """The application without its window. Lives on the GUI thread; nothing here blocks but :meth:`close`.

    ``snapshot`` is None from the moment the case is asked to be left: what is asked of a case after that, while another
    one is on its way, is not done, so that nothing ever lands in the wrong case.

    ``file_checked``: how much of a video's file has been hashed before a frame of it is read. ``repeated`` carries a
    :class:`desktop.examination.Repeated`. ``failed``: the kind of task, its key and the exception; a job that fails
    shows it as well.
    """

    listed = Signal(object)
    case_opened = Signal(object)
    case_changed = Signal(object)
    case_left = Signal()
    case_closed = Signal()
    jobs_changed = Signal(object)
    chores_changed = Signal(object)
    evidence_added = Signal(object)
    analysis_made = Signal(object)
    analysis_loaded = Signal(str, object)
    file_checked = Signal(str, float)
    frame_read = Signal(str, object)
    report_exported = Signal(object, object)
    verified = Signal(object)
    repeated = Signal(object)
    failed = Signal(str, object, object)

    def __init__(
        self,
        library: Path,
        folders: tuple[Path, ...],
        engine: EngineLike,
        reader: EngineLike,
        intake: EngineLike,
        parent: QObject | None = None,
    ) -> None:
        """``folders``: weights folders. ``engine`` analyzes, ``reader`` reads single frames, ``intake`` takes in
        videos: three, because each answers one call at a time."""
        super().__init__(parent)
        self.snapshot: CaseSnapshot | None = None
        self._engine, self._reader, self._intake = engine, reader, intake
        self._store = Store(library, folders)
        self._garbage = Garbage(self)
        self._list = JobList(self)
        self._list.jobs_changed.connect(self.jobs_changed)
        self._list.chores_changed.connect(self.chores_changed)
        self._plans: dict[int, HowTo] = {}
        self._originals = Originals()
        self._read_last = ""
        self._awaited = 0
        self._adding: Adding | None = None
        self._store_thread = TaskThread("store", None, self)
        self._engine_thread = TaskThread("engine", engine.stop, self)
        self._reader_thread = TaskThread("reader", reader.stop, self)
        self._intake_thread = TaskThread("intake", intake.stop, self)
        for thread in (self._store_thread, self._engine_thread, self._reader_thread, self._intake_thread):
            thread.started_task.connect(self._on_started)
            thread.progressed.connect(self._on_progress)
            thread.finished_task.connect(self._on_finished)
            thread.failed_task.connect(self._on_failed)
            thread.cancelled_task.connect(self._on_cancelled)
            thread.start()

    # -- the library and the case --------------------------------------------------------------------------------------

    def list_cases(self) -> None:
        self._to_store("list", "", self._store.cases)

    def create_case(self, details: CaseDetails, adding: Adding | None = None) -> None:
        """``adding``: videos for this case and no other."""
        self._leave_for("open", details.number, partial(self._store.create, details), adding)

    def open_case(self, folder: Path) -> None:
        self._leave_for("open", str(folder), partial(self._store.open, folder))

    def open_demo(self, examiner: str, adding: Adding) -> None:
        """The demo case that is there, or a new one; ``adding`` counts where it holds no video."""
        self._leave_for("open", "demo", partial(self._store.open_demo, examiner), adding)

    def close_case(self) -> None:
        self._leave_for("leave", "", self._store.leave)

    def change_details(self, details: CaseDetails) -> None:
        self._to_store("details", "", partial(self._store.change_details, details))

    def load_analysis(self, analysis_id: str) -> None:
        self._to_store("load", analysis_id, partial(self._store.analysis, analysis_id))

    def review(self, analysis_id: str, frame: int, mark: Mark, comment: str, examiner: str) -> None:
        do = partial(self._store.review, analysis_id, frame, mark, comment, examiner)
        self._to_store("review", (analysis_id, frame), do)

    def conclude(self, evidence_id: str, opinion: Opinion, reasons: str, examiner: str, reviewer: str) -> None:
        do = partial(self._store.conclude, evidence_id, opinion, reasons, examiner, reviewer)
        self._to_store("conclude", evidence_id, do)

    def export_report(self, to: Path | None = None) -> None:
        """Unless one is being made."""
        self._do_chore("export", str(to or ""), partial(self._store.export, to))

    def verify(self) -> None:
        self._do_chore("verify", "", self._store.verify)

    def repeat(self, analysis_id: str, device: str) -> None:
        """Examine the video of an analysis again and keep the certificate, unless one is being repeated."""
        self._do_chore("repeat", analysis_id, partial(self._repeat, analysis_id, device), self._engine_thread)

    # -- videos --------------------------------------------------------------------------------------------------------

    def add_videos(self, paths: list[Path], *, copy: bool, then: HowTo | None = None) -> None:
        """Take videos in, hashed on the intake's thread; with ``then`` each is analyzed as soon as it is there."""
        for path in paths if self.snapshot is not None else []:
            key = str(path)
            if self._list.active("intake", key):
                continue
            task = Task("intake", key, partial(self._store.take_in, path, self._intake, copy))
            if then is not None:
                self._plans[task.number] = then
            self._list.put(Job("intake", key, path.name, task.number))
            self._intake_thread.submit(task)

    def analyze(self, evidence: Evidence, how: HowTo) -> None:
        """Put a video at the end of the queue, unless it is in there."""
        if self.snapshot is None or self._list.active("analysis", evidence.id):
            return
        task = Task("analysis", evidence.id, partial(self._store.examine, evidence.id, self._engine, how))
        self._list.put(Job("analysis", evidence.id, evidence.name, task.number))
        self._engine_thread.submit(task)

    def cancel(self, kind: str, key: str) -> None:
        """End a job at once, waiting or running."""
        if (job := self._list.get(kind, key)) is not None and job.active:
            self._list.put(replace(job, phase="cancelled"))
            self._plans.pop(job.task, None)
            engine, intake = self._engine_thread, self._intake_thread
            threads = {"analysis": engine, "repeat": engine, "intake": intake}
            threads.get(kind, self._store_thread).cancel(kind, key)

    def cancel_all(self) -> None:
        for job in reversed(self._list.all):
            self.cancel(job.kind, job.key)

    def dismiss(self, kind: str, key: str) -> None:
        """Take a job that has ended off the list."""
        job = self._list.get(kind, key)
        if job is not None and not job.active:
            self._list.drop(job)

    def read_frame(self, evidence: Evidence, index: int) -> None:
        """Decode one frame in the background, of the file that was taken in and no other.

        Of several wishes only the newest counts; one for another video ends what is hashed of the last one.
        """
        if self.snapshot is None:
            return
        if evidence.id == self._read_last:
            self._reader_thread.forget("frame")
        else:
            self._reader_thread.cancel("frame")
        self._read_last = evidence.id
        do = partial(self._originals.read_frame, self.snapshot.folder, evidence, index, self._reader)
        self._reader_thread.submit(Task("frame", (evidence.id, index), do))

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Of videos."""
        return self._list.jobs

    @property
    def chores(self) -> tuple[Job, ...]:
        """What is verified and exported. One that was cancelled stays until it has ended."""
        return self._list.chores

    def close(self) -> None:
        """Cancel what runs, finish what is being written, close the case, end the processes.

        Blocks until that is done, or has taken too long: the operating system then does the rest when the program
        ends, and the case is whole at every moment.
        """
        self._list.fall_silent()
        self.cancel_all()
        readers = (self._engine_thread, self._reader_thread, self._intake_thread)
        for thread in readers:
            thread.stop()
        self._store_thread.stop(finish=True)
        deadline_s = time.monotonic() + ENDING_S
        ended = [thread.wait(max(deadline_s - time.monotonic(), 0.0)) for thread in readers]
        if self._store_thread.wait(WRITING_S) and all(ended):
            self._store.close()
        else:  # whoever hangs may hold the case, whose lock goes with the process
            log.warning("the case is left as it is")
        for engine in (self._engine, self._reader, self._intake):
            engine.stop()
        self._garbage.hand_back()

    # -- answers -------------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_started(self, task: Task) -> None:
        if (job := self._list.of(task)) is not None and job.active:
            self._list.put(replace(job, phase="running"))

    @Slot(object, object)
    def _on_progress(self, task: Task, step: Step) -> None:
        if (job := self._list.of(task)) is not None and job.active:
            self._list.step(job, step)
        elif task.kind == "frame" and step.fraction:
            self.file_checked.emit(cast(tuple[str, int], task.key)[0], step.fraction)

    @Slot(object, object)
    def _on_finished(self, task: Task, result: Any) -> None:
        if isinstance(result, Written):
            if self.snapshot is None or self.snapshot.id != result.snapshot.id:
                return
            # Two threads may write; the snapshot with the longer custody log is the later one.
            if len(result.snapshot.custody) >= len(self.snapshot.custody):
                self.snapshot = result.snapshot
            self._list.drop(self._list.of(task))
            self.case_changed.emit(self.snapshot)
            self._tell_written(task, result.value)
        else:
            self._list.drop(self._list.of(task))
            self._tell(task, result)

    @Slot(object, object)
    def _on_failed(self, task: Task, error: Exception) -> None:
        self._list.end(task, "failed", error)
        self.failed.emit(task.kind, task.key, error)

    @Slot(object)
    def _on_cancelled(self, task: Task) -> None:
        self._list.end(task, "cancelled")

    def _tell(self, task: Task, result: Any) -> None:
        match task.kind:
            case "list":
                self.listed.emit(result)
            case "open" if task.number == self._awaited:
                self._tell_opened(result)
            case "leave":
                if task.number == self._awaited:
                    self.case_closed.emit()
                self.listed.emit(result)
            case "load":
                self.analysis_loaded.emit(str(task.key), result)
            case "frame":
                self.frame_read.emit(cast(tuple[str, int], task.key)[0], result)
            case "verify":
                self.verified.emit(result)

    def _tell_opened(self, snapshot: CaseSnapshot) -> None:
        adding, self._adding = self._adding, None
        self.snapshot = snapshot
        self.case_opened.emit(snapshot)
        if adding is not None and not snapshot.evidence and not snapshot.read_only:
            self.add_videos(list(adding.paths), copy=adding.copy, then=adding.then)

    def _tell_written(self, task: Task, value: object) -> None:
        if isinstance(value, Evidence):
            self.evidence_added.emit(value)
            if (how := self._plans.pop(task.number, None)) is not None and not value.problem:
                self.analyze(value, how)
        elif task.kind == "analysis":
            self.analysis_made.emit(value)
        elif task.kind == "repeat":
            self.repeated.emit(value)
        elif isinstance(value, ReportEntry) and self.snapshot is not None:
            self.report_exported.emit(value, Path(str(task.key)) if task.key else self.snapshot.folder / value.file)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _to_store(self, kind: str, key: Hashable, do: Any) -> None:
        if self.snapshot is not None or kind == "list":
            self._store_thread.submit(Task(kind, key, do))

    def _leave_for(self, kind: str, key: str, do: Callable[[Progress], object], adding: Adding | None = None) -> None:
        """Of several wishes for a case the newest counts."""
        self._leave_work()
        task = Task(kind, key, do)
        self._awaited, self._adding = task.number, adding
        self._store_thread.submit(task)

    def _leave_work(self) -> None:
        self.snapshot = None
        self.cancel_all()
        self._reader_thread.cancel("frame")
        self._plans.clear()
        self._list.clear()
        self.case_left.emit()

    def _do_chore(
        self, kind: str, key: str, do: Callable[[Progress], object], thread: TaskThread | None = None
    ) -> None:
        """``thread``: instead of the store's."""
        if self.snapshot is not None and all(job.kind != kind for job in self.chores):
            task = Task(kind, key, do)
            self._list.put(Job(kind, key, "", task.number))
            (thread or self._store_thread).submit(task)

    def _repeat(self, analysis_id: str, device: str, progress: Progress) -> Written:
        # The runs have processes of their own; this one would only hold its networks in memory beside them.
        self._engine.stop()
        return self._store.repeat(analysis_id, device, progress)
