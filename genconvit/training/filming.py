"""What lies between a person and a video's pixels: movement, light, things in front. Real and fake get the same.

A photograph is sharp, evenly lit and shows the whole face; a frame of a video often is not, and nothing of that makes
it a fake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from genconvit.records import Pixels
from genconvit.training.effects import EFFECTS, SHARES, Effect
from genconvit.training.photographs import Points
from genconvit.training.self_blend import Pair

SECOND = 0.3
"""Share of the filmed pictures that two effects are drawn for instead of one."""
BEFORE = 0.5
"""Share of the filmed pairs whose photograph is filmed before its fake is made; else the finished pair is."""

LEANING, STRETCHED = 0.12, 0.15
"""Shares of all pictures, where filming is asked for."""


def filmed(pixels: Pixels, effects: tuple[Effect, ...]) -> Pixels:
    """A picture with effects, one after the other, ``uint8 [S, S, 3]``."""
    for effect in effects:
        pixels = effect.apply(pixels)
    return pixels


def filmed_pair(pair: Pair, effects: tuple[Effect, ...]) -> Pair:
    """A pair with the same effects on both; what they hide is no longer altered."""
    mask = pair.mask
    for effect in effects:
        if effect.hidden is not None:
            mask = np.asarray(mask * (1 - effect.hidden), np.float32)
    return replace(pair, real=filmed(pair.real, effects), fake=filmed(pair.fake, effects), mask=mask)


def draw_effects(
    points: Points, size_px: int, rng: np.random.Generator, kinds: Sequence[str] = ()
) -> tuple[Effect, ...]:
    """One effect or two.

    Args:
        points: ``float32 [68, 2]``, landmarks in the pixels of the ``size_px`` square.
        kinds: which are drawn, of :data:`EFFECTS`, as often among themselves as ``SHARES`` says; none: all.
    """
    names = list(kinds or SHARES)
    shares = np.array([SHARES[name] for name in names])
    count = 2 if rng.random() < SECOND else 1
    return tuple(EFFECTS[name](points, size_px, rng) for name in rng.choice(names, count, p=shares / shares.sum()))


def posed(pixels: Pixels, points: Points, rng: np.random.Generator) -> tuple[Pixels, Points]:
    """Now and then leaning far over, or in a picture of the wrong shape; the landmarks go along.

    Args:
        pixels: ``uint8 [S, S, 3]``, RGB.
        points: ``float32 [68, 2]``, landmarks in these pixels.
    """
    size_px = pixels.shape[0]
    middle = (size_px - 1) / 2
    matrix = np.eye(3)
    if rng.random() < LEANING:
        degrees = float(rng.choice((-1, 1)) * rng.uniform(10, 38))
        matrix[:2] = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    if rng.random() < STRETCHED:
        narrow = np.diag([1.0, 1.0, 1.0])
        axis = int(rng.integers(2))
        narrow[axis, axis] = rng.uniform(0.68, 0.95)
        narrow[axis, 2] = (1 - narrow[axis, axis]) * middle
        matrix = narrow @ matrix
    if np.array_equal(matrix, np.eye(3)):
        return pixels, points
    shown = cv2.warpAffine(
        pixels, matrix[:2], (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]
    return np.asarray(shown, np.uint8), moved.astype(np.float32)
