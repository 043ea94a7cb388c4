"""The jobs there are, and when the window is told of them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.jobs.records import Job
from desktop.jobs.tasks import Step, Task

BETWEEN_STEPS_MS = 100
"""Steps of jobs are told together, at most this often: where the window has been busy, many wait for it."""
CHORES = ("verify", "export", "repeat")
"""What takes long, belongs to no row of the videos, and is left undone when the case is left."""


class JobList(QObject):
    """One job of each kind and key, in order of coming. Whatever changes is told at once, but for steps.

    ``jobs_changed`` carries :attr:`jobs`, ``chores_changed`` :attr:`chores`, whichever of them it is.
    """

    jobs_changed = Signal(object)
    chores_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[tuple[str, str], Job] = {}
        self._stepped: set[str] = set()
        self._telling = QTimer(self, singleShot=True, interval=BETWEEN_STEPS_MS)
        self._telling.timeout.connect(self._on_telling)

    @property
    def all(self) -> tuple[Job, ...]:
        return tuple(self._jobs.values())

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Of videos."""
        return tuple(job for job in self._jobs.values() if job.kind not in CHORES)

    @property
    def chores(self) -> tuple[Job, ...]:
        """What is verified and exported. One that was cancelled stays until it has ended."""
        return tuple(job for job in self._jobs.values() if job.kind in CHORES)

    def get(self, kind: str, key: str) -> Job | None:
        return self._jobs.get((kind, key))

    def active(self, kind: str, key: str) -> bool:
        job = self.get(kind, key)
        return job is not None and job.active

    def of(self, task: Task) -> Job | None:
        """The job that this very task does; None when another one has taken its place."""
        return next((job for job in self._jobs.values() if job.task == task.number), None)

    def put(self, job: Job) -> None:
        """In the place of one of its kind and key, if there is one."""
        self._jobs[(job.kind, job.key)] = job
        self._tell(job.kind)

    def step(self, job: Job, step: Step) -> None:
        self._jobs[(job.kind, job.key)] = replace(job, step=step)
        self._stepped.add(job.kind)
        if not self._telling.isActive():
            self._telling.start()

    def drop(self, job: Job | None) -> None:
        if job is not None:
            del self._jobs[(job.kind, job.key)]
            self._tell(job.kind)

    def end(self, task: Task, phase: str, error: Exception | None = None) -> None:
        """Keep a video's job on the list, with how it ended; a chore is over."""
        job = self.of(task)
        if job is None or job.kind in CHORES:
            self.drop(job)
        else:
            self.put(replace(job, phase=phase, error=error))

    def clear(self) -> None:
        self._jobs.clear()
        self.jobs_changed.emit(())
        self.chores_changed.emit(())

    def fall_silent(self) -> None:
        """Tell of no steps that wait."""
        self._telling.stop()

    @Slot()
    def _on_telling(self) -> None:
        kinds, self._stepped = self._stepped, set()
        for chore in {kind in CHORES for kind in kinds}:
            self._tell(CHORES[0] if chore else "")

    def _tell(self, kind: str) -> None:
        if kind in CHORES:
            self.chores_changed.emit(self.chores)
        else:
            self.jobs_changed.emit(self.jobs)
