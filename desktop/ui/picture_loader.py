"""Picture files read on a thread of their own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from desktop.cases.durable import sha256_of
from desktop.jobs.tasks import Task, TaskThread
from desktop.models import images
from genconvit.progress import Progress

ENDING_S = 5.0


class PictureLoader(QObject):
    """``loaded`` carries the picture's SHA-256, the longest side it was asked for and the image, null for a
    file that is missing, damaged or another one."""

    loaded = Signal(str, int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("pictures", None, self)
        self._thread.finished_task.connect(self._on_finished)
        self._thread.start()

    def load(self, sha256: str, path: Path, longest_px: int = 0) -> None:
        """Large pictures overtake thumbnails."""
        task = Task("picture", (sha256, longest_px), partial(_load, sha256, path, longest_px))
        self._thread.submit(task, first=longest_px == 0)

    def clear(self) -> None:
        """Forget what was asked for and has not been read."""
        self._thread.forget("picture")

    def close(self) -> None:
        self._thread.stop()
        self._thread.wait(ENDING_S)

    @Slot(object, object)
    def _on_finished(self, task: Task, image: QImage) -> None:
        sha256, longest_px = cast(tuple[str, int], task.key)
        self.loaded.emit(sha256, longest_px, image)


def _load(sha256: str, path: Path, longest_px: int, progress: Progress) -> QImage:
    try:
        same = sha256_of(path, progress) == sha256
    except OSError:
        same = False
    return images.load(path, longest_px) if same else QImage()
