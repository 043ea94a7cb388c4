"""What the stages hand to each other: frozen records, units in the names.

Conventions that hold everywhere:

* pixels are ``uint8 [height, width, 3]``, RGB, as displayed (rotation applied);
* a box is ``(left, top, right, bottom)`` in display pixels, half-open: ``pixels[top:bottom, left:right]``. It may
  reach beyond the frame, because a face at the border does;
* times are seconds from the first presented frame (``time_s``) or the stream's own clock (``pts`` times time base);
* ``fake`` is 0..1 and 1 means fake. It is a score, not a probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from genconvit.method import Method

Pixels = npt.NDArray[np.uint8]
UNLESS_DEFAULT = {"unless_default": True}
"""Metadata of a field that stands in a document only where it is not its default, so that sound videos keep theirs."""
Box = tuple[int, int, int, int]


class Label(StrEnum):
    """The machine's verdict. It is never the examiner's conclusion."""

    FAKE = "FAKE"
    REAL = "REAL"
    INCONCLUSIVE = "INCONCLUSIVE"


class Reason(StrEnum):
    """Why a verdict reads as it does."""

    AT_OR_ABOVE_UPPER = "at_or_above_upper"
    BELOW_LOWER = "below_lower"
    BETWEEN_THRESHOLDS = "between_thresholds"
    NO_FACE = "no_face"
    TOO_FEW_FACES = "too_few_faces"
    NO_RULE = "no_rule"
    DAMAGED = "damaged"
    """The score is below the lower threshold, but planned frames are missing or the file is said to be damaged: what
    speaks for FAKE may stand in what could not be read."""
    PERSON_UNDECIDED = "person_undecided"
    """The score is below the lower threshold, but a person with too few faces for the rule scores at or above the upper
    one. Under rules that count faces apart in time."""


class NotUsed(StrEnum):
    """Why a face that was found is not scored."""

    TOO_SMALL = "too_small"
    BEYOND_LIMIT = "beyond_limit"


@dataclass(frozen=True, slots=True)
class Video:
    """A readable video file: what it is and what in it was chosen for reading."""

    path: Path
    size_bytes: int
    sha256: str
    container: str
    codec: str
    pixel_format: str
    stream_index: int
    width_px: int
    """Display width, after rotation and pixel aspect are accounted for as the decoder does."""
    height_px: int
    rotation_deg: int
    """Clockwise turn applied for display: 0, 90, 180 or 270."""
    time_base: Fraction
    frame_count: int
    """Frames that are presented, counted by reading the stream, not taken from its header."""
    duration_s: float
    mean_fps: float
    decoder: str
    """Library and version, for example ``decord 3.4.0``."""
    notes: tuple[str, ...] = ()
    """What an examiner should know of the reading, for example that the file ends early."""
    damaged: bool = field(default=False, metadata=UNLESS_DEFAULT)
    """Whether a decoder told of damage, or fewer frames are there than the file promises. False is no proof of a sound
    file: a decoder may not notice."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One presented frame."""

    index: int
    """Position in presentation order, from 0."""
    pts: int
    time_s: float
    pixels: Pixels
    damaged: int = 0
    """Packets and frames that the decoder called damaged in this pass, up to where this frame was given."""


@dataclass(frozen=True, slots=True)
class FoundFace:
    """What a face finder says of one frame, before the method has looked at it."""

    box: Box
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that remembers its frame. ``crop`` is what a network is shown; None when the face is not used."""

    frame: int
    pts: int
    time_s: float
    box: Box
    confidence: float
    track: int
    crop: Pixels | None
    """``uint8 [size, size, 3]``, RGB, at the method's crop size."""
    reason: NotUsed | None = None


