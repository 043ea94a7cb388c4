from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genconvit.method import Crop
from genconvit.training import samples
from genconvit.training.effects import EFFECTS, LASTING, PASSING, SHARES, Effect, way
from genconvit.training.filming import draw_effects, filmed, filmed_pair, posed
from genconvit.training.photographs import Photograph, Points, read
from genconvit.training.samples import generator, make_sample
from genconvit.training.self_blend import Pair

BOX = (24.0, 16.0, 72.0, 76.0)
COVER = ("covered", "glasses", "captioned", "cut off")
CROP = Crop("square", 0.1, 32)
SIZE = 384


@pytest.fixture(scope="module")
def face(photographs_folder: Path) -> Photograph:
    return read([photographs_folder])[0]


@pytest.fixture(scope="module")
def points(face: Photograph) -> Points:
    return 4 * face.landmarks


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(1).integers(60, 190, (SIZE, SIZE, 3), dtype=np.uint8)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_changes_a_picture_the_same_each_time(
    name: str, seed: int, points: Points, noise: np.ndarray
) -> None:
    effect = EFFECTS[name](points, SIZE, generator(seed, 0, 0))
    before = noise.copy()
    shown = effect.apply(noise)
    assert shown.shape == noise.shape and shown.dtype == np.uint8
    assert np.array_equal(noise, before), "an effect must not write into the picture it is given"
    assert not np.array_equal(shown, noise)
    assert np.array_equal(shown, effect.apply(noise)), "a real picture and its fake must get the same"


@pytest.mark.parametrize("name", EFFECTS)
def test_what_lies_in_front_says_what_it_hides(name: str, points: Points) -> None:
    assert (EFFECTS[name](points, SIZE, generator(0, 0, 0)).hidden is not None) == (name in COVER)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", COVER)
def test_what_an_effect_says_to_be_hidden_is_hidden(name: str, seed: int, points: Points, noise: np.ndarray) -> None:
    effect = EFFECTS[name](points, SIZE, generator(seed, 0, 0))
    shown, other = effect.apply(noise), effect.apply(255 - noise)
    assert effect.hidden is not None
    whole = effect.hidden == 1.0
    assert effect.hidden.min() >= 0 and 0.5 < effect.hidden.max() <= 1
    assert np.array_equal(shown[whole], other[whole])
    free = effect.hidden == 0.0
    assert np.array_equal(shown[free], noise[free])


@pytest.mark.parametrize("length", [2.0, 5.0, 20.0, 31.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2])
def test_a_way_is_as_long_as_asked_and_lies_along_its_angle(length: float, angle: float) -> None:
    kernel = way(length, angle)
    assert kernel.shape[0] == kernel.shape[1] and kernel.shape[0] % 2 == 1
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5) and kernel.min() >= 0
    places = np.arange(len(kernel)) - len(kernel) // 2
    x, y = np.meshgrid(places, places)
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    assert float((kernel * along).sum()) == pytest.approx(0.0, abs=0.3)
    spread = float(np.sqrt((kernel * along**2).sum()))
    # Of a uniform stroke, and of a square pixel.
    assert spread == pytest.approx(np.sqrt(length**2 / 12 + 1 / 12), abs=0.35)
    assert float(np.sqrt((kernel * across**2).sum())) < 0.75


def test_movement_keeps_brightness_and_loses_detail(points: Points, noise: np.ndarray) -> None:
    for seed in range(6):
        shown = EFFECTS["moving"](points, SIZE, generator(seed, 0, 0)).apply(noise)
        assert shown.mean() == pytest.approx(noise.mean(), abs=1.0)
        middle = (slice(150, 230), slice(150, 230))
        assert shown[middle].std() < 0.85 * noise[middle].std()


def test_now_and_then_the_head_moves_and_the_rest_does_not(points: Points, noise: np.ndarray) -> None:
    shown = [EFFECTS["moving"](points, SIZE, generator(seed, 0, 0)).apply(noise) for seed in range(20)]
    still = [np.array_equal(picture[:6, :6], noise[:6, :6]) for picture in shown]
    assert 3 <= sum(still) <= 14


@pytest.mark.parametrize("seed", range(12))
def test_landmarks_go_along_with_a_pose(seed: int, points: Points) -> None:
    pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
    tip = np.rint(points[30]).astype(int)
    pixels[tip[1] - 3 : tip[1] + 4, tip[0] - 3 : tip[0] + 4] = 255
    shown, moved = posed(pixels, points, generator(seed, 0, 0))
    bright = np.argwhere(shown[..., 0] > 100).mean(axis=0)[::-1]
    assert np.abs(bright - moved[30]).max() < 1.5


def test_most_pictures_are_not_posed_and_some_are(points: Points, noise: np.ndarray) -> None:
    changed = [posed(noise, points, generator(seed, 0, 0))[0] is not noise for seed in range(100)]
    assert 10 <= sum(changed) <= 40


def test_all_effects_are_drawn_and_only_those_asked_for(points: Points) -> None:
    assert set(SHARES) == set(EFFECTS) == {*PASSING, *LASTING}
    assert sum(SHARES.values()) == pytest.approx(1.0)
    counts = {len(draw_effects(points, 64, generator(seed, 0, 0))) for seed in range(20)}
    assert counts == {1, 2}
    for seed in range(10):
        assert all(effect.hidden is not None for effect in draw_effects(points, 64, generator(seed, 0, 0), ["cut off"]))


def test_what_is_hidden_is_no_longer_altered(noise: np.ndarray) -> None:
    half = np.zeros((SIZE, SIZE), np.float32)
    half[:, :100] = 1.0
    effect = Effect(lambda pixels: np.where(half[..., None] == 1, np.uint8(7), pixels), half)
    fake = 255 - noise
    pair = Pair(noise, fake, np.full((SIZE, SIZE), 0.5, np.float32), 0.5, fake)
    shown = filmed_pair(pair, (effect,))
    assert np.all(shown.mask[:, :100] == 0) and np.all(shown.mask[:, 100:] == 0.5)
    assert np.all(shown.real[:, :100] == 7) and np.all(shown.fake[:, :100] == 7)
    assert np.array_equal(shown.real[:, 100:], noise[:, 100:]) and np.array_equal(shown.fake[:, 100:], fake[:, 100:])
    assert filmed(noise, ()) is noise


def test_real_and_fake_are_filmed_alike(face: Photograph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it on fakes alone, blur would be learnt as a fake's trait; on reals alone, as a real's."""
    seen: list[np.ndarray] = []

    def keep(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels)
        return np.full_like(pixels, 90)

    monkeypatch.setattr(samples, "draw_effects", lambda *given: (Effect(keep),))
    monkeypatch.setattr(samples, "degrade", lambda pixels, recipe: pixels)
    before = after = 0
    for seed in range(16):
        seen.clear()
        sample = make_sample(face, BOX, CROP, generator(seed, 0, 0), filming=1.0)
        assert np.all(sample.real == 90) or len(seen) == 1
        if len(seen) == 2:
            after += 1
            assert np.all(sample.fake == 90)
        else:
            before += 1
            assert np.abs(sample.fake.astype(int) - 90).max() < 90
    assert before >= 3 and after >= 3


def test_the_share_is_that_of_the_pairs(face: Photograph, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(samples, "draw_effects", lambda *given: drawn.append(1) or ())
    for seed in range(80):
        make_sample(face, BOX, CROP, generator(seed, 0, 0), filming=0.25)
    assert 8 <= len(drawn) <= 34
