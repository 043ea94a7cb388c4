"""The fixed validation set is what every run is compared on: not a bit of it may change."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.photographs import read
from genconvit.training.samples import Sample
from genconvit.training.validation import samples

AVX2 = 11
"""As OpenCV numbers what processors can."""
BOX = (24.0, 16.0, 72.0, 76.0)
RATIOS = (0.5, 0.75, 1.0, 0.25, 1.0, 0.75, 0.5, 0.75, 0.75, 0.5, 1.0, 0.75)
LEVELS = (
    0.913611192,
    0.15838287,
    0.747618008,
    0.763218771,
    0.435919313,
    0.706239717,
    0.683374542,
    0.197517621,
    0.846686706,
    0.099718749,
    0.775933361,
    0.639833137,
)
MEANS = (
    (134.5, 137.5),
    (135.3, 139.9),
    (112.8, 113.0),
    (134.5, 134.8),
    (171.3, 170.1),
    (168.3, 168.0),
    (134.9, 133.4),
    (127.0, 127.3),
    (116.7, 116.3),
    (173.3, 173.8),
    (166.1, 165.0),
    (149.6, 148.1),
)
SHA256 = "d05641ad52c3ba9397f8e2ff017181d8cf6b0bbca7764646022ab77ca0305bcd"


@pytest.fixture(scope="module")
def drawn(photographs_folder: Path) -> list[Sample]:
    photographs = read([photographs_folder])
    return list(samples(Faces(photographs, (BOX,) * len(photographs)), Crop("square", 0.1, 64)))


def test_every_draw_is_the_same(drawn: list[Sample]) -> None:
    assert tuple(sample.ratio for sample in drawn[:12]) == RATIOS
    assert tuple(round(sample.level, 9) for sample in drawn[:12]) == LEVELS


def test_every_crop_looks_the_same(drawn: list[Sample]) -> None:
    means = [[round(float(pixels.mean()), 1) for pixels in (sample.real, sample.fake)] for sample in drawn[:12]]
    assert np.array(means) == pytest.approx(np.array(MEANS), abs=0.5)


def test_every_crop_is_the_same_to_the_bit(drawn: list[Sample]) -> None:
    """On the processors that the figures of the shipped weights were taken on; others may round a pixel differently."""
    if platform.machine().lower() in ("x86_64", "amd64") and cv2.checkHardwareSupport(AVX2):
        digest = hashlib.sha256()
        for sample in drawn:
            digest.update(sample.real.tobytes() + sample.fake.tobytes())
        assert digest.hexdigest() == SHA256
    assert len(drawn) == 24
