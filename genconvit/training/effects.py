"""What movement, light and things in front do to a picture. Sizes are shares of its side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from genconvit.records import Pixels
from genconvit.training.masks import EYES, Mask, displacement
from genconvit.training.photographs import Points
from genconvit.training.self_blend import blend
from genconvit.training.texture import grainy, smoothed


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """Something that pictures of one size get alike."""

    apply: Callable[[Pixels], Pixels]
    """``uint8 [S, S, 3]`` to the same."""
    hidden: Mask | None = None
    """``float32 [S, S]``, 1 where nothing of the picture is left; None: nowhere."""


Draw = Callable[[Points, int, np.random.Generator], Effect]
"""From landmarks, ``float32 [68, 2]``, in the pixels of a square picture, and its side S in pixels."""


def moving(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Blurred along a way, as by a movement while the shutter is open: the camera's, or of the head alone."""
    length = size_px * float(np.exp(rng.uniform(np.log(0.008), np.log(0.08))))
    kernel = way(max(length, 2.0), float(rng.uniform(0, np.pi)))
    head = head_mask(points, size_px, rng) if rng.random() < 0.4 else None

    def apply(pixels: Pixels) -> Pixels:
        blurred = np.asarray(cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REFLECT_101), np.uint8)
        return blurred if head is None else blend(blurred, pixels, head)

    return Effect(apply)


def way(length: float, angle: float) -> Mask:
    """A straight stroke through the middle, ``float32 [k, k]``, k odd, its sum 1.

    Args:
        length: in pixels.
        angle: in radians, from rightwards to downwards.
    """
    side = 2 * int(np.ceil(length / 2)) + 3
    finer = 4
    stroke: np.ndarray = np.zeros((side * finer, side * finer), np.float32)
    middle = (side * finer - 1) / 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * length * finer / 2
    ends = [tuple(int(v) for v in np.rint(middle + sign * reach)) for sign in (-1, 1)]
    cv2.line(stroke, ends[0], ends[1], 1.0, finer)
    kernel = cv2.resize(stroke, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum(), np.float32)


