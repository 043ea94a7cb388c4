"""The repeatability certificate: what differed between runs of one method on one video, stage by stage.

:mod:`genconvit.certificate_document` writes and reads it. Every difference is an absolute one; None stands where there
was nothing to compare. A certificate says what was compared on the machine it names, and nothing of others. It is not
signed: whoever has the file can have written it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from genconvit.records import UNLESS_DEFAULT

TIMES = ("provenance.finished_at", "provenance.started_at", "timings_s")
"""Paths of the analysis document that two runs of one thing do not share."""
OF_THE_PLACE = ("video.path", "provenance.method_origin")
"""Where a file lies and whose the method is says nothing about the result."""
FramePlace = tuple[int, float]
"""Index of a frame and its time in seconds."""


class Scope(StrEnum):
    """What two runs have in common."""

    SAME_DEVICE = "same_device"
    ACROSS_DEVICES = "across_devices"
    """One on the CPU, the other on a GPU, of the same machine."""


TOLERANCES = {"float32": 1e-4, "bfloat16": 0.02}
"""Between a CPU and a GPU, per precision, for a network's outputs and for scores (0..1)."""


@dataclass(frozen=True, slots=True)
class VideoCompared:
    name: str
    """File name, without the folder."""
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MethodCompared:
    name: str
    sha256: str
    core_sha256: str
    precision: str


@dataclass(frozen=True, slots=True)
class Run:
    """One examination, in a process that was started for it and ended after it."""

    number: int
    """From 1."""
    program: str
    version: str
    python: str
    platform: str
    libraries: Mapping[str, str]
    decoder: str
    device: str
    started_at: str
    """UTC, ISO 8601, whole seconds, ending in Z."""
    finished_at: str
    label: str
    fake: float | None
    published_score: float | None
    result_sha256: str
    """See :func:`genconvit.certifying.result_sha256`: the same number for the same result."""
    source_sha256: str = field(default="", metadata=UNLESS_DEFAULT)
    """As of :class:`genconvit.records.Provenance`."""


@dataclass(frozen=True, slots=True)
class FramesCompared:
    first: int
    """Frames examined in the first of the two runs."""
    second: int
    only_first: tuple[FramePlace, ...]
    only_second: tuple[FramePlace, ...]
    time_differs: tuple[FramePlace, ...]
    """Frames of one index with another time stamp."""
    largest_time_s: float
    pixels: int
    """Frames whose decoded pixels were compared, by their SHA-256."""
    pixels_differ: tuple[FramePlace, ...]


@dataclass(frozen=True, slots=True)
class FacesCompared:
    """Faces of one frame are paired by their boxes, closest first."""

    first: int
    second: int
    count_differs: tuple[FramePlace, ...]
    """Frames with more faces in one run than in the other."""
    paired: int
    box_px: int | None
    """Largest difference of a box's side."""
    confidence: float | None


@dataclass(frozen=True, slots=True)
class CropsCompared:
    paired: int
    """Paired faces of which both runs made a crop."""
    differ: int
    """Of these, the crops with another SHA-256."""
    only_one: int
    """Paired faces of which one run made a crop and the other none."""


@dataclass(frozen=True, slots=True)
class ScoresCompared:
    paired: int
    networks: Mapping[str, tuple[float, float]]
    """Per network the largest differences of the sigmoid pair (fake, real)."""
    fake: float | None


@dataclass(frozen=True, slots=True)
class TracksCompared:
    first: int
    second: int
    linked_otherwise: int
    """Paired faces that belong to another track."""
    differ: int
    """Tracks of one number with another count of faces, other times, or enough faces in one run only."""
    fake: float | None


@dataclass(frozen=True, slots=True)
class VerdictsCompared:
    same: bool
    """Label, reason, track and flagged frames are the same."""
    labels: tuple[str, str]
    fake: float | None
    published_score: float | None
    flagged_in_one: tuple[int, ...]
    """Frames that one run flags and the other does not."""


