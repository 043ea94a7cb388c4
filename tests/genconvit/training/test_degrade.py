from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genconvit.training.degrade import (
    CAMERA_RANGES,
    CAMERAS,
    Camera,
    Encoding,
    degrade,
    draw_recipe,
    encoded,
    through_camera,
)


def picture() -> np.ndarray:
    rows = np.linspace(0, 255, 64, dtype=np.uint8)
    return np.stack([np.tile(rows, (64, 1)), np.tile(rows[:, None], (1, 64)), np.full((64, 64), 90, np.uint8)], axis=2)


@pytest.mark.parametrize("seed", range(10))
def test_a_recipe_does_the_same_each_time(seed: int) -> None:
    recipe = draw_recipe(64, 0.8, np.random.default_rng(seed))
    first = degrade(picture(), recipe)
    assert first.shape == (recipe.native_px, recipe.native_px, 3) and first.dtype == np.uint8
    assert np.array_equal(first, degrade(picture(), recipe))


def test_a_higher_level_compresses_harder_and_goes_smaller() -> None:
    def drawn(level: float) -> tuple[float, float]:
        recipes = [draw_recipe(200, level, np.random.default_rng(seed)) for seed in range(200)]
        qualities = [recipe.qualities[0] for recipe in recipes if recipe.qualities]
        return float(np.mean(qualities)), float(np.mean([recipe.native_px for recipe in recipes]))

    light, strong = drawn(0.0), drawn(1.0)
    assert light[0] > strong[0] + 30
    assert light[1] > strong[1] + 20


def test_the_input_is_left_alone() -> None:
    pixels = picture()
    before = pixels.copy()
    degrade(pixels, draw_recipe(64, 1.0, np.random.default_rng(2)))
    assert np.array_equal(pixels, before)


def test_half_of_the_recipes_are_encoded_and_the_rest_are_left_alone() -> None:
    plain = [draw_recipe(200, 0.7, np.random.default_rng(seed)) for seed in range(300)]
    drawn = [encoded(recipe, np.random.default_rng(seed)) for seed, recipe in enumerate(plain)]
    changed = [recipe for recipe in drawn if recipe.encoding is not None]
    assert 0.4 < len(changed) / 300 < 0.6
    assert all(recipe == before for recipe, before in zip(drawn, plain, strict=True) if recipe.encoding is None)
    factors = [recipe.encoding.rate_factor for recipe in changed if recipe.encoding]
    assert min(factors) >= 15 and max(factors) <= 42 and len(set(factors)) > 5


def test_an_encoded_picture_keeps_its_native_size_and_comes_out_the_same_each_time() -> None:
    recipe = replace(draw_recipe(64, 0.5, np.random.default_rng(1)), encoding=Encoding(35, ((1, 0), (0, 2))))
    first = degrade(picture(), recipe)
    assert first.shape == (recipe.native_px, recipe.native_px, 3)
    assert np.array_equal(first, degrade(picture(), recipe))
    assert not np.array_equal(first, degrade(picture(), replace(recipe, encoding=None)))


def test_a_share_of_the_recipes_goes_through_a_telephone_and_the_rest_are_left_alone() -> None:
    plain = [draw_recipe(200, 0.5, np.random.default_rng(seed)) for seed in range(400)]
    drawn = [through_camera(recipe, 0.35, np.random.default_rng(seed)) for seed, recipe in enumerate(plain)]
    changed = [recipe.camera for recipe in drawn if recipe.camera is not None]
    assert 0.28 < len(changed) / 400 < 0.42
    assert {camera.kind for camera in changed} == set(CAMERAS)
    assert all(recipe == before for recipe, before in zip(drawn, plain, strict=True) if recipe.camera is None)


@pytest.mark.parametrize("kind", CAMERAS)
def test_a_telephone_works_on_the_picture_before_anything_else(kind: str) -> None:
    (low, high), (weak, strong) = CAMERA_RANGES[kind]
    recipe = replace(draw_recipe(64, 0.0, np.random.default_rng(1)), camera=Camera(kind, high, strong))
    pixels = np.random.default_rng(3).integers(60, 190, (64, 64, 3), dtype=np.uint8)
    first = degrade(pixels, recipe)
    assert first.shape == (recipe.native_px, recipe.native_px, 3)
    assert np.array_equal(first, degrade(pixels, recipe))
    assert not np.array_equal(first, degrade(pixels, replace(recipe, camera=None)))
    assert not np.array_equal(first, degrade(pixels, replace(recipe, camera=Camera(kind, low, weak))))
