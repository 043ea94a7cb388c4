from __future__ import annotations

import numpy as np
import pytest

from genconvit.video.round_trip import through_h264


def picture(height: int = 64, width: int = 48) -> np.ndarray:
    rng = np.random.default_rng(3)
    smooth = np.add.outer(np.linspace(0, 120, height), np.linspace(0, 100, width))[..., None] + rng.uniform(0, 30, 3)
    return np.asarray(np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255), np.uint8)


def test_a_low_rate_factor_keeps_the_picture_and_a_high_one_blurs_it() -> None:
    def error(factor: int) -> float:
        return float(np.abs(through_h264([picture()], factor).astype(int) - picture()).mean())

    assert error(5) < 4 < error(45)


def test_the_same_pictures_give_the_same_bytes() -> None:
    moved = [np.roll(picture(), 2, axis=1), picture()]
    assert np.array_equal(through_h264(moved, 30), through_h264(moved, 30))


def test_a_picture_coded_from_another_differs_from_a_key_frame_and_is_the_last_one() -> None:
    other = np.asarray(255 - picture(), np.uint8)
    alone, after = through_h264([picture()], 38), through_h264([other, picture()], 38)
    assert not np.array_equal(alone, after)
    assert np.abs(after.astype(int) - picture()).mean() < np.abs(after.astype(int) - other).mean()


def test_odd_sides_keep_their_size() -> None:
    assert through_h264([picture(63, 47)], 20).shape == (63, 47, 3)


def test_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        through_h264([], 20)