def doubled(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Mixed with itself a little further on, as where frames are blended to change their rate."""
    shift = size_px * rng.uniform(-0.04, 0.04, 2)
    share = float(rng.uniform(0.25, 0.75))
    return Effect(lambda pixels: blend(_moved(pixels, shift), pixels, np.full(pixels.shape[:2], share, np.float32)))


def interlaced(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Every other row, or pair of rows, further on, as where two fields are shown as one frame."""
    shift = size_px * np.array([rng.uniform(-0.03, 0.03), 0.0])
    rows = (np.arange(size_px) // int(rng.integers(1, 3))) % 2
    comb = np.repeat(rows[:, None], size_px, axis=1).astype(np.float32)
    return Effect(lambda pixels: blend(_moved(pixels, shift), pixels, comb))


def shadowed(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """With an edge of shadow across it, straight or bent, sharp or soft."""
    depth, soft = float(rng.uniform(0.3, 0.85)), float(rng.uniform(0.003, 0.05)) * size_px
    angle, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3) * size_px
    x, y = displacement(size_px, int(rng.integers(3, 6)), size_px * rng.uniform(0.0, 0.05), rng)
    beyond = np.cos(angle) * (x - size_px / 2) + np.sin(angle) * (y - size_px / 2) - place
    dark = 1 / (1 + np.exp(-np.clip(beyond / soft, -30, 30)))
    return _lit(1 - (1 - depth) * dark)


def uneven(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Lit from one side."""
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.7)
    ramp = np.linspace(-0.5, 0.5, size_px)
    across = np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]
    return _lit(1 + strength * np.tanh(rng.uniform(2, 8) * across))


def exposed(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Too bright, its lights cut off; or too dark."""
    return _lit(np.full((size_px, size_px), rng.uniform(1.15, 1.9) if rng.random() < 0.6 else rng.uniform(0.3, 0.7)))


def dim(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Filmed in the dark: few levels and noise, smoothed and brightened again."""
    gain, noise = float(rng.uniform(0.15, 0.5)), float(rng.uniform(2, 8))
    reach, contrast = float(rng.uniform(0.006, 0.014)), float(rng.uniform(10, 35))
    brighter, seed = float(rng.uniform(0.4, 1.0)) / gain, int(rng.integers(2**31))

    def apply(pixels: Pixels) -> Pixels:
        taken = grainy(_scaled(pixels, gain), noise, np.random.default_rng(seed))
        return _scaled(smoothed(taken, reach, contrast), brighter)

    return Effect(apply)


def covered(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """With something in front of a part: a hand, a microphone, a scarf."""
    shape: np.ndarray = np.zeros((size_px, size_px), np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = low + rng.uniform((-0.2, 0.2), (1.2, 1.3)) * (high - low)
    axes = size_px * rng.uniform((0.04, 0.08), (0.2, 0.4))
    turn = float(rng.uniform(0, 180))
    cv2.ellipse(shape, _whole(middle), _whole(axes), turn, 0, 360, 1.0, -1)
    dx, dy = displacement(size_px, int(rng.integers(4, 9)), size_px * rng.uniform(0.0, 0.03), rng)
    shape = cv2.remap(shape, dx, dy, cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(shape, (0, 0), size_px * rng.uniform(0.002, 0.012))
    return _laid(_stuff(size_px, rng), np.asarray(soft, np.float32))


def glasses(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """With dark glasses."""
    shape: np.ndarray = np.zeros((size_px, size_px), np.float32)
    eyes = points[EYES]
    width = float(np.ptp(eyes[:, 0]))
    axes = width * rng.uniform((0.18, 0.13), (0.27, 0.22))
    centres = [eyes[:6].mean(axis=0), eyes[6:].mean(axis=0)]
    for centre in centres:
        cv2.ellipse(shape, _whole(centre), _whole(axes), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    cv2.line(shape, _whole(centres[0]), _whole(centres[1]), 1.0, max(round(width * 0.03), 1), cv2.LINE_AA)
    glass = np.full((size_px, size_px, 3), rng.uniform(5, 70), np.float32) + rng.uniform(-5, 15, 3)
    return _laid(_bytes(glass), shape * np.float32(rng.uniform(0.6, 1.0)))


def captioned(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """With letters over it, on a bar or without, as newsrooms and websites lay them."""
    top, height = rng.uniform(0.1, 0.9) * size_px, rng.uniform(0.05, 0.16) * size_px
    bar, shape = (np.zeros((size_px, size_px), np.float32) for _ in range(2))
    letters = "".join(chr(int(code)) for code in rng.integers(65, 91, int(rng.integers(3, 16))))
    left = rng.uniform(-0.2, 0.6) * size_px
    scale = height / 30
    place = (round(left), round(top + 0.8 * height))
    cv2.putText(shape, letters, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 1.0, max(round(2 * scale), 1), cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.rectangle(bar, (round(left), round(top)), (size_px, round(top + height)), float(rng.uniform(0.5, 1)), -1)
    colours = np.where(shape[..., None] > 0.1, rng.choice([0, 255], 3), rng.uniform(0, 255, 3))
    return _laid(_bytes(colours), np.maximum(bar, shape))


def cut_off(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Partly outside the frame or behind an edge: one side is a plain surface."""
    share = rng.uniform(0.12, 0.38)
    shape = (np.arange(size_px) < share * size_px).astype(np.float32)[None, :].repeat(size_px, axis=0)
    surface = np.zeros((size_px, size_px, 3)) if rng.random() < 0.5 else _stuff(size_px, rng)
    return _laid(_bytes(surface), np.ascontiguousarray(np.rot90(shape, int(rng.integers(4)))))


def bled(points: Points, size_px: int, rng: np.random.Generator) -> Effect:
    """Its colours coarser than its brightness, and beside it, as in analogue and much compressed video."""
    across, down = (int(side) for side in rng.choice([2, 4, 8], 2))
    shift = int(rng.integers(-3, 4))

    def apply(pixels: Pixels) -> Pixels:
        parts = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
        few = (max(size_px // across, 1), max(size_px // down, 1))
        coarse = cv2.resize(np.ascontiguousarray(parts[..., 1:]), few, interpolation=cv2.INTER_AREA)
        parts[..., 1:] = np.roll(cv2.resize(coarse, (size_px, size_px)), shift, axis=1)
        return np.asarray(cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB), np.uint8)

    return Effect(apply)


EFFECTS: Mapping[str, Draw] = {
    "moving": moving,
    "doubled": doubled,
    "interlaced": interlaced,
    "shadowed": shadowed,
    "uneven": uneven,
    "exposed": exposed,
    "dim": dim,
    "covered": covered,
    "glasses": glasses,
    "captioned": captioned,
    "cut off": cut_off,
    "bled": bled,
}
SHARES: Mapping[str, float] = {
    "moving": 0.28,
    "doubled": 0.08,
    "interlaced": 0.05,
    "shadowed": 0.12,
    "uneven": 0.1,
    "exposed": 0.06,
    "dim": 0.08,
    "covered": 0.1,
    "glasses": 0.03,
    "captioned": 0.05,
    "cut off": 0.03,
    "bled": 0.02,
}
"""How often each effect is drawn."""
PASSING = ("moving", "doubled", "interlaced")
"""Effects that come and go within a video, as movement does."""
LASTING = tuple(name for name in EFFECTS if name not in PASSING)


def head_mask(points: Points, size_px: int, rng: np.random.Generator) -> Mask:
    """The whole head, a good deal wider than the face, soft."""
    low, high = points.min(axis=0), points.max(axis=0)
    wide = (high - low) * rng.uniform((0.6, 0.75), (0.9, 1.1))
    middle = (low + high) / 2 - np.array([0.0, 0.15]) * (high - low)
    whole: np.ndarray = np.zeros((size_px, size_px), np.float32)
    cv2.ellipse(whole, _whole(middle), _whole(wide), 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(whole, (0, 0), size_px * rng.uniform(0.01, 0.06)), np.float32)


def _stuff(size_px: int, rng: np.random.Generator) -> Pixels:
    """A surface of some colour and texture."""
    rough = cv2.GaussianBlur(rng.standard_normal((size_px, size_px, 3), dtype=np.float32), (0, 0), size_px * 0.012)
    spread = rng.uniform(0, 25) / max(float(rough.std()), 1e-6)
    ramp = np.linspace(-1, 1, size_px)[:, None, None] * rng.uniform(-40, 40)
    return _bytes(rng.uniform(0, 255, 3) + spread * rough + ramp)


def _laid(over: Pixels, shape: Mask) -> Effect:
    weight = np.asarray(np.clip(shape, 0, 1), np.float32)
    return Effect(lambda pixels: blend(over, pixels, weight), weight)


def _lit(light: np.ndarray) -> Effect:
    return Effect(lambda pixels: _scaled(pixels, light[..., None]))


def _scaled(pixels: Pixels, gain: float | np.ndarray) -> Pixels:
    return _bytes(np.rint(pixels * np.asarray(gain, np.float32)))


def _moved(pixels: Pixels, shift: np.ndarray) -> Pixels:
    size_px = pixels.shape[0]
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    moved = cv2.warpAffine(pixels, matrix, (size_px, size_px), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)


def _whole(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _bytes(values: np.ndarray) -> Pixels:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
