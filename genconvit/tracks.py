"""Links the faces of one person over time, frame by frame.

Two kinds of evidence. **Overlap**: within one shot and a short time, the face in the same place is the same person.
Where that cannot decide (a cut, a gap, a newcomer), **encodings**: faces whose 128 numbers (dlib's network, as
``face_recognition`` runs it) are closer than ``ENCODING_DISTANCE`` to one of a track's. They are slow, and made only
then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
import numpy.typing as npt

from genconvit.errors import EncoderModelMissing
from genconvit.records import Box, FoundFace, Frame, Pixels

NEAR_S = 1.5
"""Frames farther apart than this are linked by encodings only."""
OVERLAP = 0.5
"""Least intersection over union of boxes that overlap may link."""
SAME_SHOT = 0.7
"""Least correlation of two frames' thumbnails; below it there was a cut, or too much movement to trust a place."""
ENCODING_DISTANCE = 0.55
"""Stricter than dlib's 0.6, which is meant for comparing two photographs: a track has several to compare with."""
ENCODINGS_KEPT = 8
THUMBNAIL_PX = 32
PACKAGE = "face_recognition_models"
LANDMARKS, NETWORK = "shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat"
MARGIN = 0.5
"""Of the face's size, kept around it for a later encoding."""
SIGHT_PX = 300
"""Larger faces are shrunk to this before they are kept; the encoder itself looks at 150 px."""

Encoding = npt.NDArray[np.float64]
Encode = Callable[[Pixels, Box], Encoding]
"""From RGB pixels and a face's box in them to ``float64 [128]``."""


@dataclass
class _Sight:
    """A face as it was seen once: enough pixels to encode it later, if that is ever needed; none once it is encoded."""

    pixels: Pixels | None
    box: Box
    encoding: Encoding | None = None


@dataclass
class _Track:
    frame: int
    time_s: float
    box: Box
    newest: _Sight | None
    sights: list[_Sight] = field(default_factory=list)
    """Sights that overlap did not link, the first of the track among them."""


class Linker:
    """Gives every face the number of its person's track, counted from 1 in order of appearance.

    Fed with frames in ascending order. Two faces of one frame never share a track. The numbers depend on nothing but
    the frames and faces given. Memory grows with the number of people, not of frames.
    """

    def __init__(self, smallest_px: int = 0, encode: Encode | None = None) -> None:
        """``smallest_px``: a face with a shorter side below it is too coarse to encode; overlap alone links it."""
        self._smallest_px = smallest_px
        self._encode = encode or encode_face
        self._tracks: list[_Track] = []
        self._thumbnail: npt.NDArray[np.float64] | None = None
        self._frame = -1
        self._time_s = 0.0

    def add(self, frame: Frame, faces: Sequence[FoundFace]) -> list[int]:
        """Track numbers of the faces of the next frame, in the order of ``faces``."""
        thumbnail = _thumbnail(frame.pixels)
        near = self._thumbnail is not None and frame.time_s - self._time_s <= NEAR_S
        numbers: dict[int, int] = {}
        if near and self._thumbnail is not None and _correlation(thumbnail, self._thumbnail) >= SAME_SHOT:
            numbers = _matched(self._overlaps(faces))
        overlapped = set(numbers)
        sights = {i: _sight(frame.pixels, face.box) for i, face in enumerate(faces) if self._encodable(face)}
        distances = ((-d, i, t) for d, i, t in self._distances(sights, numbers))
        numbers |= _matched(distances)
        for i, face in enumerate(faces):
            if i not in numbers:
                numbers[i] = len(self._tracks)
                self._tracks.append(_Track(frame.index, frame.time_s, face.box, None))
            self._see(self._tracks[numbers[i]], frame, face, sights.get(i), i in overlapped)
        self._thumbnail, self._frame, self._time_s = thumbnail, frame.index, frame.time_s
        return [numbers[i] + 1 for i in range(len(faces))]

    def _encodable(self, face: FoundFace) -> bool:
        left, top, right, bottom = face.box
        return min(right - left, bottom - top) >= max(self._smallest_px, 1)

    def _overlaps(self, faces: Sequence[FoundFace]) -> Iterable[tuple[float, int, int]]:
        for number, track in enumerate(self._tracks):
            if track.frame == self._frame:
                for i, face in enumerate(faces):
                    if (share := overlap(face.box, track.box)) >= OVERLAP:
                        yield share, i, number

    def _distances(self, sights: dict[int, _Sight], taken: dict[int, int]) -> Iterable[tuple[float, int, int]]:
        free = [number for number in range(len(self._tracks)) if number not in taken.values()]
        for i, sight in sights.items():
            if i in taken:
                continue
            for number in free:
                track = self._tracks[number]
                known = track.sights + ([track.newest] if track.newest else [])
                distances = [float(np.linalg.norm(self._encoded(sight) - self._encoded(other))) for other in known]
                if distances and min(distances) < ENCODING_DISTANCE:
                    yield min(distances), i, number

    def _encoded(self, sight: _Sight) -> Encoding:
        if sight.encoding is None:
            assert sight.pixels is not None
            sight.encoding, sight.pixels = self._encode(sight.pixels, sight.box), None
        return sight.encoding

    def _see(self, track: _Track, frame: Frame, face: FoundFace, sight: _Sight | None, overlapped: bool) -> None:
        track.frame, track.time_s, track.box = frame.index, frame.time_s, face.box
        if sight is None:
            return
        if overlapped and track.sights:
            track.newest = sight
            return
        track.sights.append(sight)
        if len(track.sights) > ENCODINGS_KEPT:
            del track.sights[1]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (one, other)]
    return width * height / (sum(areas) - width * height)


