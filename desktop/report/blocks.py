"""What a report is made of: frozen records of plain text and numbers. Nothing here knows how it looks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Field:
    """A label and what it says. ``kind``: ``text``, ``hash`` (64 hexadecimal digits) or ``prose`` (may have lines)."""

    label: str
    value: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Fields:
    rows: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``kind``: ``plain``, ``small`` (a remark to a figure or table), ``statement`` (must not be overlooked),
    ``heading`` (over a part of a section, without a number) or ``spelling`` (a statement that is printed only in a
    report in which a character stands as its code point)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """``share``: of the width that is left over; 0 is as wide as its widest cell. ``kind``: ``text``, ``number``,
    ``hash`` or ``strong``."""

    title: str
    share: float = 0.0
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    small: bool = False


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line across a scale of scores. ``at`` is 0..1."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class VerdictBox:
    """The machine's result with its rule beside it. ``fake`` is 0..1, None when nothing was scored."""

    label: str
    meaning: str
    score: str
    fake: float | None
    thresholds: tuple[Threshold, ...]
    rule: tuple[str, ...]
    known: tuple[str, ...]
    """What is known of the rule's errors."""
    coverage: str
    flagged: str
    """How many frames are flagged."""
    origin: str
    """Whose method it is, where it is not one that comes with the program as it stands; else empty."""


@dataclass(frozen=True, slots=True)
class Point:
    """A face's score. ``x`` and ``y`` are 0..1 of the plot; ``joined``: a line leads to it from the one before."""

    x: float
    y: float
    flagged: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one person, in order of time. ``style`` chooses colour and mark together."""

    name: str
    style: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Scores over time. ``gaps``: stretches ``(from, to)`` of the plot's width in which no frame was examined."""

    series: tuple[Series, ...]
    thresholds: tuple[Threshold, ...]
    ticks: tuple[Tick, ...]
    gaps: tuple[tuple[float, float], ...]
    with_face: tuple[float, ...]
    """Where on the width a frame with a face was examined."""
    without_face: tuple[float, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Marking:
    """A face box on a frame, in the frame's pixels ``(left, top, right, bottom)``, half-open."""

    box: tuple[int, int, int, int]
    name: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class CropCard:
    """A face as the networks saw it; ``picture`` is the SHA-256 of its PNG, empty when none was kept."""

    name: str
    picture: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrameCard:
    """A flagged frame; ``picture`` is the SHA-256 of its PNG, empty when none was kept."""

    title: str
    picture: str
    width_px: int
    height_px: int
    markings: tuple[Marking, ...]
    crops: tuple[CropCard, ...]


@dataclass(frozen=True, slots=True)
class Frames:
    cards: tuple[FrameCard, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Signatures:
    people: tuple[Signature, ...]


Block = Fields | Paragraph | Table | VerdictBox | Timeline | Frames | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """``level`` 1 or 2. ``new_page``: begins on one. ``together``: short enough to stay on one."""

    title: str
    blocks: tuple[Block, ...] = ()
    level: int = 1
    new_page: bool = False
    together: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF and what it is."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ReportContent:
    """The whole report. The head stands on every page, the rest in the order given."""

    title: str
    laboratory: str
    address: str
    case: str
    """The case's number, or its id where it has none; printed on every page."""
    issued_at: str
    lead: tuple[Field, ...]
    """The facts under the title."""
    sections: tuple[Section, ...]
    end: str
    attachments: tuple[Attachment, ...] = field(default=())
    """What is known of the attachments; one that is not named here is attached all the same."""
