"""A target for the engine process that does strange things on request."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

from genconvit.engine_process import answer
from genconvit.errors import VideoNotFound
from genconvit.progress import Progress


def serve(connection: Connection, folders: tuple[Path, ...]) -> None:
    def probe(path: Path, progress: Progress) -> object:
        match path.name:
            case "missing":
                raise VideoNotFound(path, "missing")
            case "environment":
                return (os.getpid(), os.environ.get("ONEDNN_MAX_CPU_ISA", ""))
            case "fault":
                raise ZeroDivisionError("a fault of ours")
            case "dies":
                os._exit(7)
            case "hangs":
                time.sleep(600)
            case "counts":
                for i in range(5):
                    time.sleep(0.03)
                    progress.report(i / 5, i)
            case "reports":
                while True:
                    progress.report(0.5, 1)
        return (os.getpid(), str(folders[0]))

    answer(connection, {"probe": probe})
