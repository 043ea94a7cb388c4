"""How far a long task is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Cancelled(Exception):
    """Raised from :meth:`Progress.report` when the task is to end. Not a :class:`GenConViTError`."""


class Progress(Protocol):
    """Called once per frame and once per batch by everything that takes long."""

    def report(self, fraction: float, frames: int | None = None) -> None:
        """Say that ``fraction`` (0..1) is done, and how many frames were read so far where that is known.

        Raises:
            Cancelled: the task is to end now.
        """
        ...

    def part(self, start: float, length: float) -> Progress:
        """A stage's own 0..1, laid onto ``start .. start + length`` of this one."""
        ...


@dataclass(frozen=True, slots=True)
class Reporter:
    """A :class:`Progress` that passes overall fraction and frame count to a function, which may raise Cancelled."""

    tell: Callable[[float, int | None], None]
    start: float = 0.0
    length: float = 1.0

    def report(self, fraction: float, frames: int | None = None) -> None:
        self.tell(self.start + self.length * min(max(fraction, 0.0), 1.0), frames)

    def part(self, start: float, length: float) -> Reporter:
        return Reporter(self.tell, self.start + self.length * start, self.length * length)


def _nothing(fraction: float, frames: int | None) -> None:
    return None


QUIET: Progress = Reporter(_nothing)
"""Reports to nobody and never cancels."""
