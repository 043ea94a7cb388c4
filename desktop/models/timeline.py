"""An analysis laid out over time, ready for drawing. No Qt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from desktop.models import words
from genconvit.records import Analysis, FaceScore

WIDE = 2.5
"""A stretch between two examined frames is a gap when it is this many times the usual one."""


@dataclass(frozen=True, slots=True)
class Point:
    """A used face: where it stands in the chart."""

    frame: int
    time_s: float
    fake: float
    track: int


@dataclass(frozen=True, slots=True)
class Stop:
    """An examined frame."""

    frame: int
    time_s: float
    faces: int
    flagged: bool
    highest: float | None
    """Highest ``fake`` of its used faces."""
    score: str = "–"
    """The same as it is read, on its side of the rule's thresholds."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """``gaps``: start and end, in seconds, of stretches that were not examined."""

    duration_s: float
    upper: float | None
    lower: float | None
    points: tuple[Point, ...]
    stops: tuple[Stop, ...]
    gaps: tuple[tuple[float, float], ...]
    tracks: tuple[int, ...]

    def nearest(self, time_s: float) -> int | None:
        """Index of the examined frame nearest in time."""
        if not self.stops:
            return None
        return min(range(len(self.stops)), key=lambda i: abs(self.stops[i].time_s - time_s))

    def position(self, frame: int) -> int | None:
        """Index of the examined frame of that number; None when it was not examined."""
        at = bisect_left([stop.frame for stop in self.stops], frame)
        return at if at < len(self.stops) and self.stops[at].frame == frame else None

    def stretches(self, points: Sequence[Point]) -> list[list[int]]:
        """Positions in ``points`` that one line may join: nothing is drawn across what was not examined."""
        joined: list[list[int]] = []
        for number, point in enumerate(points):
            before = points[number - 1].time_s if number else 0.0
            if number and not any(before < end and start < point.time_s for start, end in self.gaps):
                joined[-1].append(number)
            else:
                joined.append([number])
        return joined

    def step(self, frame: int | None, by: int, *, flagged: bool = False) -> int | None:
        """Frame number ``by`` examined (or flagged) frames further, held at the ends."""
        frames = [stop.frame for stop in self.stops if stop.flagged or not flagged]
        if not frames:
            return None
        if frame is None:
            return frames[0]
        at = bisect_left(frames, frame)
        on_one = at < len(frames) and frames[at] == frame
        if not on_one and by > 0:
            at -= 1
        return frames[min(max(at + by, 0), len(frames) - 1)]


def lay_out(analysis: Analysis) -> Timeline:
    faces: dict[int, list[FaceScore]] = {}
    for face in analysis.scores:
        faces.setdefault(face.frame, []).append(face)
    examined = {frame: time_s for frame, _, time_s in analysis.examined}
    for face in analysis.scores:
        examined.setdefault(face.frame, face.time_s)
    flagged = set(analysis.verdict.flagged_frames)
    rule = analysis.method.rule
    stops = tuple(
        Stop(frame, time_s, len(here), frame in flagged, highest := _highest(here), words.score(highest, rule))
        for frame, time_s in sorted(examined.items())
        for here in [faces.get(frame, [])]
    )
    points = tuple(
        Point(face.frame, face.time_s, face.fake, face.track) for face in analysis.scores if face.fake is not None
    )
    return Timeline(
        duration_s=max([analysis.video.duration_s, *(stop.time_s for stop in stops)]),
        upper=rule.upper if rule else None,
        lower=rule.lower if rule else None,
        points=points,
        stops=stops,
        gaps=_gaps([stop.time_s for stop in stops], analysis.video.duration_s),
        tracks=tuple(dict.fromkeys(point.track for point in points)),
    )


def _highest(faces: list[FaceScore]) -> float | None:
    return max((face.fake for face in faces if face.fake is not None), default=None)


def _gaps(times_s: list[float], duration_s: float) -> tuple[tuple[float, float], ...]:
    if len(times_s) < 2:
        return ()
    edges = [0.0, *times_s, max(duration_s, times_s[-1])]
    usual_s = median(b - a for a, b in pairwise(times_s))
    return tuple((a, b) for a, b in pairwise(edges) if b - a > WIDE * usual_s and b - a > 0.2)
