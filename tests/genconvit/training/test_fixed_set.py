"""The fixed validation set is what every run is compared on: no draw of it may change.

Processors may round a pixel differently, so pixels are held by their means.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.photographs import read
from genconvit.training.samples import Sample
from genconvit.training.validation import Outcome, samples

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
    (147.7, 147.1),
    (136.7, 138.1),
    (119.2, 119.7),
    (137.6, 137.9),
    (191.6, 190.7),
    (177.9, 178.7),
    (121.6, 121.3),
    (173.5, 172.6),
    (150.6, 150.2),
    (182.0, 182.0),
    (140.8, 143.5),
    (139.6, 138.5),
)


@pytest.fixture(scope="module")
def drawn(photographs_folder: Path) -> list[Sample]:
    photographs = read([photographs_folder])
    return list(samples(Faces(photographs, (BOX,) * len(photographs)), Crop("square", 0.1, 192)))


def test_every_draw_is_the_same(drawn: list[Sample]) -> None:
    assert tuple(sample.ratio for sample in drawn[:12]) == RATIOS
    assert len(drawn) == 24
    assert tuple(round(sample.level, 9) for sample in drawn[:12]) == LEVELS


def shown(folder: Path, crop: Crop) -> list[Sample]:
    photographs = read([folder])[:8]
    return list(samples(Faces(photographs, (BOX,) * len(photographs)), crop))


def shrunk(pixels: np.ndarray, size_px: int) -> np.ndarray:
    return cv2.resize(pixels, (size_px, size_px), interpolation=cv2.INTER_AREA).astype(float)


def test_a_network_of_another_size_is_shown_the_same_pictures(photographs_folder: Path) -> None:
    """Degraded at its own size, a picture's noise and blocks would be others: 1.5 to 12 of 255 apart on these."""
    large, small = (shown(photographs_folder, Crop("square", 0.1, size_px)) for size_px in (192, 96))
    for at_192, at_96 in zip(large, small, strict=True):
        for which in ("real", "fake"):
            apart = shrunk(getattr(at_192, which), 96) - getattr(at_96, which)
            assert np.abs(apart).mean() < 0.5


def test_every_crop_looks_the_same(drawn: list[Sample]) -> None:
    means = [[round(float(pixels.mean()), 1) for pixels in (sample.real, sample.fake)] for sample in drawn[:12]]
    assert np.array(means) == pytest.approx(np.array(MEANS), abs=0.5)


def test_parts_are_areas_over_their_own_pairs() -> None:
    # Ratios .5 and 1, levels weak and strong: one of the two weak blends is missed.
    outcome = Outcome(
        real=np.array([0.1, 0.6, 0.2, 0.3]),
        fake=np.array([0.9, 0.5, 0.8, 0.7]),
        ratio=np.array([0.5, 0.25, 1.0, 1.0]),
        level=np.array([0.1, 0.5, 0.9, 0.2]),
    )
    parts = {part.kind: part for part in outcome.parts()}
    assert {kind: part.pairs for kind, part in parts.items()} == {
        "blend ratio up to 0.5": 2, "full blends": 2, "light degradation": 2, "strong degradation": 1,
    }  # fmt: skip
    weak = parts["blend ratio up to 0.5"]
    assert weak.auc == 0.75 and weak.low < weak.auc < weak.high
    assert outcome.facts()["auc_weak"] == 0.75 and outcome.facts()["auc"] == 15 / 16
    assert "blend ratio up to 0.5 (2 pairs): 0.75 (" in outcome.sentence()
    none = Outcome(outcome.real, outcome.fake, outcome.ratio, np.full(4, 0.5))
    assert "degradation" not in " ".join(part.kind for part in none.parts())
