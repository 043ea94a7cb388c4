"""What a camera, an encoder and a website do to a face before an examiner sees it; real and fake get the same.

A recipe is drawn once and applied to both, so that compression never tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from genconvit.records import Pixels
from genconvit.training.texture import grainy, of_few_pixels, sharpened, smoothed
from genconvit.video.round_trip import through_h264

CAMERA_RANGES = {
    "smoothed": ((0.008, 0.02), (20.0, 60.0)),
    "sharpened": ((0.003, 0.02), (0.2, 1.2)),
    "few pixels": ((0.19, 0.6), (0.0, 1.0)),
    "median": ((0.0, 0.0), (1.0, 3.0)),
}
"""Of ``reach`` and ``strength``: as far as a generator's smoothness goes, so that smoothness alone tells nothing."""
CAMERAS = tuple(CAMERA_RANGES)
ENCODED = 0.5
"""Share of the pairs that go through an H.264 encoder, where that is asked for."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A place in a short H.264 video."""

    rate_factor: int
    """x264's constant rate factor: FaceForensics++ calls its videos c23 and c40 after theirs."""
    moves: tuple[tuple[int, int], ...]
    """How far right and down the picture lay in each frame before this one, in pixels. Empty: a key frame."""


@dataclass(frozen=True, slots=True)
class Camera:
    """What a telephone makes of a whole picture before it is stored; see :mod:`genconvit.training.texture`."""

    kind: str
    """``smoothed``, ``sharpened``, ``few pixels`` (a digital zoom) or ``median``."""
    reach: float
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """One draw of degradation. Sizes are shares of the input's side."""

    level: float
    """0..1, how strong."""
    gain: npt.NDArray[np.float64]
    offset: float
    saturation: float
    blur: float
    """Standard deviation of a Gaussian, in pixels of the native size; 0 for none."""
    native_px: int
    """The side at which the video holds the picture."""
    enlarge_with: int
    noise: float
    """Standard deviation, of 255."""
    noise_seed: int
    qualities: tuple[int, ...]
    """JPEG qualities, one after the other."""
    median: bool
    """A 3x3 median at the end, like an encoder's deblocking."""
    encoding: Encoding | None = None
    """After everything else."""
    camera: Camera | None = None
    """Before everything else."""


def draw_recipe(size_px: int, level: float, rng: np.random.Generator) -> Recipe:
    """A recipe for square pictures of ``size_px``.

    Args:
        level: 0..1. Compression from hardly any to blocks; the native size down to 0.3 of the side.
    """
    largest, smallest = 1.25, 0.75 - 0.4 * level
    native_px = round(size_px * float(np.exp(rng.uniform(np.log(smallest), np.log(largest)))))
    quality = 92 - 62 * level + rng.uniform(-8, 8)
    qualities = [int(np.clip(quality, 18, 98))] if rng.random() < 0.92 else []
    if rng.random() < 0.25:
        qualities.append(int(np.clip(quality + rng.uniform(0, 30), 18, 98)))
    return Recipe(
        level=level,
        gain=rng.uniform(0.85, 1.15) * rng.uniform(0.96, 1.04, 3),
        offset=float(rng.uniform(-15, 15)),
        saturation=float(rng.uniform(0.5, 1.3)) if rng.random() < 0.4 else 1.0,
        blur=float(rng.uniform(0.3, 0.6 + 1.0 * level)) if rng.random() < 0.3 + 0.2 * level else 0.0,
        native_px=max(native_px, 24),
        enlarge_with=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA])),
        noise=float(rng.uniform(0.5, 2 + 6 * level)) if rng.random() < 0.4 else 0.0,
        noise_seed=int(rng.integers(2**31)),
        qualities=tuple(qualities),
        median=bool(rng.random() < 0.25 * level),
    )


def encoded(recipe: Recipe, rng: np.random.Generator) -> Recipe:
    """The recipe, for ``ENCODED`` of the draws with an H.264 encoder at its end; most of those lose their JPEG."""
    if rng.random() >= ENCODED:
        return recipe
    factor = int(np.clip(round(19 + 20 * recipe.level + rng.uniform(-4, 4)), 15, 42))
    before = int(rng.integers(0, 3))
    moves = tuple((int(x), int(y)) for x, y in rng.integers(-2, 3, (before, 2)))
    qualities = recipe.qualities if rng.random() < 0.35 else ()
    return replace(recipe, qualities=qualities, encoding=Encoding(factor, moves))


def through_camera(recipe: Recipe, share: float, rng: np.random.Generator) -> Recipe:
    """The recipe, for a share of the draws with a telephone's processing at its start."""
    if rng.random() >= share:
        return recipe
    kind = str(rng.choice(CAMERAS))
    reach, strength = CAMERA_RANGES[kind]
    return replace(recipe, camera=Camera(kind, float(rng.uniform(*reach)), float(rng.uniform(*strength))))


def degrade(pixels: Pixels, recipe: Recipe) -> Pixels:
    """Apply a recipe to ``uint8 [S, S, 3]``; the result has the recipe's native size."""
    table = np.clip(np.rint(np.arange(256)[:, None] * recipe.gain + recipe.offset), 0, 255).astype(np.uint8)
    taken = pixels if recipe.camera is None else _taken(pixels, recipe.camera)
    result: np.ndarray = cv2.LUT(taken, table[None])
    if recipe.saturation != 1.0:
        grey = cv2.cvtColor(cv2.cvtColor(result, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        result = cv2.addWeighted(result, recipe.saturation, grey, 1 - recipe.saturation, 0)
    shrinks = recipe.native_px < pixels.shape[0]
    how = cv2.INTER_AREA if shrinks else recipe.enlarge_with
    result = cv2.resize(result, (recipe.native_px, recipe.native_px), interpolation=how)
    if recipe.blur:
        result = cv2.GaussianBlur(result, (0, 0), recipe.blur)
    if recipe.noise:
        result = grainy(np.asarray(result, np.uint8), recipe.noise, np.random.default_rng(recipe.noise_seed))
    for quality in recipe.qualities:
        result = _compressed(np.asarray(result, np.uint8), quality)
    if recipe.median:
        result = cv2.medianBlur(result, 3)
    if recipe.encoding is not None:
        result = _encoded(np.asarray(result, np.uint8), recipe.encoding)
    return np.asarray(result, np.uint8)


def _taken(pixels: Pixels, camera: Camera) -> Pixels:
    if camera.kind == "smoothed":
        return smoothed(pixels, camera.reach, camera.strength)
    if camera.kind == "sharpened":
        return sharpened(pixels, camera.reach, camera.strength)
    if camera.kind == "few pixels":
        return of_few_pixels(pixels, camera.reach, camera.strength)
    return np.asarray(cv2.medianBlur(pixels, 2 * int(camera.strength) + 1), np.uint8)


def _encoded(pixels: Pixels, encoding: Encoding) -> Pixels:
    before = [np.roll(pixels, (down, right), axis=(0, 1)) for right, down in encoding.moves]
    return through_h264([*before, pixels], encoding.rate_factor)


def _compressed(pixels: Pixels, quality: int) -> Pixels:
    swapped = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError(f"no JPEG could be made of a picture of shape {pixels.shape}")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