def encode_face(pixels: Pixels, box: Box) -> Encoding:
    """``face_recognition``'s 128 numbers of the face in ``box``; the same face gives the same numbers.

    Raises EncoderModelMissing.

    Its ``face_encodings`` with the model ``small`` and one look. It is not imported for that: it reads a finder and
    a model of 68 landmarks as well, for a second and a half.
    """
    landmarks, network = _models()
    place = landmarks(pixels, dlib.rectangle(*box))
    return np.asarray(network.compute_face_descriptor(pixels, place, 1), dtype=np.float64)


@functools.cache
def _models() -> tuple[Callable[..., Any], Any]:
    """dlib's five landmarks and its network, from the package of models that comes with ``face_recognition``."""
    spec = find_spec(PACKAGE)
    package = Path(spec.origin).parent if spec is not None and spec.origin is not None else Path(PACKAGE)
    files = [package / "models" / name for name in (LANDMARKS, NETWORK)]
    for file in files:
        if not file.is_file():
            raise EncoderModelMissing(file)
    landmarks, network = map(str, files)
    return dlib.shape_predictor(landmarks), dlib.face_recognition_model_v1(network)


def _matched(candidates: Iterable[tuple[float, int, int]]) -> dict[int, int]:
    """Face to track, each at most once, the strongest ``(strength, face, track)`` first, then in order of number."""
    matched: dict[int, int] = {}
    for _, face, track in sorted(candidates, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if face not in matched and track not in matched.values():
            matched[face] = track
    return matched


def _sight(pixels: Pixels, box: Box) -> _Sight:
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    margin = int(max(right - left, bottom - top) * MARGIN)
    x0, y0 = max(left - margin, 0), max(top - margin, 0)
    part = pixels[y0 : min(bottom + margin, height), x0 : min(right + margin, width)]
    share = min(SIGHT_PX / min(right - left, bottom - top), 1.0)
    size = (max(round(part.shape[1] * share), 1), max(round(part.shape[0] * share), 1))
    kept = part.copy() if share == 1.0 else cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    sides = (left - x0, top - y0, right - x0, bottom - y0)
    x0, y0, x1, y1 = (round(side * share) for side in sides)
    return _Sight(np.asarray(kept, dtype=np.uint8), (x0, y0, x1, y1))


def _thumbnail(pixels: Pixels) -> npt.NDArray[np.float64]:
    small = cv2.resize(pixels, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(np.mean(small, axis=2), dtype=np.float64)


def _correlation(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Pearson's, -1..1. Two frames without any structure count as alike."""
    a, b = one - one.mean(), other - other.mean()
    strength = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / strength if strength > 1.0 else 1.0
