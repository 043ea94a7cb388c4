"""Where a face is replaced: hulls of landmarks, deformed and softened."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from genconvit.training.photographs import Points

Mask = npt.NDArray[np.float32]
"""``float32 [S, S]``, 0 outside and 1 inside."""

BROWS, EYES, MOUTH = slice(17, 27), slice(36, 48), slice(48, 68)
SHAPES = ("face", "inner", "lower", "mouth", "eyes")
SHARES = (0.5, 0.24, 0.12, 0.08, 0.06)
"""How often each shape is drawn. Whole faces stand for swaps, parts for reenactment and retouching."""


def hull(points: Points, shape: str, rng: np.random.Generator) -> Points:
    """Outline of the replaced part, ``float32 [k, 2]``, convex."""
    if shape == "face":
        chosen = np.concatenate([points, _forehead(points, rng.uniform(0.0, 1.0))])
    elif shape == "inner":
        chosen = points[17:]
    elif shape == "lower":
        chosen = np.concatenate([points[2:15], points[28:36], points[MOUTH]])
    elif shape == "mouth":
        chosen = _grown(points[MOUTH], rng.uniform(1.1, 1.9))
    else:
        chosen = _grown(np.concatenate([points[BROWS], points[EYES]]), rng.uniform(1.0, 1.3))
    return np.asarray(cv2.convexHull(chosen.astype(np.float32))[:, 0, :], np.float32)


def draw_mask(points: Points, size_px: int, rng: np.random.Generator, shapes: Sequence[str] = SHAPES) -> Mask:
    """A soft mask over a part of the face.

    Args:
        points: ``float32 [68, 2]`` in pixels of the ``size_px`` square.
        shapes: which are drawn, of :data:`SHAPES`, as often among themselves as ``SHARES`` says.
    """
    shares = np.array([SHARES[SHAPES.index(shape)] for shape in shapes])
    shape = str(rng.choice(shapes, p=shares / shares.sum()))
    filled: np.ndarray = np.zeros((size_px, size_px), np.float32)
    cv2.fillConvexPoly(filled, np.rint(hull(points, shape, rng)).astype(np.int32), 1.0)
    if rng.random() < 0.9:
        dx, dy = displacement(size_px, int(rng.integers(3, 7)), size_px * rng.uniform(0.005, 0.05), rng)
        filled = cv2.remap(filled, dx, dy, cv2.INTER_LINEAR)
    return soften(np.asarray(filled, np.float32), size_px, rng)


def soften(filled: Mask, size_px: int, rng: np.random.Generator) -> Mask:
    """Move the edge inward or outward, then blur it; the inside keeps 1."""
    first = size_px * rng.uniform(0.005, 0.05)
    moved = (cv2.GaussianBlur(filled, (0, 0), first) > rng.uniform(0.3, 0.8)).astype(np.float32)
    if not moved.any():
        moved = filled
    soft = cv2.GaussianBlur(moved, (0, 0), size_px * rng.uniform(0.003, 0.06))
    top = float(soft.max())
    return np.asarray(soft / top if top > 0 else soft, np.float32)


def displacement(size_px: int, cells: int, reach_px: float, rng: np.random.Generator) -> tuple[Mask, Mask]:
    """Maps for ``cv2.remap`` of a smooth random deformation; ``reach_px`` is its standard deviation at the nodes."""
    nodes = rng.normal(0.0, reach_px, (cells, cells, 2)).astype(np.float32)
    field = cv2.resize(nodes, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.arange(size_px, dtype=np.float32), np.arange(size_px, dtype=np.float32))
    return np.asarray(field[..., 0] + x, np.float32), np.asarray(field[..., 1] + y, np.float32)


def _forehead(points: Points, share: float) -> Points:
    """The brows, raised by up to the distance from the brows to the tip of the nose."""
    up = points[BROWS].mean(axis=0) - points[33]
    return np.asarray(points[BROWS] + share * up, np.float32)


def _grown(points: Points, factor: float) -> Points:
    centre = points.mean(axis=0)
    return np.asarray(centre + factor * (points - centre), np.float32)
