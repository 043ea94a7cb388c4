"""From a face's box to the picture that a network is shown; the same code in training and in examination."""

from __future__ import annotations

import math

import cv2
import numpy as np

from genconvit.method import Crop
from genconvit.records import Box, Pixels


def region(box: Box, crop: Crop) -> Box:
    """The part of the frame that the crop takes, half-open; it may reach beyond the frame and is never empty.

    ``box``: the box, widened by ``margin`` of its width left and right and of its height above and below. ``square``:
    a square around the box's centre, ``longer side * (1 + 2 * margin)`` long, in whole pixels.
    """
    left, top, right, bottom = box
    width, height = max(right - left, 1), max(bottom - top, 1)
    if crop.shape == "square":
        width = height = max(width, height)
    wide = max(_nearest(width * (1 + 2 * crop.margin)), 1)
    high = max(_nearest(height * (1 + 2 * crop.margin)), 1)
    x0 = _nearest((left + right - wide) / 2)
    y0 = _nearest((top + bottom - high) / 2)
    return x0, y0, x0 + wide, y0 + high


def crop(pixels: Pixels, box: Box, crop: Crop) -> Pixels:
    """Cut a face out of a frame.

    Args:
        pixels: ``uint8 [height, width, 3]``, RGB.
        box: ``(left, top, right, bottom)`` in pixels of the frame, half-open; may reach beyond it.
        crop: the method's crop.

    Returns:
        ``uint8 [size_px, size_px, 3]``, RGB, contiguous. What lies beyond the frame repeats the frame's border.

    Raises:
        ValueError: a frame without pixels.
    """
    height, width = pixels.shape[:2]
    if height == 0 or width == 0:
        raise ValueError(f"a frame of {width} x {height} pixels has no face to cut out")
    left, top, right, bottom = region(box, crop)
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        part = pixels[top:bottom, left:right]
    else:
        rows = np.clip(np.arange(top, bottom), 0, height - 1)
        columns = np.clip(np.arange(left, right), 0, width - 1)
        part = pixels[rows[:, None], columns[None, :]]
    size = (crop.size_px, crop.size_px)
    resized = cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(resized, dtype=np.uint8)


def _nearest(value: float) -> int:
    return math.floor(value + 0.5)