@dataclass(frozen=True, slots=True)
class Differing:
    """Places of the analysis document that say something else. List positions in ``path`` are written ``*``."""

    path: str
    places: int
    first: str
    """The first of the places, with its positions."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, by their numbers."""

    first: int
    second: int
    scope: Scope
    tolerance: float
    """Largest difference of a score that counts as the same."""
    frames: FramesCompared
    faces: FacesCompared
    crops: CropsCompared
    scores: ScoresCompared
    tracks: TracksCompared
    verdict: VerdictsCompared
    identical: bool
    """The two analysis documents are the same byte for byte, but for what the certificate's ``left_out`` names."""
    differing: tuple[Differing, ...]
    within: bool
    """No stage is :func:`beyond` the tolerance."""


@dataclass(frozen=True, slots=True)
class Certificate:
    video: VideoCompared
    method: MethodCompared
    runs: tuple[Run, ...]
    comparisons: tuple[Comparison, ...]
    """Of each later run with the first one."""
    no_other_device: str
    """Why the CPU was not compared with a GPU; empty when it was."""
    left_out: tuple[str, ...]
    """:data:`TIMES`: paths of the analysis document that are not compared."""
    identical: bool
    """Whether the records of all runs on the same device are. Pixels are no part of a record: see ``within``."""
    within: bool
    """Whether every comparison is within its tolerance."""


def beyond(comparison: Comparison) -> tuple[str, ...]:
    """The stages in which two runs differ by more than the tolerance, or at all where a stage has whole numbers."""
    frames, faces, crops = comparison.frames, comparison.faces, comparison.crops
    tracks, verdict = comparison.tracks, comparison.verdict

    def far(*values: float | None) -> bool:
        return any(value is not None and value > comparison.tolerance for value in values)

    outputs = [value for pair in comparison.scores.networks.values() for value in pair]
    stages = {
        "frames": bool(frames.only_first or frames.only_second or frames.time_differs or frames.pixels_differ),
        "faces": bool(faces.count_differs or faces.box_px) or far(faces.confidence),
        "crops": bool(crops.differ or crops.only_one),
        "scores": far(comparison.scores.fake, *outputs),
        "tracks": bool(tracks.linked_otherwise or tracks.differ or tracks.first != tracks.second) or far(tracks.fake),
        "verdict": not verdict.same or far(verdict.fake, verdict.published_score),
    }
    return tuple(name for name, differs in stages.items() if differs)


def in_digits_alone(comparison: Comparison, precision: str) -> bool:
    """Whether two runs differ beyond their tolerance, but in no stage by more than a CPU and a GPU may."""
    return bool(beyond(comparison)) and not beyond(replace(comparison, tolerance=TOLERANCES[precision]))


def tolerance_of(scope: Scope, precision: str) -> float:
    """Largest difference of a score that counts as the same. On the same device nothing may differ."""
    return 0.0 if scope is Scope.SAME_DEVICE else TOLERANCES[precision]


def all_identical(comparisons: tuple[Comparison, ...]) -> bool:
    """Whether the runs on the same device are."""
    return all(each.identical for each in comparisons if each.scope is Scope.SAME_DEVICE)


def scope_of(first: str, second: str) -> Scope | None:
    """What two runs have in common, by the devices their records name; None for two GPUs, two processors, or a device
    of no kind known here."""
    names = {_hardware(first), _hardware(second)}
    kinds = {name.partition(" ")[0].partition(":")[0] for name in names}
    if not kinds <= {"cpu", "cuda", "mps"}:
        return None
    if len(names) == 1:
        return Scope.SAME_DEVICE
    return Scope.ACROSS_DEVICES if len(kinds) == 2 and "cpu" in kinds else None


def _hardware(device: str) -> str:
    """``cpu (AMD EPYC`` or ``cuda:0 (NVIDIA H200)``: without the threads and what was noted of the run."""
    return re.split(r", \d+ threads\b|, memory ran out: |, may not repeat itself: ", device, maxsplit=1)[0]
