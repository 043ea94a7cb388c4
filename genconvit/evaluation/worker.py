"""What a process does that examines files for an evaluation: the networks loaded once, then file after file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from genconvit.engine_process import answer
from genconvit.evaluation.items import Item
from genconvit.evaluation.results import Result
from genconvit.method import Method
from genconvit.progress import Progress
from genconvit.records import Coverage, Verdict

if TYPE_CHECKING:
    from genconvit.detector import Detector
    from genconvit.faces import FaceFinder


@dataclass(frozen=True, slots=True)
class Setting:
    """The same for every file. ``threads``: to compute on, in each process. ``faces``: the files are pictures of a
    face, cut out already."""

    method: Method
    device: str = "auto"
    threads: int = 1
    faces: bool = False


def serve(connection: Connection, folders: tuple[Path, ...]) -> None:
    """Answer ``prepare`` and ``examine`` until the pipe ends. ``folders``: weights folders, the user's first."""
    work = Work(folders)
    answer(connection, {"prepare": work.prepare, "examine": work.examine})


class Work:
    """The requests, and the detector and finder that are kept between them."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._ready: tuple[Setting, Detector, FaceFinder | None] | None = None

    def prepare(self, setting: Setting, progress: Progress) -> str:
        """Load what is needed, unless it is there. Raises whatever makes every file impossible.

        Returns:
            The device's name, for a record.
        """
        if self._ready is not None and self._ready[0] == setting:
            return self._ready[1].device_name
        from genconvit import devices, faces
        from genconvit.detector import Detector

        devices.use_threads(setting.threads)
        faces.use_threads(setting.threads)
        detector = Detector(setting.method, self._folders, setting.device)
        finder = None if setting.faces else faces.make_finder(setting.method.finding, setting.threads)
        self._ready = (setting, detector, finder)
        return detector.device_name

    def examine(self, item: Item, progress: Progress) -> Result:
        """Raises GenConViTError for a file that cannot be examined."""
        assert self._ready is not None
        setting, detector, finder = self._ready
        start = time.perf_counter()
        if finder is None:
            from genconvit.evaluation.face_pictures import examine_face

            verdict, coverage, sha256 = examine_face(item.path, setting.method, detector)
        else:
            verdict, coverage, sha256 = self._examine_video(item.path, setting, detector, finder, progress)
        seconds = time.perf_counter() - start
        return Result(
            file=item.file,
            label=item.label,
            score=verdict.fake,
            verdict=verdict.label.value,
            faces=coverage.faces_used,
            frames=coverage.frames_read,
            seconds=round(seconds, 3),
            group=item.group,
            sha256=sha256,
        )

    def _examine_video(
        self, path: Path, setting: Setting, detector: Detector, finder: FaceFinder, progress: Progress
    ) -> tuple[Verdict, Coverage, str]:
        from genconvit.analyze import analyze

        analysis = analyze(
            path,
            setting.method,
            folders=self._folders,
            progress=progress,
            detector=lambda _: detector,
            finder=lambda _: finder,
        ).analysis
        return analysis.verdict, analysis.coverage, analysis.video.sha256
