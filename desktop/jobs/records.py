"""What the window and the session hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.cases.errors import CaseError
from desktop.cases.records import CaseSummary
from desktop.jobs.tasks import Step

START = Step(0.0)


@dataclass(frozen=True, slots=True)
class HowTo:
    """How videos are examined, from the settings. ``frames`` 0 leaves the method's own plan as it is."""

    method: str
    frames: int
    device: str


@dataclass(frozen=True, slots=True)
class Adding:
    """Videos for a case that is not open yet."""

    paths: tuple[Path, ...]
    copy: bool
    then: HowTo | None = None
    """With it each is analyzed as soon as it is there."""


@dataclass(frozen=True, slots=True)
class Job:
    """A video on its way into the case (``intake``) or through the engine (``analysis``), or a chore: ``verify``,
    ``export``, ``repeat``."""

    kind: str
    key: str
    """The path of a video that is taken in; the id of the evidence that is analyzed; where a report is copied to;
    the id of the analysis that is repeated."""
    name: str
    task: int
    """Number of the :class:`~desktop.jobs.tasks.Task` that does it."""
    phase: str = "waiting"
    """``waiting``, ``running``, ``failed`` or ``cancelled``."""
    step: Step = START
    error: Exception | None = None

    @property
    def active(self) -> bool:
        return self.phase in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Listing:
    """The cases there are, and why folders that look like one could not be read."""

    cases: tuple[CaseSummary, ...]
    problems: tuple[CaseError, ...]
