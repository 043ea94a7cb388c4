from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genconvit.training.masks import SHAPES as ALL_SHAPES
from genconvit.training.masks import draw_mask
from genconvit.training.photographs import Photograph, read
from genconvit.training.redrawn import SHAPES, cloned, expression, laid_close, moved, redrawn, without_texture
from genconvit.training.samples import generator
from genconvit.training.self_blend import Pair
from genconvit.training.texture import grainy, of_few_pixels, sharpened, smoothed
from genconvit.training.variants import Variants, blend_variant


@pytest.fixture(scope="module")
def face(photographs_folder: Path) -> Photograph:
    return read([photographs_folder])[0]


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(90, 140, (96, 96, 3), dtype=np.uint8)


def test_a_moved_landmark_takes_its_pixels_along(face: Photograph) -> None:
    """A bright spot under the lower lip goes where the lip goes; the forehead stays."""
    points = face.landmarks
    moves = np.zeros_like(points)
    moves[55:60, 1] = moves[65:68, 1] = moves[6:11, 1] = 5.0
    pixels = np.full((96, 96, 3), 60, np.uint8)
    x, y = np.rint(points[57]).astype(int)
    pixels[y - 1 : y + 2, x - 1 : x + 2] = 250
    shown = moved(pixels, points, moves)
    found = np.argwhere(shown[..., 0] > 150).mean(axis=0)
    assert found[1] == pytest.approx(x, abs=1) and 2 < found[0] - y < 7
    rows = np.arange(96, dtype=np.uint8)
    ramp = np.repeat(np.tile(rows[:, None], (1, 96))[..., None], 3, axis=2)
    top = int(points[17:27, 1].min()) // 2
    assert np.abs(moved(ramp, points, moves)[:top].astype(int) - ramp[:top]).max() <= 1


def test_without_moves_a_face_stays_as_it_is(face: Photograph) -> None:
    assert np.array_equal(moved(face.pixels(), face.landmarks, np.zeros_like(face.landmarks)), face.pixels())


def test_expressions_move_the_mouth_and_leave_brows_and_eyes(face: Photograph) -> None:
    drawn = [expression(face.landmarks, generator(seed, 0, 0)) for seed in range(40)]
    assert all(not moves[17:48].any() for moves in drawn)
    opened = [float(moves[57, 1]) for moves in drawn]
    assert min(opened) < 0 < max(opened)
    assert max(np.abs(moves).max() for moves in drawn) < 0.15 * np.ptp(face.landmarks[:, 0])


@pytest.mark.parametrize("seed", range(6))
def test_texture_is_lost_and_colours_stay(seed: int) -> None:
    pixels = noise()
    flat = without_texture(pixels, generator(seed, 0, 0))
    assert flat.shape == pixels.shape and flat.dtype == np.uint8
    assert flat.std() < 0.8 * pixels.std()
    assert flat.mean() == pytest.approx(pixels.mean(), abs=1)


def test_smoothing_keeps_an_edge_that_few_pixels_lose() -> None:
    step = np.zeros((96, 96, 3), np.uint8)
    step[:, 48:] = 200
    assert np.array_equal(smoothed(step, 0.015, 30), step)
    assert (np.abs(of_few_pixels(step, 0.2, 0.0).astype(int) - step) > 10).any()


def test_sharpening_adds_what_a_blur_takes() -> None:
    assert sharpened(noise(), 0.01, 0.8).std() > 1.2 * noise().std()
    assert np.array_equal(sharpened(noise(), 0.01, 0.0), noise())


def test_grain_has_the_deviation_asked_for() -> None:
    grey = np.full((128, 128, 3), 128, np.uint8)
    assert grainy(grey, 4.0, generator(1, 0, 0)).std() == pytest.approx(4, abs=0.2)


def test_the_picture_under_a_redrawn_face_is_the_photograph_or_has_its_grain(face: Photograph) -> None:
    pixels = face.pixels()
    drawn = [redrawn(pixels, face.landmarks, generator(seed, 0, 0)) for seed in range(60)]
    clean = [np.array_equal(target, pixels) for _, target in drawn]
    assert 0.5 < np.mean(clean) < 0.9
    assert all(not np.array_equal(source, pixels) for source, _ in drawn)
    assert all(np.abs(target.astype(int) - pixels).mean() < 8 for _, target in drawn)


