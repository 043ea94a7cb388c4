"""Lines for people and scripts on the two output streams."""

from __future__ import annotations

import sys
import time
import traceback

from desktop.messages import message
from genconvit.progress import QUIET, Progress, Reporter

_BETWEEN_S = 0.2
_WIDTH = 78


def prepare() -> None:
    """Print names that the terminal's encoding does not know as escapes, and not fail. A windowed build has no
    streams at all."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace", line_buffering=True)


def row(*columns: str) -> None:
    """One tab-separated line on stdout; what would break the line is printed as a space."""
    print("\t".join("".join(c if c.isprintable() else " " for c in column) for column in columns))


def tell(text: str) -> None:
    """A sentence on stderr."""
    print(text, file=sys.stderr)


def complain(subject: str, error: BaseException) -> None:
    """Say on stderr what went wrong with ``subject``; an error that nobody expected with its trace."""
    words = message(error)
    if words is not None:
        tell(f"{subject}: {words.text}")
        return
    trace = str(getattr(error, "trace", "")) or "".join(traceback.format_exception(error))
    tell(f"{subject}: an unexpected error, {type(error).__name__}: {error}\n{trace}")


class Bar:
    """A line on stderr that says how far a task is, where stderr is a terminal."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._shown_s = 0.0
        self._on = sys.stderr is not None and sys.stderr.isatty()
        self.progress: Progress = Reporter(self._tell) if self._on else QUIET

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._on:
            print("\r" + " " * _WIDTH + "\r", end="", file=sys.stderr, flush=True)

    def _tell(self, fraction: float, frames: int | None) -> None:
        now_s = time.monotonic()
        if now_s - self._shown_s < _BETWEEN_S:
            return
        self._shown_s = now_s
        count = f", {frames} frames" if frames else ""
        line = f"{fraction:4.0%} {self._subject}{count}"
        print("\r" + line[:_WIDTH].ljust(_WIDTH), end="", file=sys.stderr, flush=True)
