from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.crop import crop, region
from genconvit.method import Crop

SQUARE = Crop("square", 0.0, 16)
coordinates = st.integers(-300, 300)


def frame(height: int = 60, width: int = 80) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_box_of_the_output_size_is_taken_as_it_is() -> None:
    pixels = frame()
    assert np.array_equal(crop(pixels, (10, 20, 26, 36), SQUARE), pixels[20:36, 10:26])


def test_a_square_is_as_long_as_the_longer_side_plus_margin_on_every_side() -> None:
    assert region((10, 20, 30, 60), Crop("square", 0.1, 16)) == (-4, 16, 44, 64)


def test_a_box_keeps_its_shape() -> None:
    assert region((10, 20, 30, 60), Crop("box", 0.0, 16)) == (10, 20, 30, 60)
    assert region((10, 20, 30, 60), Crop("box", 0.1, 16)) == (8, 16, 32, 64)


def test_beyond_the_frame_the_border_repeats() -> None:
    pixels = frame()
    cut = crop(pixels, (-8, -8, 8, 8), SQUARE)
    assert np.array_equal(cut[8:, 8:], pixels[:8, :8])
    assert (cut[:8, :8] == pixels[0, 0]).all()
    assert np.array_equal(cut[0, 8:], pixels[0, :8])


def test_a_box_wholly_outside_repeats_the_nearest_edge() -> None:
    pixels = frame()
    assert (crop(pixels, (200, 200, 216, 216), SQUARE) == pixels[-1, -1]).all()


def test_channels_keep_their_order() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[..., 0] = 200
    assert crop(pixels, (3, 3, 30, 37), SQUARE).reshape(-1, 3).max(axis=0).tolist() == [200, 0, 0]


def test_shrinking_averages_areas() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[::2] = 200
    assert (crop(pixels, (0, 0, 32, 32), SQUARE) == 100).all()


@given(coordinates, coordinates, coordinates, coordinates, st.sampled_from(["box", "square"]), st.floats(0, 2))
def test_any_box_gives_a_crop(left: int, top: int, right: int, bottom: int, shape: str, margin: float) -> None:
    cut = crop(frame(), (left, top, right, bottom), Crop(shape, margin, 16))
    assert cut.shape == (16, 16, 3) and cut.dtype == np.uint8 and cut.flags["C_CONTIGUOUS"]


def test_a_frame_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="no face"):
        crop(np.zeros((0, 5, 3), np.uint8), (0, 0, 5, 5), SQUARE)
