"""Self-blended images: a face laid over itself with small differences, so that only the traces of blending tell.

The idea and the list of steps are from Shiohara and Yamasaki, "Detecting Deepfakes with Self-Blended Images",
CVPR 2022 (arXiv 2204.08376). Code and ranges are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from genconvit.records import Pixels
from genconvit.training.masks import Mask, displacement, draw_mask
from genconvit.training.photographs import Points
from genconvit.training.texture import sharpened

RATIOS = (0.25, 0.5, 0.75, 1.0)
RATIO_SHARES = (0.1, 0.2, 0.2, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A face and the same face with a part blended over. All ``[S, S]``, before any degradation."""

    real: Pixels
    fake: Pixels
    mask: Mask
    """``float32 [S, S]``, 0..1: the blending weight with its ratio; where it is 0, fake equals real."""
    ratio: float
    source: Pixels
    """What was laid over, whole, where and as it was laid."""


def self_blend(pixels: Pixels, points: Points, rng: np.random.Generator) -> Pair:
    """Make a fake of a face from itself.

    Args:
        pixels: ``uint8 [S, S, 3]``, RGB.
        points: ``float32 [68, 2]``, landmarks in these pixels.
    """
    source, target = recoloured_twins(pixels, rng)
    return laid_over(source, target, points, rng)


def recoloured_twins(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
    """A face as source and as target of a blend, one of the two with another camera's colours and sharpness."""
    if rng.random() < 0.5:
        return altered(pixels, rng), pixels
    return pixels, altered(pixels, rng)


def laid_over(source: Pixels, target: Pixels, points: Points, rng: np.random.Generator) -> Pair:
    """A part of one face over another: perhaps with another sharpness, moved a little, deformed, mixed by a ratio.

    Args:
        source: ``uint8 [S, S, 3]``, as ``target``.
        points: ``float32 [68, 2]``, landmarks in the target's pixels.
    """
    size_px = target.shape[0]
    if rng.random() < 0.35:
        source = resharpened(source, rng)
    source = shifted(source, rng)
    if rng.random() < 0.4:
        dx, dy = displacement(size_px, int(rng.integers(3, 7)), size_px * rng.uniform(0.002, 0.012), rng)
        source = _bytes(cv2.remap(source, dx, dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101))
    ratio = float(rng.choice(RATIOS, p=RATIO_SHARES))
    mask = draw_mask(points, size_px, rng) * np.float32(ratio)
    return Pair(target, blend(source, target, mask), mask, ratio, source)


def blend(source: Pixels, target: Pixels, mask: Mask) -> Pixels:
    """``mask * source + (1 - mask) * target``, rounded; exactly the target where the mask is 0."""
    weight = mask[..., None]
    mixed = target + weight * (source.astype(np.float32) - target)
    return np.rint(mixed).astype(np.uint8)


def altered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Another camera's colours and sharpness: gain and offset per channel, hue and saturation, then blur or sharpen."""
    strength = rng.uniform(0.15, 1.0)
    gain = (1 + strength * rng.uniform(-0.12, 0.12)) * (1 + strength * rng.uniform(-0.05, 0.05, 3))
    offset = strength * (rng.uniform(-16, 16) + rng.uniform(-12, 12, 3))
    result = recoloured(pixels, gain, offset, float(np.exp(strength * rng.uniform(-0.18, 0.18))))
    if rng.random() < 0.4:
        hue, saturation = strength * rng.uniform(-8, 8), 1 + strength * rng.uniform(-0.3, 0.3)
        result = turned_hue(result, float(hue), float(saturation))
    return resharpened(result, rng) if rng.random() < 0.6 else result


def recoloured(pixels: Pixels, gain: np.ndarray, offset: np.ndarray, gamma: float) -> Pixels:
    """Per channel ``255 * (v / 255)^gamma * gain + offset``, by table."""
    curve = 255.0 * (np.arange(256) / 255.0) ** gamma
    table = np.clip(np.rint(curve[:, None] * gain + offset), 0, 255).astype(np.uint8)
    return _bytes(cv2.LUT(pixels, table[None]))


def turned_hue(pixels: Pixels, degrees: float, saturation: float) -> Pixels:
    """Hue turned by degrees (of 180, as OpenCV counts), saturation scaled."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    steps = np.arange(256)
    table = np.stack([(steps + round(degrees)) % 180, np.clip(steps * saturation, 0, 255), steps], axis=-1)
    return _bytes(cv2.cvtColor(cv2.LUT(hsv, table[None].astype(np.uint8)), cv2.COLOR_HSV2RGB))


def resharpened(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Shrunk and enlarged again, blurred, or sharpened."""
    kind = rng.random()
    size_px = pixels.shape[0]
    if kind < 0.45:
        small = max(round(size_px / rng.uniform(1.2, 3.0)), 8)
        shrunk = cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA)
        how = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        return _bytes(cv2.resize(shrunk, (size_px, size_px), interpolation=how))
    reach = float(rng.uniform(0.002, 0.009))
    if kind < 0.7:
        return _bytes(cv2.GaussianBlur(pixels, (0, 0), size_px * reach))
    return sharpened(pixels, reach, float(rng.uniform(0.2, 0.8)))


def shifted(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Moved by up to 3 %, scaled by up to 5 %, turned by up to 2 degrees about the middle."""
    size_px = pixels.shape[0]
    middle = (size_px - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-2, 2), rng.uniform(0.95, 1.05))
    matrix[:, 2] += size_px * rng.uniform(-0.03, 0.03, 2)
    return _bytes(
        cv2.warpAffine(pixels, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    )


def _bytes(pixels: np.ndarray) -> Pixels:
    return np.asarray(pixels, np.uint8)
