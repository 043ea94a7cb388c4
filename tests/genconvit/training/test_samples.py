from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.crop import crop
from genconvit.method import Crop
from genconvit.training.boxes import FloatBox
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


@pytest.mark.parametrize("number", [0, 8, 37, 44, 66])
@pytest.mark.parametrize("box", [BOX, (4.0, 30.0, 60.0, 95.0)], ids=["inside", "beyond the picture"])
def test_landmarks_follow_the_picture_into_the_frame(number: int, box: FloatBox, photograph: Photograph) -> None:
    """A landmark that lies on the only bright dot of a picture lies on it in the frame."""
    x, y = np.rint(photograph.landmarks[number]).astype(int)
    dotted = np.zeros((96, 96, 3), np.uint8)
    dotted[y - 1 : y + 2, x - 1 : x + 2] = 255
    landmarks = photograph.landmarks.copy()
    landmarks[number] = x, y
    png = cv2.imencode(".png", dotted)[1].tobytes()
    pixels, points = framed(replace(photograph, encoded=png, landmarks=landmarks), box, CROP)
    assert work_px(32) == pixels.shape[0] == pixels.shape[1] == 42
    u, v = points[number]
    rows, columns = np.indices(pixels.shape[:2])
    # The mirror image beyond the picture's border shows the dot again.
    light = pixels[..., 0] * (np.maximum(abs(rows - v), abs(columns - u)) < 3).astype(float)
    assert light.sum() > 255
    assert ((columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()) == pytest.approx(
        (u, v), abs=0.12
    )


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