@dataclass(frozen=True, slots=True)
class FaceScore:
    """A face and what the networks say of it; without pixels, so that it can be kept."""

    frame: int
    pts: int
    time_s: float
    box: Box
    confidence: float
    track: int
    networks: Mapping[str, tuple[float, float]]
    """Per network the sigmoid pair ``(fake, real)``; empty when the face was not used."""
    fake: float | None
    """``(fake + 1 - real) / 2``, averaged over the networks; None when the face was not used."""
    used: bool
    reason: NotUsed | None
    crop_sha256: str | None
    """SHA-256 of the crop's bytes, row by row, RGB; None when the face was not used."""


@dataclass(frozen=True, slots=True)
class Track:
    """The faces of one person, linked over time."""

    id: int
    faces: int
    """Faces used for the score."""
    first_s: float
    last_s: float
    fake: float | None
    """Mean over the used faces; None when there is none."""
    enough: bool
    """Whether the track has as many used faces as the rule asks for, those that count towards it alone."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, of how much."""

    frames_total: int
    frames_planned: int
    frames_read: int
    frames_with_face: int
    faces_found: int
    faces_used: int
    faces_not_used: Mapping[str, int]
    """Count per :class:`NotUsed` value."""
    duration_s: float
    first_s: float | None
    last_s: float | None
    longest_gap_s: float | None
    """Longest stretch of the video between two examined frames, its ends included."""
    frames_not_decoded: tuple[int, ...] = field(default=(), metadata=UNLESS_DEFAULT)
    """Indices of the planned frames that could not be decoded, ascending. Frames that were not asked for, because the
    method wants no more faces, are not among them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome under the method's rule. ``fake`` is None when there was nothing to score."""

    label: Label
    fake: float | None
    published_score: float | None
    """The number the released script prints; None for any method but the released one."""
    reason: Reason
    track: int | None
    """The track the verdict rests on."""
    flagged_frames: tuple[int, ...]
    """Indices of the frames with a face at or above the rule's frame threshold, ascending."""


@dataclass(frozen=True, slots=True)
class WeightsUsed:
    """A weights file as it was loaded."""

    name: str
    network: str
    sha256: str
    source_sha256: str
    licence: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """How the numbers came about, enough to make them again."""

    program: str
    version: str
    python: str
    platform: str
    libraries: Mapping[str, str]
    decoder: str
    device: str
    """For example ``cpu (AMD EPYC, AVX512, 2 threads), fused: ed.encoder, ed.backbone`` or ``cuda:0 (NVIDIA H200)``.
    On a CPU its instructions, the threads and what is fused (:mod:`genconvit.networks.fused`) can each move the last
    digits of a score."""
    precision: str
    seed: int
    weights: tuple[WeightsUsed, ...]
    started_at: str
    """UTC, ISO 8601, whole seconds, ending in Z."""
    finished_at: str
    method_origin: str = "own"
    """A :class:`genconvit.method.Origin`: whether the method is as it comes with the program."""
    source_sha256: str = field(default="", metadata=UNLESS_DEFAULT)
    """Of the package ``genconvit``, by :func:`genconvit.sources.source_sha256`; empty where that is not known,
    or files were changed while they were imported."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """One examination of one video by one method. Never edited: a new run is a new one."""

    video: Video
    method: Method
    scores: tuple[FaceScore, ...]
    """In order of frame, then as the finder gave them."""
    tracks: tuple[Track, ...]
    verdict: Verdict
    coverage: Coverage
    provenance: Provenance
    timings_s: Mapping[str, float]
    examined: tuple[tuple[int, int, float], ...] = ()
    """``(frame, pts, time_s)`` of every frame that was read, with or without a face."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG kept as evidence of a flagged frame."""

    frame: int
    time_s: float
    kind: str
    """``frame`` (the whole frame, unmarked) or ``crop`` (a face as the network saw it)."""
    track: int | None
    sha256: str
    """Of the PNG file."""
    width_px: int
    height_px: int
    file: Path


@dataclass(frozen=True, slots=True)
class Examination:
    """An analysis together with the pictures that were kept of it."""

    analysis: Analysis
    pictures: tuple[Picture, ...] = field(default=())
