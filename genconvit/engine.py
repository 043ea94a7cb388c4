"""The engine in a process of its own, seen from the caller: no torch and no decoder on this side.

A call blocks until its answer is here and reports progress in the calling thread meanwhile. Cancelling ends the
process, whatever it is doing; the next call starts another one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from genconvit import steering
from genconvit.engine_process import serve
from genconvit.errors import EngineDied, EngineFailure
from genconvit.method import Method
from genconvit.progress import QUIET, Cancelled, Progress
from genconvit.records import Examination, Frame, Video

POLL_S = 0.1
"""Longest time between two calls of ``progress.report`` while the engine is busy."""

KILL_S = 2.0

Serve = Callable[[Connection, tuple[Path, ...]], None]

_starting = threading.Lock()


class Engine:
    """A handle on the engine process, which starts with the first call. One call at a time; others wait.

    Every call raises :class:`Cancelled` when ``progress.report`` does or when :meth:`stop` was called from another
    thread; :class:`EngineDied` when the process ended by itself; :class:`EngineFailure` on a fault of the program; and
    the typed errors of the work itself.
    """

    def __init__(self, folders: Sequence[Path], target: Serve = serve) -> None:
        """``folders``: weights folders, the user's first. ``target``: what the process runs, by importable name."""
        self._folders = tuple(folders)
        self._target = target
        self._one_call = threading.Lock()
        self._state = threading.Lock()
        self._running: _Running | None = None

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination:
        """As :func:`genconvit.analyze.analyze`. The detector stays loaded for the next call with the same method."""
        answer = self.call("examine", (path, method, device, pictures), progress)
        assert isinstance(answer, Examination)
        return answer

    def probe(self, path: Path, progress: Progress = QUIET) -> Video:
        """As :func:`genconvit.video.probe`."""
        answer = self.call("probe", (path,), progress)
        assert isinstance(answer, Video)
        return answer

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame:
        """The presented frame ``index`` of the video, with its pixels."""
        answer = self.call("read_frame", (path, index), progress)
        assert isinstance(answer, Frame)
        return answer

    def stop(self) -> None:
        """End the process now, from any thread; a call that waits for it raises Cancelled."""
        with self._state:
            running, self._running = self._running, None
        if running is not None:
            running.stopped = True
            running.end()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def call(self, verb: str, arguments: tuple[Any, ...], progress: Progress = QUIET) -> Any:
        """A verb by name, for a ``target`` that has others than these."""
        with self._one_call:
            progress.report(0.0)
            running = self._started()
            try:
                kind, content = running.ask(verb, arguments, progress)
            except BaseException:
                self.stop()
                raise
        if kind == "done":
            return content
        assert isinstance(content, Exception)
        raise content

    def _started(self) -> _Running:
        with self._state:
            if self._running is None or not self._running.process.is_alive():
                self._running = _start(self._target, self._folders)
            return self._running


class _Running:
    """One life of the engine process."""

    def __init__(self, process: SpawnProcess, connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self.stopped = False
        self._ending = threading.Lock()

    def ask(self, verb: str, arguments: tuple[Any, ...], progress: Progress) -> tuple[str, Any]:
        """Send a request and wait. Returns ``("done", answer)`` or ``("error", exception)``."""
        last: tuple[float, int | None] = (0.0, None)
        with self._pipe(verb):
            self.connection.send((verb, arguments))
        while True:
            if self.stopped:
                raise Cancelled
            with self._pipe(verb):
                kind, content = self.connection.recv() if self.connection.poll(POLL_S) else ("progress", last)
            if kind == "failure":
                return "error", EngineFailure(*content)
            if kind != "progress":
                return kind, content
            last = content
            progress.report(*last)

    @contextlib.contextmanager
    def _pipe(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError):
            if self.stopped:
                raise Cancelled from None
            self.process.join(1.0)
            raise EngineDied(self.process.exitcode, verb) from None

    def end(self) -> None:
        """Kill the process and wait for its end. The pipe closes with the last reference to it: another thread may
        still be waiting on it."""
        with self._ending:
            self.process.terminate()
            self.process.join(0.5)
            if self.process.is_alive():
                self.process.kill()
                # A process that waits for a dead disk cannot even be killed; it ends when the system lets it.
                self.process.join(KILL_S)


def _start(target: Serve, folders: tuple[Path, ...]) -> _Running:
    """Start the process without the caller's main module, and without variables that steer arithmetic.

    A spawned process imports the main module of its parent again: a whole window, or a script that does its work
    unguarded. The engine needs nothing of it, so for the moment of starting an empty module stands in its place.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, folders), name="veriframe-engine", daemon=True)
    with _starting, steering.taken_out():
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main
    theirs.close()
    return _Running(process, ours)
