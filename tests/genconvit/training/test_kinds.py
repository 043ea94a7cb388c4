from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.kinds import KINDS, Kind, made, row
from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.photographs import read

CROP = Crop("square", 0.1, 32)


@pytest.fixture(scope="module")
def faces(photographs_folder: Path) -> Faces:
    photographs = read([photographs_folder])
    return Faces(photographs, ((24.0, 16.0, 72.0, 76.0),) * len(photographs))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_kind_is_the_same_set_each_time_and_its_fakes_are_none_of_its_reals(kind: Kind, faces: Faces) -> None:
    first, again = (list(made(faces, CROP, kind, 4)) for _ in range(2))
    assert len(first) == min(4, len(faces.boxes))
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.real, other.real) and np.array_equal(one.fake, other.fake)
    # The drawn faces are smooth: what takes texture away may leave one of them as it is.
    assert sum(not np.array_equal(sample.real, sample.fake) for sample in first) >= 3


def test_kinds_differ(faces: Faces) -> None:
    drawn = [np.stack([sample.fake for sample in made(faces, CROP, kind, 4)]) for kind in KINDS.values()]
    assert all(not np.array_equal(a, b) for place, a in enumerate(drawn) for b in drawn[:place])


def test_a_difference_is_paired_over_photographs() -> None:
    """Two sets of weights that err on the same photographs differ by less than their own intervals are wide."""
    rng = np.random.default_rng(1)
    real, fake = rng.normal(0.0, 1.0, 200), rng.normal(1.0, 1.0, 200)
    result = row("any", [(real, fake), (real, fake + 0.3)])
    assert result.difference == pytest.approx(result.areas[1] - result.areas[0]) and result.difference > 0.03
    assert result.difference_interval is not None
    low, high = result.difference_interval
    assert 0 < low < result.difference < high
    assert high - low < 0.5 * (result.intervals[0][1] - result.intervals[0][0])
    assert result.line().startswith("| any | 200 |") and f"{result.difference:+.3f}" in result.line()


def test_one_set_of_weights_has_no_difference() -> None:
    result = row("any", [(np.array([0.1, 0.2]), np.array([0.8, 0.9]))])
    assert result.difference is None and result.areas == (1.0,)
