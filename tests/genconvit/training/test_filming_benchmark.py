from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.filming import PLAIN, POSED, line, shown
from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.effects import EFFECTS
from genconvit.training.photographs import read

CROP = Crop("square", 0.1, 32)


@pytest.fixture(scope="module")
def faces(photographs_folder: Path) -> Faces:
    photographs = read([photographs_folder])
    return Faces(photographs, ((24.0, 16.0, 72.0, 76.0),) * len(photographs))


@pytest.mark.parametrize("effect", [*EFFECTS, POSED])
def test_each_effect_is_shown_on_the_same_faces_and_repeats(effect: str, faces: Faces) -> None:
    plain, first, again = (list(shown(faces, CROP, name, 4)) for name in (PLAIN, effect, effect))
    assert np.array_equal(first, again)
    assert sum(not np.array_equal(one, other) for one, other in zip(plain, first, strict=True)) >= 3
    order = np.corrcoef([np.ravel(picture) for picture in (*plain, *first)])
    assert np.mean([order[place, place + 4] for place in range(4)]) > 0.3


def test_what_tells_nothing_has_half_the_area_and_the_allowed_share() -> None:
    plain = np.arange(100) / 100
    assert line("none", [plain], [plain]).startswith("| none | 0.50; 5.0% (")
    assert line("all", [plain + 1], [plain]).startswith("| all | 1.00; 100.0% (")
