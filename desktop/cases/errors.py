"""What can go wrong with a case, as facts. Sentences are made where people read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genconvit.errors import GenConViTError


class CaseError(GenConViTError):
    """Base of every expected failure of the store."""


@dataclass(eq=False)
class CaseNotFound(CaseError):
    """There is no such folder, or no ``case.json`` in it."""

    path: Path


@dataclass(eq=False)
class CaseUnreadable(CaseError):
    """``case.json`` cannot be read as a case."""

    path: Path
    problem: str


@dataclass(eq=False)
class CaseTooNew(CaseError):
    """Written by a newer program; this one would lose what it does not know."""

    path: Path
    table: str
    schema: int
    known: int


@dataclass(eq=False)
class CaseReadOnly(CaseError):
    """A change was asked for in a case that was opened read-only."""

    path: Path
    reason: str
    """``in use`` (another program has it open) or ``not writable`` (folder or medium)."""


@dataclass(eq=False)
class CaseNotSaved(CaseError):
    """A file of the case could not be written. What was there before is still there, whole."""

    path: Path
    problem: str
    """``no space``, ``forbidden``, or what the system said."""


@dataclass(eq=False)
class CaseFolderTaken(CaseError):
    """A new case was asked for in a folder that has something in it already."""

    path: Path


@dataclass(eq=False)
class NotInCase(CaseError):
    """An id, frame or picture that the case does not hold."""

    path: Path
    kind: str
    """``evidence``, ``analysis``, ``flagged frame``, ``report``, ``picture`` or ``certificate``."""
    id: str


@dataclass(eq=False)
class RecordChanged(CaseError):
    """A file is not the one whose hash is recorded."""

    path: Path
    expected_sha256: str
    found_sha256: str
    """Empty when the file is missing."""


@dataclass(eq=False)
class CertificateRefused(CaseError):
    """A repeatability certificate is about another video or another method than the analysis it is offered for."""

    path: Path
    what: str
    """``video`` or ``method``."""
    expected_sha256: str
    found_sha256: str


@dataclass(eq=False)
class VerdictNotFollowing(CaseError):
    """The verdict in an analysis is not what its scores and its rule give, so it is no result of this program."""

    path: Path


@dataclass(eq=False)
class ReportNotCopied(CaseError):
    """The report is in the case, but its copy could not be put where it was asked for."""

    path: Path
    problem: str


@dataclass(eq=False)
class EvidenceChanged(CaseError):
    """The file of an evidence is no longer the one that was taken in."""

    path: Path
