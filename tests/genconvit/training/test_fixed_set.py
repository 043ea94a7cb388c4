"""The fixed validation set is what every run is compared on: no draw of it may change.

Processors may round a pixel differently, so pixels are held by their means.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.photographs import read
from genconvit.training.samples import Sample
from genconvit.training.validation import samples

BOX = (24.0, 16.0, 72.0, 76.0)
RATIOS = (1.0, 0.75, 1.0, 0.5, 1.0, 1.0, 0.5, 0.5, 0.75, 0.75, 1.0, 1.0)
LEVELS = (
    0.795870069,
    0.357469189,
    0.853137645,
    0.694601258,
    0.008730604,
    0.480246612,
    0.011505371,
    0.700789224,
    0.55910831,
    0.96840162,
    0.962128033,
    0.507139296,
)
MEANS = (
    (148.0, 147.3),
    (136.4, 137.6),
    (119.1, 119.5),
    (137.5, 137.9),
    (191.9, 191.0),
    (176.9, 178.0),
    (121.7, 121.3),
    (172.8, 172.0),
    (150.7, 150.4),
    (182.9, 182.5),
    (140.7, 143.5),
    (139.9, 138.6),
)


@pytest.fixture(scope="module")
def drawn(photographs_folder: Path) -> list[Sample]:
    photographs = read([photographs_folder])
    return list(samples(Faces(photographs, (BOX,) * len(photographs)), Crop("square", 0.1, 64)))


def test_every_draw_is_the_same(drawn: list[Sample]) -> None:
    assert tuple(sample.ratio for sample in drawn[:12]) == RATIOS
    assert len(drawn) == 24
    assert tuple(round(sample.level, 9) for sample in drawn[:12]) == LEVELS


def test_every_crop_looks_the_same(drawn: list[Sample]) -> None:
    means = [[round(float(pixels.mean()), 1) for pixels in (sample.real, sample.fake)] for sample in drawn[:12]]
    assert np.array(means) == pytest.approx(np.array(MEANS), abs=0.5)
