"""``python -m desktop`` that says when its window can be used, and closes it.

    python -m benchmarks.window_start

Prints ``{"at": "shown"}`` when the window has been drawn and the event loop waits for the first time, and
``{"at": "listed"}`` when the library's cases are listed in it as well. benchmarks/startup.py takes the time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest import mock

from PySide6.QtCore import QTimer

from desktop import app
from desktop.commands.line import main as command_line
from desktop.ui.main_window import MainWindow
from desktop.ui.start import make_window

BETWEEN_LOOKS_MS = 1


def watched(case: Path | None = None) -> MainWindow:
    """The program's own window, with a timer that looks at it."""
    window = make_window(case)
    timer = QTimer(window, interval=BETWEEN_LOOKS_MS)

    def look() -> None:
        if window.library.is_shown:
            timer.stop()
            _tell("listed")
            window.close()

    def shown() -> None:
        _tell("shown")
        timer.timeout.connect(look)
        timer.start()

    # A timer of no time comes when nothing else waits: the window has been laid out and drawn by then.
    QTimer.singleShot(0, window, shown)
    return window


def _tell(at: str) -> None:
    print(json.dumps({"at": at}), flush=True)


if __name__ == "__main__":
    with mock.patch.object(app, "make_window", watched):
        sys.exit(command_line([]))
