from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genconvit.crop import crop
from genconvit.method import Crop
from genconvit.training.photographs import Photograph, read
from genconvit.training.samples import (
    MIRRORED,
    Jitter,
    framed,
    generator,
    make_sample,
    mirrored,
    rotated,
    taken,
    work_px,
)

BOX = (24.0, 16.0, 72.0, 76.0)
CROP = Crop("square", 0.1, 32)


@pytest.fixture(scope="module")
def photograph(photographs_folder: Path) -> Photograph:
    return read([photographs_folder])[0]


def test_a_sample_is_two_crops_of_the_methods_size(photograph: Photograph) -> None:
    sample = make_sample(photograph, BOX, CROP, generator(1, 0, 0))
    assert sample.real.shape == sample.fake.shape == (32, 32, 3)
    assert not np.array_equal(sample.real, sample.fake)


def test_a_sample_depends_on_seed_step_and_place_alone(photograph: Photograph) -> None:
    first, again, other = (make_sample(photograph, BOX, CROP, generator(1, step, 4)) for step in (9, 9, 10))
    assert np.array_equal(first.fake, again.fake) and np.array_equal(first.real, again.real)
    assert not np.array_equal(first.fake, other.fake)


def test_the_middle_of_the_framed_picture_is_the_methods_crop(photograph: Photograph) -> None:
    pixels, _ = framed(photograph, BOX, Crop("square", 0.1, 72))
    middle = taken(pixels, Jitter(1.0, 0.0, 0.0), 72)
    expected = crop(photograph.pixels(), (24, 16, 72, 76), Crop("square", 0.1, 72))
    assert np.abs(middle.astype(int) - expected).mean() < 6


def test_landmarks_follow_the_picture_into_the_frame(photograph: Photograph) -> None:
    pixels, points = framed(photograph, BOX, CROP)
    whole = photograph.pixels()
    for number in (37, 44, 66):
        x, y = photograph.landmarks[number]
        before = whole[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].mean()
        u, v = np.rint(points[number]).astype(int)
        assert abs(pixels[v, u].mean() - before) < 60
    assert work_px(32) == pixels.shape[0] == 42


def test_mirroring_twice_gives_everything_back(photograph: Photograph) -> None:
    pixels, points = photograph.pixels(), photograph.landmarks
    back, moved = mirrored(*mirrored(pixels, points))
    assert np.array_equal(back, pixels)
    assert np.allclose(moved, points)


def test_a_mirrored_face_keeps_left_and_right_apart() -> None:
    assert sorted(MIRRORED) == list(range(68))
    assert (MIRRORED[MIRRORED] == np.arange(68)).all()
    assert {int(MIRRORED[i]) for i in range(36, 42)} == set(range(42, 48))


def test_landmarks_turn_with_the_picture() -> None:
    pixels = np.zeros((65, 65, 3), np.uint8)
    pixels[20, 50] = 255
    turned, points = rotated(pixels, np.array([[50.0, 20.0]], np.float32), 90.0)
    x, y = np.rint(points[0]).astype(int)
    assert turned[y, x].max() > 200


@pytest.mark.parametrize("jitter", [Jitter(1.3, 0.4, -0.4), Jitter(0.9, -0.4, 0.4), Jitter(1.0, 0.0, 0.0)])
def test_a_wandering_box_stays_in_the_picture(jitter: Jitter) -> None:
    assert taken(np.zeros((50, 50, 3), np.uint8), jitter, 32).shape == (32, 32, 3)


def test_encoding_changes_some_samples_and_draws_nothing_that_the_others_miss(photograph: Photograph) -> None:
    same = 0
    for place in range(20):
        plain = make_sample(photograph, BOX, CROP, generator(1, 0, place))
        through = make_sample(photograph, BOX, CROP, generator(1, 0, place), encode=True)
        assert (through.ratio, through.level) == (plain.ratio, plain.level)
        same += np.array_equal(through.real, plain.real) and np.array_equal(through.fake, plain.fake)
    assert 3 <= same <= 17
