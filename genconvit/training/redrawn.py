"""Faces as a generator draws them over: another expression, skin without texture, no grain of the camera.

Reenactment moves mouth and jaw within a face's own colours; autoencoders and generators draw few pixels, or smooth
ones, into a picture that keeps its camera's grain. Neither needs an edge or another colour to show. Code and ranges are
our own; how such methods work is described by Rössler et al., "FaceForensics++", ICCV 2019 (arXiv 1901.08971).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from genconvit.records import Pixels
from genconvit.training.masks import draw_mask
from genconvit.training.photographs import Points
from genconvit.training.self_blend import Pair, blend
from genconvit.training.texture import grainy, of_few_pixels, smoothed

KINDS = ("moved", "smooth", "both")
KIND_SHARES = (0.3, 0.4, 0.3)
SHAPES = ("face", "inner", "lower", "mouth")
"""Of the masks: in all of them a moved mouth is seen."""
GRAINY = 0.3
"""Share of the pictures that get a camera's grain first, which the part drawn over then lacks."""
NODES = 32
"""Points across at which a move is computed; in between it is interpolated."""
JAW, NOSE_TO_MOUTH = slice(0, 17), slice(27, 68)


def redrawn(
    pixels: Pixels, points: Points, rng: np.random.Generator, kinds: Sequence[str] = KINDS
) -> tuple[Pixels, Pixels]:
    """A face drawn anew, and the picture that it is to be laid over, which may have got grain.

    Args:
        pixels: ``uint8 [S, S, 3]``, RGB.
        points: ``float32 [68, 2]``, landmarks in these pixels.
        kinds: which are drawn, of :data:`KINDS`, as often among themselves as ``KIND_SHARES`` says.

    Returns:
        Source and target, each ``uint8 [S, S, 3]``.
    """
    shares = np.array([KIND_SHARES[KINDS.index(kind)] for kind in kinds])
    kind = str(rng.choice(kinds, p=shares / shares.sum()))
    source, target = pixels, pixels
    if rng.random() < GRAINY:
        target = grainy(pixels, float(rng.uniform(2, 6)), rng)
    if kind != "smooth":
        source = moved(source, points, expression(points, rng))
    if kind != "moved":
        source = without_texture(source, rng)
    return source, target


def laid_close(source: Pixels, target: Pixels, points: Points, rng: np.random.Generator) -> Pair:
    """A part of one face over another where it lies, whole or nearly so: little but its content tells."""
    ratio = float(rng.choice((0.75, 1.0), p=(0.25, 0.75)))
    mask = draw_mask(points, target.shape[0], rng, SHAPES) * np.float32(ratio)
    return Pair(target, blend(source, target, mask), mask, ratio, source)


def expression(points: Points, rng: np.random.Generator) -> Points:
    """How far each landmark moves, ``float32 [68, 2]`` pixels: the mouth opens or closes and widens or narrows, its
    corners rise or fall, the jaw follows."""
    width = float(np.ptp(points[:, 0]))
    opened, widened, raised = width * rng.uniform((-0.06, -0.05, -0.02), (0.10, 0.06, 0.03))
    moves = np.zeros((len(points), 2), np.float32)
    moves[55:60, 1] = moves[65:68, 1] = opened
    moves[6:11, 1] = 0.8 * opened
    moves[[4, 5, 11, 12], 1] = 0.4 * opened
    moves[[48, 60], 0], moves[[54, 64], 0] = -widened, widened
    moves[[48, 54, 60, 64], 1] -= raised
    return moves


def moved(pixels: Pixels, points: Points, moves: Points) -> Pixels:
    """The picture with its landmarks carried along; what is far from all of them stays.

    Between landmarks the moves are mixed by Gaussians, 0.13 of the face wide, whose weights are solved for.

    Args:
        pixels: ``uint8 [S, S, 3]``.
        points: ``float32 [68, 2]``, as ``moves``, in pixels.
    """
    size_px = pixels.shape[0]
    known = np.concatenate([points[JAW], points[NOSE_TO_MOUTH]]).astype(np.float64)
    wanted = np.concatenate([moves[JAW], moves[NOSE_TO_MOUTH]]).astype(np.float64)
    spread = 0.13 * max(float(np.ptp(points[:, 0])), 1.0)
    weights = np.linalg.solve(_near(known, known, spread) + 0.05 * np.eye(len(known)), wanted)
    places = (np.arange(NODES) + 0.5) * size_px / NODES - 0.5
    nodes = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    coarse = (_near(nodes, known, spread) @ weights).reshape(NODES, NODES, 2).astype(np.float32)
    field = cv2.resize(coarse, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.arange(size_px, dtype=np.float32), np.arange(size_px, dtype=np.float32))
    shown = cv2.remap(pixels, x - field[..., 0], y - field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(shown, np.uint8)


def without_texture(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Smooth, or drawn with 0.19 to 0.44 of the pixels a side and sharpened."""
    if rng.random() < 0.5:
        return smoothed(pixels, float(rng.uniform(0.008, 0.02)), float(rng.uniform(20, 60)))
    return of_few_pixels(pixels, float(rng.uniform(0.19, 0.44)), float(rng.uniform(0.3, 1.0)))


def cloned(pair: Pair) -> Pair:
    """The pair with its part laid over by Poisson blending instead: no step in colour at its edge is left.

    Pérez et al., "Poisson Image Editing", SIGGRAPH 2003, as OpenCV has it. Where the part is too small for that, the
    pair comes back as it is.
    """
    inside = (pair.mask > 0.5 * pair.ratio).astype(np.uint8)
    inside[[0, 1, -2, -1]] = 0
    inside[:, [0, 1, -2, -1]] = 0
    left, top, width, height = cv2.boundingRect(inside)
    if min(width, height) < 8:
        return pair
    middle = (left + width // 2, top + height // 2)
    mixed = cv2.seamlessClone(pair.source, pair.real, 255 * inside, middle, cv2.NORMAL_CLONE)
    # OpenCV draws up to a pixel beyond the mask.
    fake = blend(np.asarray(mixed, np.uint8), pair.real, inside.astype(np.float32))
    # The soft mask stays: where a border was softened is where one is looked for.
    return Pair(pair.real, fake, pair.mask / np.float32(pair.ratio), 1.0, pair.source)


def _near(places: np.ndarray, known: np.ndarray, spread: float) -> np.ndarray:
    """``float64 [N, M]``: 1 where two points lie on one another, falling with their distance."""
    squared = ((places[:, None] - known[None]) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-squared / (2 * spread**2)), np.float64)
