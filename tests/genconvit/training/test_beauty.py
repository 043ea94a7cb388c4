from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genconvit.method import Crop
from genconvit.training import samples
from genconvit.training.beauty import EACH_EYE, beautified, skin_of
from genconvit.training.masks import MOUTH
from genconvit.training.photographs import Photograph, read
from genconvit.training.samples import generator, make_sample

BOX = (24.0, 16.0, 72.0, 76.0)
CROP = Crop("square", 0.1, 32)


@pytest.fixture(scope="module")
def face(photographs_folder: Path) -> Photograph:
    return read([photographs_folder])[0]


@pytest.mark.parametrize("seed", range(6))
def test_skin_is_cheeks_without_eyes_and_mouth(seed: int, face: Photograph) -> None:
    points = 4 * face.landmarks
    skin = skin_of(points, 384, generator(seed, 0, 0))
    assert skin.shape == (384, 384) and skin.min() >= 0 and skin.max() <= 1

    def at(x: float, y: float) -> float:
        return float(skin[round(float(y)), round(float(x))])

    for part in (*EACH_EYE, MOUTH):
        assert at(*points[part].mean(axis=0)) < 0.25
    nose, jaw = points[30], points[3]
    assert at(*(nose + jaw) / 2) > 0.75
    assert float(skin[:8].max()) < 0.2 and float(skin[:, :8].max()) < 0.2


@pytest.mark.parametrize("seed", range(6))
def test_the_skin_loses_its_grain_and_the_surroundings_keep_it(seed: int, face: Photograph) -> None:
    points = 4 * face.landmarks
    pixels = np.random.default_rng(1).integers(100, 140, (384, 384, 3), dtype=np.uint8)
    shown = beautified(pixels, points, generator(seed, 0, 0))
    x, y = np.rint((points[30] + points[3]) / 2).astype(int)
    cheek = (slice(y - 8, y + 9), slice(x - 8, x + 9))
    assert shown[cheek].std() < 0.8 * pixels[cheek].std()
    assert np.array_equal(shown[-6:], pixels[-6:])


def test_a_filter_is_on_real_and_fake_alike(face: Photograph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it on fakes alone, a filter would be learnt as a fake's trait."""
    grey = np.full_like(face.pixels(), 128)
    monkeypatch.setattr(samples, "beautified", lambda pixels, points, rng: np.full_like(pixels, 128))
    monkeypatch.setattr(samples, "degrade", lambda pixels, recipe: pixels)
    sample = make_sample(face, BOX, CROP, generator(1, 0, 0), beauty=1.0)
    assert np.array_equal(sample.real, grey[:32, :32])
    assert np.abs(sample.fake.astype(int) - 128).max() < 90
