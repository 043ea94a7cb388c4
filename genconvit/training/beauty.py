"""A beauty filter, as telephones have it on while they film: the skin is smoothed, eyes, brows and mouth are left."""

from __future__ import annotations

import cv2
import numpy as np

from genconvit.records import Pixels
from genconvit.training.masks import MOUTH, Mask, hull
from genconvit.training.photographs import Points
from genconvit.training.self_blend import blend
from genconvit.training.texture import smoothed

EACH_EYE = (slice(36, 42), slice(42, 48))
LEFT_ALONE = (*EACH_EYE, slice(17, 22), slice(22, 27), MOUTH)
"""Each grown by a fifth."""


def beautified(pixels: Pixels, points: Points, rng: np.random.Generator) -> Pixels:
    """A face filmed with such a filter: a real one, whatever was done to its skin.

    Args:
        pixels: ``uint8 [S, S, 3]``, RGB.
        points: ``float32 [68, 2]``, landmarks in these pixels.
    """
    skin = skin_of(points, pixels.shape[0], rng)
    smooth = smoothed(pixels, float(rng.uniform(0.008, 0.025)), float(rng.uniform(20, 60)))
    lighter = np.asarray(np.clip(np.rint(smooth * np.float32(rng.uniform(1.0, 1.08))), 0, 255), np.uint8)
    return blend(lighter, pixels, skin * np.float32(rng.uniform(0.4, 1.0)))


def skin_of(points: Points, size_px: int, rng: np.random.Generator) -> Mask:
    """Where there is skin: the face up to the forehead, without eyes, brows and mouth; its edges are soft."""
    whole: np.ndarray = np.zeros((size_px, size_px), np.float32)
    cv2.fillConvexPoly(whole, np.rint(hull(points, "face", rng)).astype(np.int32), 1.0)
    kept: np.ndarray = np.zeros((size_px, size_px), np.float32)
    for part in LEFT_ALONE:
        centre = points[part].mean(axis=0)
        around = cv2.convexHull((centre + 1.2 * (points[part] - centre)).astype(np.float32))
        cv2.fillConvexPoly(kept, np.rint(around[:, 0, :]).astype(np.int32), 1.0)
        # Brows are lines: their hull alone would be too thin.
        cv2.polylines(kept, [np.rint(around).astype(np.int32)], True, 1.0, max(round(0.012 * size_px), 1))
    outside = cv2.GaussianBlur(whole, (0, 0), size_px * rng.uniform(0.02, 0.06))
    inside = 1 - cv2.GaussianBlur(kept, (0, 0), size_px * rng.uniform(0.004, 0.012))
    return np.asarray(np.clip(outside * inside, 0, 1), np.float32)
