"""What a case holds, as frozen records. Times are UTC, ISO 8601, whole seconds, ending in Z. An empty text is
"not supplied"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Mark(StrEnum):
    """What the examiner says of a flagged frame."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCLEAR = "unclear"


class Opinion(StrEnum):
    """The examiner's conclusion on a video. The machine never fills it in."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """What the examiner enters for a case."""

    number: str
    title: str = ""
    examiner: str = ""
    laboratory: str = ""
    laboratory_address: str = ""
    requester: str = ""
    authority: str = ""
    question: str = ""
    scope: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A row of the library."""

    id: str
    folder: Path
    details: CaseDetails
    created_at: str
    changed_at: str
    videos: int
    labels: tuple[str, ...]
    """Label of the newest analysis of each video that has one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A video in a case."""

    id: str
    name: str
    """File name as it was taken in."""
    source: Path
    """Where it was taken in from."""
    stored: str
    """Path inside the case folder when the video was copied, empty when it is only referred to."""
    size_bytes: int
    sha256: str
    added_at: str
    container: str = ""
    codec: str = ""
    width_px: int = 0
    height_px: int = 0
    duration_s: float = 0.0
    frame_count: int = 0
    mean_fps: float = 0.0
    problem: str = ""
    """Why it cannot be read as a video; empty when it can."""
    modified_at: str = ""
    """When the file was last modified, as its file system said at intake."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture of a flagged frame in ``frames/``."""

    frame: int
    time_s: float
    kind: str
    track: int | None
    sha256: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class AnalysisEntry:
    """The case's note of an analysis. The whole of it is ``analyses/<id>.json``, never edited."""

    id: str
    evidence: str
    sha256: str
    """Of the JSON file."""
    made_at: str
    method: str
    method_sha256: str
    label: str
    fake: float | None
    reason: str
    flagged_frames: tuple[int, ...]
    frames_read: int
    frames_with_face: int
    faces_used: int
    pictures: tuple[KeptPicture, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The examiner's word on one flagged frame of one analysis. The newest counts; older ones are kept."""

    analysis: str
    frame: int
    mark: Mark
    comment: str
    examiner: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The examiner's conclusion on one video. The newest counts; older ones are kept."""

    evidence: str
    opinion: Opinion
    reasons: str
    examiner: str
    reviewer: str
    made_at: str


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """An exported report, kept in ``reports/``."""

    id: str
    file: str
    """Path inside the case folder."""
    sha256: str
    made_at: str
    analyses: tuple[str, ...]


RUN_HERE = "run by this program here"


def taken_in(path: Path) -> str:
    """The origin of a certificate that another process handed over."""
    return f"taken in from {path}"


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """A repeatability certificate of an analysis, kept as ``certificates/<sha256>.json``. The newest counts."""

    id: str
    analysis: str
    sha256: str
    """Of the JSON file."""
    kept_at: str
    origin: str = ""
    """Who ran what it certifies: :data:`RUN_HERE`, or :func:`taken_in` with the file it came from."""


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """A line of the custody log. ``sha256`` covers ``previous`` and everything else in the line, which chains them."""

    number: int
    at: str
    who: str
    what: str
    facts: dict[str, Any]
    previous: str
    sha256: str


NOT_FOLLOWING = "verdict does not follow from its scores"
ANOTHER_ENTRY = "case's note of it says otherwise"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in a case folder that is not as it was recorded."""

    object: str
    """Path inside the case folder, or of the video that is referred to."""
    problem: str
    """``missing``, ``changed``, ``unreadable``, ``not recorded`` or ``chain broken``; of an analysis also
    ``verdict does not follow from its scores``; of an analysis or certificate ``case's note of it says otherwise``."""
    expected: str = ""
    found: str = ""

    @property
    def note(self) -> bool:
        """True for a file that no document names, as an interrupted task leaves behind: nothing recorded differs."""
        return self.problem == "not recorded"


@dataclass(frozen=True, slots=True)
class CaseSnapshot:
    """All documents of a case at one moment, for showing and for printing."""

    id: str
    folder: Path
    read_only: bool
    details: CaseDetails
    created_at: str
    changed_at: str
    evidence: tuple[Evidence, ...]
    analyses: tuple[AnalysisEntry, ...]
    """Oldest first."""
    reviews: tuple[Review, ...]
    conclusions: tuple[Conclusion, ...]
    reports: tuple[ReportEntry, ...]
    custody: tuple[CustodyEvent, ...]
    certificates: tuple[CertificateEntry, ...] = ()
    """Oldest first."""
