"""What cameras and generators alike do to the fine structure of a picture. All sizes are shares of its side."""

from __future__ import annotations

import cv2
import numpy as np

from genconvit.records import Pixels


def smoothed(pixels: Pixels, reach: float, contrast: float) -> Pixels:
    """Without pores and grain, edges kept: a bilateral filter.

    Args:
        pixels: ``uint8 [S, S, 3]``.
        reach: standard deviation in the plane.
        contrast: standard deviation of what is smoothed away, of 255.
    """
    return np.asarray(cv2.bilateralFilter(pixels, 0, contrast, reach * pixels.shape[0]), np.uint8)


def sharpened(pixels: Pixels, reach: float, amount: float) -> Pixels:
    """An unsharp mask: ``amount`` times what a blur of ``reach`` takes away is added."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), reach * pixels.shape[0])
    return np.asarray(cv2.addWeighted(pixels, 1 + amount, blurred, -amount, 0), np.uint8)


def of_few_pixels(pixels: Pixels, share: float, amount: float) -> Pixels:
    """Shrunk to a share of the side, enlarged and sharpened again by ``amount``."""
    size_px = pixels.shape[0]
    small = max(round(size_px * share), 8)
    shrunk = cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA)
    large = cv2.resize(shrunk, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return sharpened(np.asarray(large, np.uint8), 1 / small, amount)


def grainy(pixels: Pixels, deviation: float, rng: np.random.Generator) -> Pixels:
    """With noise of a standard deviation, of 255."""
    grain = rng.standard_normal(pixels.shape, dtype=np.float32)
    return np.asarray(np.clip(np.rint(pixels + deviation * grain), 0, 255), np.uint8)
