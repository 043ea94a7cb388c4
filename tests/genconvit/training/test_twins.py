from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.training.photographs import Photograph, read
from genconvit.training.twins import NEAR, near, print_of, without_twins


@pytest.fixture(scope="module")
def photographs(photographs_folder: Path) -> tuple[Photograph, ...]:
    return read([photographs_folder])


def again(photograph: Photograph, pixels: np.ndarray, name: str = "other.jpg", quality: int = 60) -> Photograph:
    """The same photograph under another name."""
    _, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return replace(photograph, name=name, encoded=bytes(data))


def test_different_pictures_are_all_kept(photographs: tuple[Photograph, ...]) -> None:
    assert without_twins(photographs[:4], photographs[4:]) == list(photographs[:4])


@pytest.mark.parametrize("kind", ["smaller", "compressed", "mirrored", "trimmed"])
def test_a_copy_of_a_training_photograph_is_left_out(photographs: tuple[Photograph, ...], kind: str) -> None:
    pixels = photographs[7].pixels()
    changed = {
        "smaller": cv2.resize(pixels, (61, 61), interpolation=cv2.INTER_AREA),
        "compressed": pixels,
        "mirrored": pixels[:, ::-1],
        "trimmed": pixels[1:-1, 1:-1],
    }[kind]
    copy = again(photographs[7], changed, quality=25 if kind == "compressed" else 90)
    assert without_twins([photographs[0], copy], photographs[4:]) == [photographs[0]]


def test_of_copies_among_the_held_out_the_first_stays(photographs: tuple[Photograph, ...]) -> None:
    copies = [photographs[0], photographs[1], again(photographs[0], photographs[0].pixels()[:, ::-1])]
    assert without_twins(copies, photographs[4:]) == copies[:2]


def test_without_training_photographs_or_held_out_ones(photographs: tuple[Photograph, ...]) -> None:
    assert without_twins([], photographs) == []
    assert without_twins(photographs[:2], []) == list(photographs[:2])


def test_near_counts_bits() -> None:
    first = np.zeros((1, 32), np.uint8)
    flipped = np.unpackbits(np.zeros((2, 32), np.uint8), axis=1)
    flipped[0, :NEAR] = 1
    flipped[1, : NEAR + 1] = 1
    assert near(first, np.packbits(flipped, axis=1)).tolist() == [[True, False]]
    assert print_of(np.zeros((40, 30, 3), np.uint8)).shape == (32,)
