"""The engine in a process of its own, seen from inside: takes requests from a pipe until the pipe ends.

Nothing heavy is imported before a request asks for it, and this module can be imported by the window.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import connection as pipes
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genconvit.errors import GenConViTError, WeightsDamaged
from genconvit.method import Finding, Method
from genconvit.progress import Progress, Reporter
from genconvit.records import Examination, Frame, Video
from genconvit.sources import source_sha256

if TYPE_CHECKING:
    from genconvit.detector import Detector
    from genconvit.faces import FaceFinder

Verb = Callable[..., Any]
"""Called with the request's arguments and a Progress."""

BETWEEN_REPORTS_S = 0.02
VIDEOS_REMEMBERED = 16


def serve(connection: pipes.Connection, folders: tuple[Path, ...]) -> None:
    """What the engine process runs. ``folders``: weights folders, the user's first."""
    work = Work(folders)
    answer(connection, {"examine": work.examine, "probe": work.probe, "read_frame": work.read_frame})


def answer(connection: pipes.Connection, verbs: Mapping[str, Verb]) -> None:
    """Answer requests one by one until the other side closes the pipe or ends."""
    # Ctrl-C in a terminal reaches both processes; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    # The first request may come hours later, and the program's files be of another state by then.
    source_sha256()
    with contextlib.suppress(EOFError, OSError):
        while True:
            verb, arguments = connection.recv()
            connection.send(_outcome(verbs[verb], arguments, _reporter(connection)))


def _outcome(verb: Verb, arguments: Sequence[Any], progress: Progress) -> tuple[str, Any]:
    try:
        return "done", verb(*arguments, progress)
    except _PipeClosed as error:
        raise EOFError from error
    except GenConViTError as error:
        return "error", error
    except Exception as error:  # noqa: BLE001  the process's outermost frame: everything else goes over as a failure
        return "failure", (type(error).__name__, str(error), traceback.format_exc())


class _PipeClosed(BaseException):
    """Nobody listens any more. Not an Exception, so that no stage mistakes it for a problem of its own."""


def _reporter(connection: pipes.Connection) -> Reporter:
    last_s = 0.0

    def tell(fraction: float, frames: int | None) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s < BETWEEN_REPORTS_S and fraction < 1.0:
            return
        last_s = now_s
        try:
            connection.send(("progress", (fraction, frames)))
        except OSError as error:
            raise _PipeClosed from error

    return Reporter(tell)


def _end_with_parent() -> None:
    """A decoder that hangs never looks at the pipe, so a thread waits for the parent's end instead."""
    parent = parent_process()
    if parent is not None:
        pipes.wait([parent.sentinel])
        os._exit(1)


class Work:
    """The requests, and what is worth keeping between them: one detector, one finder, and what is known of recent
    videos."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._loaded: tuple[object, Detector] | None = None
        self._finder: tuple[Finding, FaceFinder] | None = None
        self._videos: OrderedDict[tuple[Path, int, int], Video] = OrderedDict()

    def examine(
        self, path: Path, method: Method, device: str, pictures: Path | None, progress: Progress
    ) -> Examination:
        from genconvit.analyze import analyze, require_cards

        # A name without a pinned hash may have been imported anew since. What is missing is said before torch comes in.
        files = require_cards(method, self._folders)

        def detector(loading: Progress) -> Detector:
            return self._detector(method, device, files, loading)

        try:
            return analyze(
                path,
                method,
                folders=self._folders,
                device=device,
                progress=progress,
                pictures=pictures,
                detector=detector,
                finder=self._finder_for,
            )
        except WeightsDamaged:
            # The file may be mended by the next time; what is loaded of it will not be.
            self._loaded = None
            raise

    def probe(self, path: Path, progress: Progress) -> Video:
        from genconvit import video

        return self._remember(video.probe(path, progress))

    def read_frame(self, path: Path, index: int, progress: Progress) -> Frame:
        from genconvit import video

        known = self._videos.get(_stamp(path))
        return next(iter(video.read_frames(known or self.probe(path, progress), [index])))

    def _remember(self, video: Video) -> Video:
        self._videos[_stamp(video.path)] = video
        while len(self._videos) > VIDEOS_REMEMBERED:
            self._videos.popitem(last=False)
        return video

    def _finder_for(self, finding: Finding) -> FaceFinder:
        from genconvit.faces import make_finder

        if self._finder is None or self._finder[0] != finding:
            self._finder = None
            self._finder = (finding, make_finder(finding))
        return self._finder[1]

    def _detector(self, method: Method, device: str, files: tuple[str, ...], progress: Progress) -> Detector:
        from genconvit.detector import Detector

        key = (method, device, files)
        if self._loaded is None or self._loaded[0] != key:
            self._loaded = None
            self._loaded = (key, Detector(method, self._folders, device, progress=progress))
        return self._loaded[1]


def _stamp(path: Path) -> tuple[Path, int, int]:
    try:
        status = path.stat()
    except OSError:
        return path, -1, -1
    return path, status.st_size, status.st_mtime_ns
