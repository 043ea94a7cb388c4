"""From a photograph to a real and a fake crop of the network's size, by a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from genconvit.crop import region
from genconvit.method import Crop
from genconvit.records import Pixels
from genconvit.training.beauty import beautified
from genconvit.training.boxes import FloatBox
from genconvit.training.degrade import Recipe, degrade, draw_recipe, encoded, through_camera
from genconvit.training.filming import BEFORE, draw_effects, filmed, filmed_pair, posed
from genconvit.training.locating import STRIDE
from genconvit.training.photographs import Photograph, Points
from genconvit.training.self_blend import Pair, self_blend
from genconvit.training.variants import Variants, blend_variant

ROOM = 1.3
"""A picture is worked on this much wider than its crop, so that jitter and turning have something to show."""
MIRRORED = np.array(
    [
        *(*range(16, -1, -1), *range(26, 16, -1)),
        *(27, 28, 29, 30, 35, 34, 33, 32, 31),
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
        *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
    ]
)
"""Which landmark takes a landmark's place in the mirror image."""


Maps = npt.NDArray[np.float32]
"""``float32 [2, S/16, S/16]``, 0..1: how much of each place is altered, and how much of it is the border of that. A
blend's ratio is not in it: half laid over is altered too."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A real and a fake crop, ``uint8 [S, S, 3]``, RGB, degraded alike."""

    real: Pixels
    fake: Pixels
    ratio: float
    level: float
    altered: Maps
    """Of the fake."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """How a finder's box wanders from frame to frame: shares of the crop's side."""

    scale: float
    x: float
    y: float


def generator(seed: int, step: int, place: int) -> np.random.Generator:
    """Random numbers that depend on these three and nothing else, so that a resumed run draws the same ones."""
    return np.random.Generator(np.random.Philox(key=[seed, (step << 20) + place]))


def generator_of(seed: int, key: str) -> np.random.Generator:
    """Random numbers that depend on the seed and a photograph's key: others may come and go beside it."""
    number = int.from_bytes(hashlib.sha256(key.encode("utf-8")).digest()[:8], "big")
    return np.random.Generator(np.random.Philox(key=[seed, number]))


