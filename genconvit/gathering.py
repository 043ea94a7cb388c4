"""From frames with faces to scores, a batch at a time."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from genconvit.batch import BATCH
from genconvit.crop import crop
from genconvit.method import Method
from genconvit.pictures import keep_frame
from genconvit.progress import Progress
from genconvit.records import Face, FaceScore, FoundFace, Frame, NotUsed, Picture, Pixels, WeightsUsed
from genconvit.tracks import Linker
from genconvit.verdict import fake_of, is_flagged

BYTES_HELD = 200_000_000
"""Faces wait until there are :data:`genconvit.batch.BATCH` of them, or so many bytes of pixels in their frames. Those
pixels wait only where pictures are kept, but are counted in any case: a batch's size moves the last digits of a score,
and whether somebody wants pictures must not. Nor must anything that differs from run to run."""

_NO_PIXELS: Pixels = np.empty((0, 0, 3), np.uint8)


class Scorer(Protocol):
    """The part of :class:`genconvit.detector.Detector` that is used here."""

    @property
    def method(self) -> Method: ...
    @property
    def device_name(self) -> str: ...
    @property
    def weights(self) -> tuple[WeightsUsed, ...]: ...
    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]: ...


class Clock:
    """Seconds per stage, summed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent in the block. Stages of different threads overlap; each name belongs to one thread, which
        a sum that two threads add to would not survive."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Frames whose faces are scored together. ``pixels`` of a frame are there only where pictures are kept."""

    frames: tuple[tuple[Frame, tuple[Face, ...]], ...]

    @property
    def crops(self) -> list[Pixels]:
        return [face.crop for _, faces in self.frames for face in faces if face.crop is not None]


@dataclass
class Gathering:
    """What is known so far. Pixels are kept only until their faces are scored.

    Two threads may work with it: one takes frames, another scores what the first was given for that.
    """

    method: Method
    folder: Path | None
    """For pictures."""
    clock: Clock
    repeats: Mapping[int, int] = field(default_factory=dict)
    """See :func:`genconvit.method.spread.repeats`."""
    examined: list[tuple[int, int, float]] = field(default_factory=list)
    scores: list[FaceScore] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    used: int = 0
    damaged: int = 0
    """Packets and frames that the decoder called damaged, up to the last frame that was taken."""

    def __post_init__(self) -> None:
        self._linker = Linker(self.method.finding.smallest_px)
        self._waiting: list[tuple[Frame, tuple[Face, ...]]] = []
        self._crops = 0
        self._bytes = 0

    @property
    def full(self) -> bool:
        """Whether the method wants no more faces; the released script then stops looking."""
        return 0 < self.method.finding.most_faces <= self.used

    def not_decoded(self, planned: Sequence[int]) -> tuple[int, ...]:
        """The planned frames that should have been given by now, and were not."""
        given = {index for index, _, _ in self.examined}
        last = max(given, default=-1)
        return tuple(index for index in planned if index not in given and (index < last or not self.full))

    def take(self, frame: Frame, found: Sequence[FoundFace]) -> tuple[FrameBatch, ...]:
        """Take the next frame. Gives what is to be scored now: faces wait for each other, but never for a frame that
        would make more of them than go through the networks at once."""
        self.examined.append((frame.index, frame.pts, frame.time_s))
        self.damaged = max(self.damaged, frame.damaged)
        with self.clock.stage("link"):
            numbers = self._linker.add(frame, found)
        with self.clock.stage("crop"):
            faces = tuple(self._face(frame, face, number) for face, number in zip(found, numbers, strict=True))
        if not faces:
            return ()
        crops = sum(face.crop is not None for face in faces)
        # Towards the limit a frame counts as often as the released script reads it.
        self.used += (self.repeats.get(frame.index, 1) - 1) * crops
        before = self.rest() if self._crops + crops > BATCH else ()
        self._crops += crops
        self._bytes += frame.pixels.nbytes
        self._waiting.append((frame if self.folder else replace(frame, pixels=_NO_PIXELS), faces))
        enough = self._crops >= BATCH or self._bytes >= BYTES_HELD
        return before + self.rest() if enough else before

    def rest(self) -> tuple[FrameBatch, ...]:
        """What still waits to be scored, if anything does."""
        if not self._waiting:
            return ()
        batch = FrameBatch(tuple(self._waiting))
        self._waiting.clear()
        self._crops = self._bytes = 0
        return (batch,)

    def tell(self, progress: Progress, planned: int) -> None:
        """Report how many of the frames that were planned have been taken."""
        progress.report(len(self.examined) / max(planned, 1), len(self.examined) or None)

    def score(self, batch: FrameBatch, scorer: Scorer) -> None:
        """Score the faces of a batch, and keep the pictures of flagged frames. Batches come in order."""
        crops = batch.crops
        with self.clock.stage("score"):
            results = iter(scorer.score(np.stack(crops)) if crops else [])
        rule = self.method.rule
        for frame, faces in batch.frames:
            scores = [_scored(face, next(results) if face.crop is not None else {}) for face in faces]
            self.scores += scores
            if self.folder and rule and any(is_flagged(score, rule) for score in scores):
                with self.clock.stage("pictures"):
                    self.pictures += keep_frame(frame, faces, self.folder)

    def _face(self, frame: Frame, found: FoundFace, track: int) -> Face:
        reason = self._reason(found)
        pixels = crop(frame.pixels, found.box, self.method.crop) if reason is None else None
        self.used += reason is None
        return Face(frame.index, frame.pts, frame.time_s, found.box, found.confidence, track, pixels, reason)

    def _reason(self, found: FoundFace) -> NotUsed | None:
        left, top, right, bottom = found.box
        if min(right - left, bottom - top) < self.method.finding.smallest_px:
            return NotUsed.TOO_SMALL
        return NotUsed.BEYOND_LIMIT if self.full else None


def _scored(face: Face, networks: dict[str, tuple[float, float]]) -> FaceScore:
    used = face.crop is not None
    return FaceScore(
        frame=face.frame,
        pts=face.pts,
        time_s=face.time_s,
        box=face.box,
        confidence=face.confidence,
        track=face.track,
        networks=networks,
        fake=fake_of(networks) if used else None,
        used=used,
        reason=face.reason,
        crop_sha256=hashlib.sha256(face.crop.tobytes()).hexdigest() if face.crop is not None else None,
    )
