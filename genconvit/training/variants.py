"""Variants of the self-blend: a donor's face, or one's own as a generator draws it, other light, other ways of laying
over.

Blending in a face of similar landmarks is the idea of Li et al., "Face X-ray for More General Face Forgery Detection",
CVPR 2020 (arXiv 1912.13458). Code and ranges are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from genconvit.records import Pixels
from genconvit.training.masks import draw_mask
from genconvit.training.photographs import Photograph, Points
from genconvit.training.redrawn import KINDS, cloned, laid_close, redrawn
from genconvit.training.self_blend import Pair, altered, laid_over, recoloured_twins

CLOSE = 0.6
"""Share of the redrawn faces that are laid over where they lie, and neither moved nor sharpened or blurred."""
CANDIDATES = 12
"""Photographs that a donor is chosen among, by how well its landmarks fit."""


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """How often which variant is drawn, and the photographs whose faces are laid over others.

    Who is on a photograph is not known: a donor is another photograph, perhaps of the same person.
    """

    donors: Sequence[Photograph]
    """Of two keys at least, where ``donor_share`` is above 0."""
    donor_share: float
    """Of the fakes, with another photograph's face in place of one's own."""
    relit_share: float
    """Of the fakes, with light on the face laid over that falls another way."""
    redrawn_share: float = 0.0
    """Of the fakes, with one's own face as a generator draws it: see :mod:`genconvit.training.redrawn`."""
    cloned_share: float = 0.0
    """Of the fakes, laid over by Poisson blending instead of by mixing."""
    redrawn_kinds: tuple[str, ...] = KINDS


def blend_variant(pixels: Pixels, points: Points, key: str, variants: Variants, rng: np.random.Generator) -> Pair:
    """Make a fake of a face from itself or from a donor.

    Args:
        pixels: ``uint8 [S, S, 3]``, RGB.
        points: ``float32 [68, 2]``, landmarks in these pixels.
        key: of the photograph that they are of.
    """
    kind, close = rng.random(), False
    if kind < variants.donor_share:
        source, target = donated(pixels, points, key, variants.donors, rng), pixels
    elif kind < variants.donor_share + variants.redrawn_share:
        source, target = redrawn(pixels, points, rng, variants.redrawn_kinds)
        close = rng.random() < CLOSE
    else:
        source, target = recoloured_twins(pixels, rng)
    if rng.random() < variants.relit_share:
        source = relit(source, rng)
    pair = (laid_close if close else laid_over)(source, target, points, rng)
    return cloned(pair) if variants.cloned_share and rng.random() < variants.cloned_share else pair


def donated(pixels: Pixels, points: Points, key: str, donors: Sequence[Photograph], rng: np.random.Generator) -> Pixels:
    """Another photograph's face in a face's place, ``uint8 [S, S, 3]``, its colours brought nearer as face swaps do."""
    size_px = pixels.shape[0]
    donor, matrix = fitting(donors, points, key, rng)
    source = warped(donor.pixels(), matrix, size_px)
    area = draw_mask(points, size_px, rng) > 0.5
    source = nearer(source, pixels, area, float(rng.uniform(0.5, 1.0)))
    return altered(source, rng) if rng.random() < 0.5 else source


def fitting(
    donors: Sequence[Photograph], points: Points, key: str, rng: np.random.Generator
) -> tuple[Photograph, np.ndarray]:
    """The best fitting of a few drawn photographs, and the affine map of its pixels onto those of ``points``.

    Args:
        donors: at least one of them of another key.
        points: ``float32 [68, 2]``.
        key: of the photograph that they are of, which fits itself best and is never the donor.

    Returns:
        The donor; ``float64 [2, 3]`` as OpenCV takes it, least squares over the landmarks.
    """
    drawn = [donors[place] for place in rng.integers(0, len(donors), CANDIDATES)]
    drawn = [donor for donor in drawn if donor.key != key]
    # Among very few photographs it can be drawn every time.
    drawn = drawn or [next(donor for donor in donors if donor.key != key)]
    fits = [fit(donor.landmarks, points) for donor in drawn]
    best = int(np.argmin([residual for _, residual in fits]))
    return drawn[best], fits[best][0]


def fit(source: Points, target: Points) -> tuple[np.ndarray, float]:
    """The affine map ``float64 [2, 3]`` of landmarks onto others with the least squares, and what is left of them."""
    known = np.column_stack([source, np.ones(len(source))]).astype(np.float64)
    solution = np.linalg.lstsq(known, target.astype(np.float64), rcond=None)[0]
    return solution.T, float(((known @ solution - target) ** 2).mean())


def warped(pixels: Pixels, matrix: np.ndarray, size_px: int) -> Pixels:
    """A picture through an affine map onto ``uint8 [size_px, size_px, 3]``, shrunk first where much is left out."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if 0 < scale < 0.6:
        width, height = max(round(pixels.shape[1] * scale), 8), max(round(pixels.shape[0] * scale), 8)
        across, down = pixels.shape[1] / width, pixels.shape[0] / height
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        linear = matrix[:, :2] * [across, down]
        middle = np.array([(across - 1) / 2, (down - 1) / 2])
        matrix = np.column_stack([linear, matrix[:, 2] + matrix[:, :2] @ middle])
    moved = cv2.warpAffine(
        pixels, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, np.uint8)


def nearer(source: Pixels, target: Pixels, area: np.ndarray, amount: float) -> Pixels:
    """Mean and spread of the source's channels brought towards the target's, both inside ``area``, in Lab.

    The method is Reinhard et al., "Color Transfer between Images", IEEE CG&A 2001, in OpenCV's 8-bit Lab.

    Args:
        area: ``bool [S, S]``; where it is empty, the source comes back as it is.
        amount: 0 (not at all) to 1 (the same).
    """
    if not area.any():
        return source
    own, other = cv2.cvtColor(source, cv2.COLOR_RGB2LAB), cv2.cvtColor(target, cv2.COLOR_RGB2LAB)
    inside, wanted = own[area].astype(np.float64), other[area].astype(np.float64)
    spread = np.clip(wanted.std(axis=0) / np.maximum(inside.std(axis=0), 1.0), 0.5, 2.0)
    gain = 1 + amount * (spread - 1)
    centre = inside.mean(axis=0) + amount * (wanted.mean(axis=0) - inside.mean(axis=0))
    table = (np.arange(256)[:, None] - inside.mean(axis=0)) * gain + centre
    mapped = cv2.LUT(own, np.clip(np.rint(table), 0, 255).astype(np.uint8)[None])
    return np.asarray(cv2.cvtColor(mapped, cv2.COLOR_LAB2RGB), np.uint8)


def relit(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Brighter on one side than on the other, by up to a third each way, along a direction of its own."""
    size_px = pixels.shape[0]
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.33)
    ramp = np.linspace(-1, 1, size_px, dtype=np.float32)
    across = np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]
    lit = pixels * (1 + np.float32(strength) * np.tanh(np.float32(rng.uniform(0.8, 2.5)) * across))[..., None]
    return np.asarray(np.clip(np.rint(lit), 0, 255), np.uint8)
