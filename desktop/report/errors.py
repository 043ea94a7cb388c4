"""Why a report could not be made. An old report of that name is then still what it was."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(eq=False)
class ReportError(Exception):
    """Base of the kinds below. The fields are the facts; ``str()`` lists them for logs."""

    to: Path

    def __str__(self) -> str:
        facts = ", ".join(f"{f.name}={getattr(self, f.name)!s}" for f in fields(self))
        return f"{type(self).__name__}({facts})"

    def __reduce__(self) -> tuple[type[ReportError], tuple[object, ...]]:
        return type(self), tuple(getattr(self, f.name) for f in fields(self))


@dataclass(eq=False)
class ReportNotSaved(ReportError):
    """The file could not be written: no such folder, no right to it, no space, or open in another program."""

    detail: str


@dataclass(eq=False)
class ReportNotSet(ReportError):
    """The typesetter refused the report, which is a fault of this program."""

    detail: str


@dataclass(eq=False)
class TemplateMissing(ReportError):
    """The program's own template is not where it was installed."""

    template: Path