@pytest.mark.parametrize("seed", range(8))
def test_a_close_fake_is_the_photograph_outside_its_mask(seed: int, face: Photograph) -> None:
    pixels = face.pixels()
    pair = laid_close(255 - pixels, pixels, face.landmarks, generator(seed, 0, 0))
    outside = pair.mask == 0
    assert np.array_equal(pair.fake[outside], pixels[outside]) and not np.array_equal(pair.fake, pixels)
    assert pair.ratio in (0.75, 1.0) and float(pair.mask.max()) == pytest.approx(pair.ratio)


def test_masks_keep_to_the_shapes_asked_for(face: Photograph) -> None:
    """Eyes do not move with an expression: a mask over them would make a fake that is none."""
    assert set(SHAPES) == set(ALL_SHAPES) - {"eyes"}
    lower = [draw_mask(face.landmarks, 96, generator(seed, 0, 0), ("mouth",)) for seed in range(20)]
    brows = int(face.landmarks[17:27, 1].mean())
    assert all(float(mask[brows].max()) < 0.1 for mask in lower)


def test_cloning_leaves_no_step_in_colour_and_nothing_outside(face: Photograph) -> None:
    target = np.full((96, 96, 3), 100, np.uint8)
    source = np.full((96, 96, 3), 180, np.uint8)
    mask = np.zeros((96, 96), np.float32)
    mask[30:70, 25:60] = 1
    mixed = np.where(mask[..., None] > 0, source, target).astype(np.uint8)
    pair = cloned(Pair(target, mixed, mask, 1.0, source))
    assert np.abs(pair.fake.astype(int) - target).max() <= 1
    detailed = source.copy()
    detailed[48:52, 40:44] = 255
    shown = cloned(Pair(target, mixed, mask, 1.0, detailed))
    assert np.argwhere(shown.fake[..., 0] > 140).mean(axis=0) == pytest.approx([49.5, 41.5], abs=0.3)
    assert np.array_equal(shown.fake[shown.mask == 0], target[shown.mask == 0])


@pytest.mark.parametrize("rows", [slice(0, 0), slice(40, 44), slice(0, 2)])
def test_a_part_too_small_to_clone_comes_back_as_it_was(rows: slice) -> None:
    mask = np.zeros((96, 96), np.float32)
    mask[rows, 30:60] = 1
    pair = Pair(noise(), noise(2), mask, 1.0, noise(3))
    assert cloned(pair) is pair


@pytest.mark.parametrize(("height", "width"), [(40, 36), (41, 36), (40, 35), (41, 35)])
def test_a_picture_cloned_onto_itself_stays_where_it_is(height: int, width: int) -> None:
    mask = np.zeros((96, 96), np.float32)
    mask[20 : 20 + height, 30 : 30 + width] = 1
    pair = cloned(Pair(noise(), noise(2), mask, 1.0, noise()))
    assert np.abs(pair.fake.astype(int) - pair.real).max() <= 1


def test_a_cloned_fake_keeps_its_soft_border_for_those_who_look_for_it() -> None:
    ramp = np.clip(np.linspace(-1, 2, 96, dtype=np.float32), 0, 1)
    mask = 0.5 * np.outer(ramp, ramp)
    pair = cloned(Pair(noise(), noise(2), mask, 0.5, noise(3)))
    assert pair.ratio == 1 and pair.mask == pytest.approx(2 * mask)


@pytest.mark.parametrize("share", ["donor", "redrawn", "cloned"])
def test_every_variant_gives_a_fake_that_is_real_outside_its_mask(share: str, photographs_folder: Path) -> None:
    photographs = read([photographs_folder])
    shares = {name: float(name == share) for name in ("donor", "redrawn", "cloned")}
    drawn = Variants(photographs, shares["donor"], 0.3, shares["redrawn"], shares["cloned"])
    for seed in range(12):
        face = photographs[seed % len(photographs)]
        pair = blend_variant(face.pixels(), face.landmarks, face.key, drawn, generator(seed, 1, 0))
        outside = pair.mask == 0
        assert np.array_equal(pair.fake[outside], pair.real[outside])
        assert np.abs(pair.fake.astype(int) - pair.real)[~outside].mean() > 0.2
        assert pair.fake.dtype == np.uint8 and pair.fake.shape == face.pixels().shape
