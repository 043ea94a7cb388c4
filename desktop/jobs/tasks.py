"""A thread that does one task after another and says how each ended."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance

from genconvit.progress import Cancelled, Progress, Reporter

log = logging.getLogger(__name__)

_numbers = itertools.count(1)

SPACING_S = 0.05
"""Progress is passed on at most this often, so that a fast stage does not flood the window."""


@dataclass(frozen=True, slots=True)
class Task:
    """``do`` runs on the task thread; ``kind`` and ``key`` say what it was when the answer comes.

    Of two tasks of one kind and key ``number`` says which: an answer of the first may arrive after the second began.
    """

    kind: str
    key: Hashable
    do: Callable[[Progress], Any]
    number: int = field(default_factory=_numbers.__next__)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a task is. ``fps`` and ``left_s`` are None as long as nothing can be said."""

    fraction: float
    frames: int | None = None
    fps: float | None = None
    left_s: float | None = None


@dataclass(slots=True)
class _Pace:
    """Frames per second and time left, from when the first report came."""

    started_s: float = field(default_factory=time.monotonic)
    first_frames: int | None = None
    first_s: float = 0.0
    told_s: float = 0.0

    def step(self, fraction: float, frames: int | None, now_s: float) -> Step:
        fps = left_s = None
        if frames is not None and self.first_frames is None:
            self.first_frames, self.first_s = frames, now_s
        if frames is not None and self.first_frames is not None and now_s - self.first_s > 0.2:
            fps = (frames - self.first_frames) / (now_s - self.first_s) or None
        gone_s = now_s - self.started_s
        if fraction > 0.02 and gone_s > 0.5:
            left_s = gone_s * (1.0 - fraction) / fraction
        return Step(fraction, frames, fps, left_s)


class TaskThread(QObject):
    """Tasks in order of submission. ``interrupt`` is called, from the GUI thread, to end a running task at once.

    ``finished_task`` carries the task and its result, ``failed_task`` the task and the exception.

    The thread is a daemon and no QThread: a read from a dead network disk never returns, and Qt ends the whole
    program, mid-write elsewhere, when a QThread is deleted that still runs.
    """

    started_task = Signal(object)
    progressed = Signal(object, object)
    finished_task = Signal(object, object)
    failed_task = Signal(object, object)
    cancelled_task = Signal(object)

    def __init__(self, name: str, interrupt: Callable[[], None] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._abandoned = False
        self._interrupt = interrupt
        self._waiting: deque[Task] = deque()
        self._wake = threading.Condition()
        self._running: Task | None = None
        self._cancelling = False
        self._stopping = False

    def start(self) -> None:
        self._thread.start()

    @property
    def name(self) -> str:
        return self._thread.name

    def wait(self, limit_s: float) -> bool:
        """Whether the thread has ended within the limit. If not it is left to itself, and nothing is heard of it."""
        self._thread.join(limit_s)
        if self._thread.is_alive():
            self._abandoned = True
            log.warning("%s has not ended after %.1f s: %s", self.name, limit_s, self._running)
        return not self._abandoned

    def submit(self, task: Task, *, first: bool = False) -> None:
        """Put a task at the end of the queue, or at its head."""
        with self._wake:
            if self._stopping:
                return
            if first:
                self._waiting.appendleft(task)
            else:
                self._waiting.append(task)
            self._wake.notify()

    def forget(self, kind: str) -> None:
        """Drop waiting tasks of a kind without a word."""
        with self._wake:
            self._waiting = deque(task for task in self._waiting if task.kind != kind)

    def cancel(self, kind: str, key: Hashable = ...) -> None:
        """End a waiting or running task, without ``key`` all of the kind; ``cancelled_task`` follows for each.

        Nothing happens when there is no such task.
        """
        interrupt = False
        with self._wake:
            found = [task for task in self._waiting if task.kind == kind and key in (task.key, ...)]
            for task in found:
                self._waiting.remove(task)
            running = self._running
            if running is not None and running.kind == kind and key in (running.key, ...):
                self._cancelling = interrupt = True
        for task in found:
            self._tell(self.cancelled_task, task)
        if interrupt and self._interrupt is not None:
            self._interrupt()

    def stop(self, *, finish: bool = False) -> None:
        """Ask the thread to end: at once, or after everything that waits. Follow with :meth:`wait`."""
        with self._wake:
            self._stopping = True
            interrupt = self._running is not None and not finish
            if not finish:
                self._waiting.clear()
                self._cancelling = True
            self._wake.notify()
        if interrupt and self._interrupt is not None:
            self._interrupt()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            self._tell(self.started_task, task)
            self._perform(task)

    def _tell(self, signal: SignalInstance, *content: object) -> None:
        if not self._abandoned:
            signal.emit(*content)

    def _next(self) -> Task | None:
        with self._wake:
            self._running = None
            while not self._waiting:
                if self._stopping:
                    return None
                self._wake.wait()
            self._running = self._waiting.popleft()
            self._cancelling = False
            return self._running

    def _perform(self, task: Task) -> None:
        pace = _Pace()

        def tell(fraction: float, frames: int | None) -> None:
            if self._cancelling:
                raise Cancelled
            now_s = time.monotonic()
            if now_s - pace.told_s >= SPACING_S or fraction >= 1.0:
                pace.told_s = now_s
                self._tell(self.progressed, task, pace.step(fraction, frames, now_s))

        try:
            result = task.do(Reporter(tell))
        except Cancelled:
            self._after_cancel(task)
        except Exception as error:
            if self._cancelling:
                self._after_cancel(task)
            else:
                log.info("%s %s failed: %s", task.kind, task.key, error, exc_info=error)
                self._tell(self.failed_task, task, error)
        else:
            self._tell(self.finished_task, task, result)

    def _after_cancel(self, task: Task) -> None:
        with self._wake:
            meant = self._cancelling
            if not meant:  # the interrupt was for the task before, which had just ended
                self._waiting.appendleft(task)
        if meant:
            self._tell(self.cancelled_task, task)
