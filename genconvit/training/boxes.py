"""Boxes of photographs, from the finder that examination uses, found once and kept in a file.

The photographs are portraits: a face may fill them, which CenterFace was not made for and which does not happen in a
video frame that is shrunk to 640 px. Each photograph is therefore laid into the middle of an empty frame at the size
that a face has there: its border repeated outward, shrunk (never enlarged) until the face is ``FACE_PX`` wide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from genconvit import whole
from genconvit.records import FoundFace, Pixels
from genconvit.training.photographs import Photograph, PhotographsUnreadable, Points

FACE_PX = 110
FRAME_PX = 320
OVERLAP = 0.4
KEEP_EVERY = 500
FloatBox = tuple[float, float, float, float]
Find = Callable[[Pixels], Sequence[FoundFace]]


def boxes(
    photographs: Sequence[Photograph], find: Find, cache: Path, tell: Callable[[int], None] | None = None
) -> dict[str, FloatBox | None]:
    """Per key the finder's box in pixels of the photograph, or None where it found no face over the landmarks.

    Args:
        cache: a JSON file; what it holds is not found again, what is new is added to it now and then.
        tell: gets the number of boxes found now.

    Raises:
        PhotographsUnreadable: a photograph, or the cache, cannot be read.
    """
    known = {key: _box(value) for key, value in read_cache(cache).items()}
    missing = [photograph for photograph in photographs if photograph.key not in known]
    for number, photograph in enumerate(missing, start=1):
        known[photograph.key] = find_box(photograph.pixels(), photograph.landmarks, find)
        if number % KEEP_EVERY == 0 or number == len(missing):
            write_cache(cache, known)
        if tell is not None:
            tell(number)
    return {photograph.key: known[photograph.key] for photograph in photographs}


def read_cache(path: Path) -> dict[str, list[float] | None]:
    """What was found before; empty where there is no file. Raises PhotographsUnreadable."""
    if not path.is_file():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise PhotographsUnreadable(f"{path} does not hold what was found before; delete it, and it is found again")
    return kept


def write_cache(path: Path, kept: Mapping[str, Sequence[float] | None]) -> None:
    """Replace the file whole. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.write(path, json.dumps(kept, sort_keys=True).encode(), path.with_suffix(".part"))


def find_box(pixels: Pixels, landmarks: Points, find: Find) -> FloatBox | None:
    """The finder's box over the landmarks, in pixels of the photograph; None where there is none."""
    left, top, right, bottom = (float(v) for v in (*landmarks.min(axis=0), *landmarks.max(axis=0)))
    height, width = pixels.shape[:2]
    scale = min(1.0, FACE_PX / max(right - left, 1.0), FRAME_PX / max(height, width))
    small = cv2.resize(
        pixels, (max(round(width * scale), 1), max(round(height * scale), 1)), interpolation=cv2.INTER_AREA
    )
    x, y = (FRAME_PX - small.shape[1]) // 2, (FRAME_PX - small.shape[0]) // 2
    frame = cv2.copyMakeBorder(
        small, y, FRAME_PX - y - small.shape[0], x, FRAME_PX - x - small.shape[1], cv2.BORDER_REPLICATE
    )
    offset = np.array([x, y, x, y], np.float64)
    found = [(np.array(face.box, np.float64) - offset) / scale for face in find(np.asarray(frame, np.uint8))]
    target = np.array([left, top, right, bottom], np.float64)
    best = max(found, key=lambda box: _overlap(box, target), default=None)
    if best is None or _overlap(best, target) < OVERLAP:
        return None
    return _box([round(float(value), 2) for value in best])


def _overlap(a: np.ndarray[tuple[int], np.dtype[np.float64]], b: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Intersection over union."""
    width = max(float(min(a[2], b[2]) - max(a[0], b[0])), 0.0)
    height = max(float(min(a[3], b[3]) - max(a[1], b[1])), 0.0)
    both = width * height
    union = float((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])) - both
    return both / union if union > 0 else 0.0


def _box(values: Iterable[float] | None) -> FloatBox | None:
    if values is None:
        return None
    left, top, right, bottom = values
    return float(left), float(top), float(right), float(bottom)
