from __future__ import annotations

import numpy as np
import pytest

from genconvit.training.masks import SHAPES, draw_mask, hull
from genconvit.training.samples import generator
from genconvit.training.self_blend import RATIOS, blend, self_blend


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 69)[:68]
    return np.stack([48 + 24 * np.cos(angle), 48 + 30 * np.sin(angle)], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (96, 96, 3), dtype=np.uint8)


@pytest.mark.parametrize("seed", range(12))
def test_outside_the_mask_fake_is_real_to_the_last_bit(seed: int, pixels: np.ndarray, points: np.ndarray) -> None:
    pair = self_blend(pixels, points, generator(seed, 0, 0))
    outside = pair.mask == 0
    assert outside.any() and not outside.all()
    assert np.array_equal(pair.fake[outside], pair.real[outside])


@pytest.mark.parametrize("seed", range(12))
def test_inside_the_mask_something_changed(seed: int, pixels: np.ndarray, points: np.ndarray) -> None:
    pair = self_blend(pixels, points, generator(seed, 0, 0))
    assert (pair.fake != pair.real).any()
    assert pair.mask.max() == pytest.approx(pair.ratio) and pair.ratio in RATIOS


def test_the_same_seed_gives_the_same_pair_and_another_seed_another(pixels: np.ndarray, points: np.ndarray) -> None:
    first, again = (self_blend(pixels, points, generator(7, 5, 2)) for _ in range(2))
    assert np.array_equal(first.fake, again.fake) and np.array_equal(first.real, again.real)
    assert not np.array_equal(first.fake, self_blend(pixels, points, generator(7, 5, 3)).fake)


def test_a_blend_is_the_weighted_mean() -> None:
    source, target = np.full((4, 4, 3), 200, np.uint8), np.full((4, 4, 3), 100, np.uint8)
    mask = np.linspace(0, 1, 4, dtype=np.float32)[None].repeat(4, axis=0)
    assert blend(source, target, mask)[0, :, 0].tolist() == [100, 133, 167, 200]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_hull_lies_around_the_face(shape: str, points: np.ndarray) -> None:
    outline = hull(points, shape, np.random.default_rng(0))
    assert outline.shape[0] >= 3 and outline.shape[1] == 2
    assert outline.min() > -20 and outline.max() < 116


@pytest.mark.parametrize("seed", range(20))
def test_a_mask_is_a_weight(seed: int, points: np.ndarray) -> None:
    mask = draw_mask(points, 96, generator(seed, 0, 0))
    assert mask.shape == (96, 96) and mask.dtype == np.float32
    assert mask.min() >= 0 and mask.max() == pytest.approx(1)


def test_a_face_off_the_picture_gives_no_mask_and_no_failure(pixels: np.ndarray, points: np.ndarray) -> None:
    pair = self_blend(pixels, points + 500, generator(1, 0, 0))
    assert np.array_equal(pair.fake, pair.real)