def make_sample(
    photograph: Photograph,
    box: FloatBox,
    crop: Crop,
    rng: np.random.Generator,
    *,
    encode: bool = False,
    variants: Variants | None = None,
    camera: float = 0.0,
    beauty: float = 0.0,
    filming: float = 0.0,
    effects: Sequence[str] = (),
    shown: Crop | None = None,
) -> Sample:
    """A pair from one photograph: turned and mirrored at random, self-blended, degraded, cropped as a method crops.

    Args:
        encode: whether half of the pairs go through an H.264 encoder. All but ``camera`` is drawn first, so that
            without it the same numbers give the same sample.
        variants: other ways of making the fake, and how often; without them nothing is drawn for them.
        camera: share of the pairs that a telephone's processing is done to, drawn after all else.
        beauty: share of the pairs made of a photograph as a beauty filter shows it.
        filming: share of the pairs that are shown as under a video's movement, light and obstructions, before or
            after the fake is made. Above 0, of all pairs some lean far over or are stretched, too: see
            :func:`genconvit.training.filming.posed`.
        effects: which of them are drawn; none: all.
        shown: the crop that is taken of the finished pictures, where it is another than the one they are made for. Of
            a margin that wants more than ``ROOM``, what there is.
    """
    pixels, points = framed(photograph, box, crop)
    if rng.random() < 0.5:
        pixels, points = mirrored(pixels, points)
    if rng.random() < 0.3:
        pixels, points = rotated(pixels, points, float(rng.uniform(-12, 12)))
    if filming:
        pixels, points = posed(pixels, points, rng)
    if beauty and rng.random() < beauty:
        pixels = beautified(pixels, points, rng)
    over = draw_effects(points, pixels.shape[0], rng, effects) if filming and rng.random() < filming else ()
    before = bool(over) and rng.random() < BEFORE
    if before:
        pixels = filmed(pixels, over)
    blended = blend_variant(pixels, points, photograph.key, variants, rng) if variants else None
    pair = blended or self_blend(pixels, points, rng)
    if not before:
        pair = filmed_pair(pair, over)
    recipe = draw_recipe(pixels.shape[0], float(rng.random()), rng)
    jitter = draw_jitter(rng)
    if encode:
        recipe = encoded(recipe, rng)
    if camera:
        recipe = through_camera(recipe, camera, rng)
    if shown is not None:
        jitter = replace(jitter, scale=jitter.scale * (1 + 2 * shown.margin) / (1 + 2 * crop.margin))
    size_px = (shown or crop).size_px
    real, fake = finished(pair, recipe, jitter, size_px)
    return Sample(real, fake, pair.ratio, recipe.level, altered_maps(pair, jitter, size_px // STRIDE))


def framed(photograph: Photograph, box: FloatBox, crop: Crop) -> tuple[Pixels, Points]:
    """The method's crop with ``ROOM`` around it, ``ROOM * size_px`` wide, and the landmarks in it.

    Beyond the photograph its mirror image goes on: repeated border pixels would be a pattern of the portraits.
    """
    left, top, right, bottom = region((round(box[0]), round(box[1]), round(box[2]), round(box[3])), crop)
    extra_x, extra_y = round((right - left) * (ROOM - 1) / 2), round((bottom - top) * (ROOM - 1) / 2)
    left, top, right, bottom = left - extra_x, top - extra_y, right + extra_x, bottom + extra_y
    whole = photograph.pixels()
    height, width = whole.shape[:2]
    beyond = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    if any(beyond):
        whole = np.asarray(cv2.copyMakeBorder(whole, *beyond, cv2.BORDER_REFLECT_101), np.uint8)
    part = whole[top + beyond[0] : bottom + beyond[0], left + beyond[2] : right + beyond[2]]
    size_px = work_px(crop.size_px)
    scale = np.array([size_px / (right - left), size_px / (bottom - top)], np.float32)
    points = (photograph.landmarks + 0.5 - np.array([left, top], np.float32)) * scale - 0.5
    resized = cv2.resize(np.ascontiguousarray(part), (size_px, size_px), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8), np.asarray(points, np.float32)


def work_px(size_px: int) -> int:
    """Side of the pictures that are worked on."""
    return round(size_px * ROOM)


def mirrored(pixels: Pixels, points: Points) -> tuple[Pixels, Points]:
    """Left and right exchanged; the landmarks keep their meaning."""
    flipped = points[MIRRORED].copy()
    flipped[:, 0] = pixels.shape[1] - 1 - flipped[:, 0]
    return np.ascontiguousarray(pixels[:, ::-1]), flipped


def rotated(pixels: Pixels, points: Points, degrees: float) -> tuple[Pixels, Points]:
    """Turned about the middle, counter-clockwise as seen."""
    size_px = pixels.shape[0]
    middle = (size_px - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    turned = cv2.warpAffine(
        pixels, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(turned, np.uint8), moved.astype(np.float32)


def draw_jitter(rng: np.random.Generator) -> Jitter:
    return Jitter(float(rng.uniform(0.92, 1.1)), float(rng.uniform(-0.04, 0.04)), float(rng.uniform(-0.04, 0.04)))


def finished(pair: Pair, recipe: Recipe, jitter: Jitter, size_px: int) -> tuple[Pixels, Pixels]:
    """Both pictures of a pair degraded and cropped alike."""
    return (
        taken(degrade(pair.real, recipe), jitter, size_px),
        taken(degrade(pair.fake, recipe), jitter, size_px),
    )


def taken(native: Pixels, jitter: Jitter, size_px: int) -> Pixels:
    """The crop out of a picture with room around it, resized as :func:`genconvit.crop.crop` does."""
    part = seen(native, jitter)
    return np.asarray(cv2.resize(part, (size_px, size_px), interpolation=cv2.INTER_AREA), np.uint8)


def altered_maps(pair: Pair, jitter: Jitter, places: int) -> Maps:
    """Where the fake of a pair is altered, in the crop that :func:`taken` takes of it."""
    inside = pair.mask / np.float32(pair.ratio)
    layers = seen(np.dstack([inside, 4 * inside * (1 - inside)]), jitter)
    small = cv2.resize(layers, (places, places), interpolation=cv2.INTER_AREA)
    return np.asarray(np.moveaxis(small, 2, 0), np.float32)


def seen(native: np.ndarray, jitter: Jitter) -> np.ndarray:
    """What a crop shows of a picture with room around it, ``[side, side, channels]``."""
    whole = native.shape[0]
    side = min(max(round(whole / ROOM * jitter.scale), 8), whole)
    slack = whole - side
    x = min(max(round(slack / 2 + jitter.x * side), 0), slack)
    y = min(max(round(slack / 2 + jitter.y * side), 0), slack)
    return np.ascontiguousarray(native[y : y + side, x : x + side])
