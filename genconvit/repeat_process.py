"""An engine process for one run that is to be repeated: it examines, and hashes the pixels of the frames it is shown.

Nothing heavy is imported before the request asks for it.
"""

from __future__ import annotations

import hashlib
from multiprocessing import connection as pipes
from pathlib import Path

from genconvit.engine_process import answer
from genconvit.method import Method
from genconvit.progress import Progress
from genconvit.records import Analysis, Frame, Pixels

Answer = tuple[Analysis, dict[int, str], tuple[str, ...]]
"""The analysis; per examined frame the SHA-256 of its pixels; the names of the machine's devices."""


def serve(connection: pipes.Connection, folders: tuple[Path, ...]) -> None:
    """What the process runs. ``folders``: weights folders, the user's first."""

    def examine(path: Path, method: Method, device: str, progress: Progress) -> Answer:
        from genconvit.analyze import analyze
        from genconvit.devices import available_devices

        pixels: dict[int, str] = {}

        def see(frame: Frame) -> None:
            pixels[frame.index] = pixels_sha256(frame.pixels)

        examination = analyze(path, method, folders=folders, device=device, progress=progress, seen=see)
        return examination.analysis, pixels, available_devices()

    answer(connection, {"examine": examine})


def pixels_sha256(pixels: Pixels) -> str:
    """SHA-256 of a frame's pixels, row by row, however they lie in memory; copied only where they lie otherwise."""
    import numpy as np

    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()
