from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genconvit.method import Crop
from genconvit.training import variants
from genconvit.training.batches import Faces, SelfBlendBatches
from genconvit.training.blended import Blended
from genconvit.training.config import TrainingConfig
from genconvit.training.data import DataUnusable
from genconvit.training.photographs import Photograph, Points, read
from genconvit.training.prepare import Sets
from genconvit.training.samples import generator, make_sample
from genconvit.training.self_blend import laid_over, recoloured_twins
from genconvit.training.variants import Variants, blend_variant, fit, fitting, nearer, relit, warped

BOX = (24.0, 16.0, 72.0, 76.0)
CROP = Crop("square", 0.1, 32)


@pytest.fixture(scope="module")
def photographs(photographs_folder: Path) -> tuple[Photograph, ...]:
    return read([photographs_folder])


def test_a_fit_recovers_the_map_that_landmarks_went_through(photographs: tuple[Photograph, ...]) -> None:
    points = photographs[0].landmarks
    matrix = np.array([[0.8, -0.2, 7.0], [0.1, 1.3, -4.0]])
    moved = (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    found, residual = fit(points, moved)
    assert found == pytest.approx(matrix, abs=1e-4)
    assert residual == pytest.approx(0, abs=1e-6)


def test_the_donor_is_the_one_whose_landmarks_fit_best(photographs: tuple[Photograph, ...]) -> None:
    points = photographs[0].landmarks
    bent = points.copy()
    bent[:, 0] += 0.02 * (points[:, 1] - 48) ** 2
    donors = [replace(photographs[1], landmarks=bent), photographs[2]]
    key = photographs[0].key
    chosen = {fitting(donors, points, key, generator(seed, 0, 0))[0].key for seed in range(8)}
    assert chosen == {photographs[2].key}


@pytest.mark.parametrize("count", [2, 3])
def test_a_photograph_is_never_its_own_donor(count: int, photographs: tuple[Photograph, ...]) -> None:
    """Nothing fits as well as itself: were it among the drawn, it would always be chosen."""
    for own in photographs[:count]:
        chosen = [fitting(photographs[:count], own.landmarks, own.key, generator(s, 0, 0))[0].key for s in range(8)]
        assert own.key not in chosen


def test_where_a_photograph_draws_only_itself_another_one_is_taken(photographs: tuple[Photograph, ...]) -> None:
    own, other = photographs[:2]
    donor, _ = fitting([own] * 5000 + [other], own.landmarks, own.key, generator(1, 0, 0))
    assert donor is other


def test_a_sample_gets_no_donor_but_another_photograph(
    photographs: tuple[Photograph, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def noted(donors: Sequence[Photograph], points: Points, key: str, rng: np.random.Generator) -> object:
        taken.append(key)
        return fitting(donors, points, key, rng)

    monkeypatch.setattr(variants, "fitting", noted)
    for face in photographs[:3]:
        make_sample(face, BOX, CROP, generator(1, 0, 0), variants=Variants(photographs, 1.0, 0.0))
    assert taken == [face.key for face in photographs[:3]]


def test_donors_need_a_second_photograph(photographs: tuple[Photograph, ...]) -> None:
    one = Faces(photographs[:1], (BOX,))
    data = Blended(Sets(one, one, 0))
    with pytest.raises(DataUnusable, match="one photograph to train on"):
        data.batches(TrainingConfig(steps=1, donors=0.5), 0)
    assert data.batches(TrainingConfig(steps=1, relit=0.5), 0).size == 32


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.7])
def test_warped_pixels_land_where_the_map_says(scale: float) -> None:
    pixels = np.zeros((120, 120, 3), np.uint8)
    pixels[50:71, 60:81] = 255
    matrix = np.array([[scale, 0.0, 10.0], [0.0, scale, 4.0]])
    moved = warped(pixels, matrix, 160)
    assert moved.shape == (160, 160, 3)
    rows, columns = np.nonzero(moved[: round(120 * scale), : round(120 * scale), 0] > 127)
    assert rows.mean() == pytest.approx(60 * scale + 4, abs=0.6)
    assert columns.mean() == pytest.approx(70 * scale + 10, abs=0.6)


def test_colours_come_nearer_by_the_amount_asked_for() -> None:
    rng = np.random.default_rng(1)
    source = rng.integers(150, 230, (32, 32, 3), dtype=np.uint8)
    target = rng.integers(30, 110, (32, 32, 3), dtype=np.uint8)
    area = np.zeros((32, 32), bool)
    area[4:28, 4:28] = True
    gaps = [abs(nearer(source, target, area, amount)[area].mean() - target[area].mean()) for amount in (0.0, 0.5, 1.0)]
    assert gaps[0] > 100 and 30 < gaps[1] < 80 and gaps[2] < 8


def test_without_an_area_colours_stay() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    assert nearer(pixels, pixels[::-1], np.zeros((16, 16), bool), 1.0) is pixels


@pytest.mark.parametrize("seed", range(6))
def test_light_from_a_side_brightens_one_half_and_darkens_the_other(seed: int) -> None:
    lit = relit(np.full((64, 64, 3), 120, np.uint8), generator(seed, 0, 0)).astype(int)
    assert lit.max() > 122 and lit.min() < 118
    assert lit.mean() == pytest.approx(120, abs=2)


@pytest.mark.parametrize("seed", range(8))
def test_outside_the_mask_a_donors_fake_is_the_photograph(seed: int, photographs: tuple[Photograph, ...]) -> None:
    face = photographs[0]
    pixels = face.pixels()
    drawn = Variants(photographs, 1.0, 0.5)
    pair = blend_variant(pixels, face.landmarks, face.key, drawn, generator(seed, 0, 0))
    outside = pair.mask == 0
    assert np.array_equal(pair.real, pixels)
    assert np.array_equal(pair.fake[outside], pixels[outside]) and (pair.fake != pixels).any()


def test_without_shares_a_variant_is_a_self_blend(photographs: tuple[Photograph, ...]) -> None:
    face = photographs[0]
    pixels, points = face.pixels(), face.landmarks
    rng, plain = generator(3, 0, 0), generator(3, 0, 0)
    pair = blend_variant(pixels, points, face.key, Variants(photographs, 0.0, 0.0), rng)
    # One number is drawn to choose the donor or not, and one to relight or not.
    plain.random()
    source, target = recoloured_twins(pixels, plain)
    plain.random()
    own = laid_over(source, target, points, plain)
    assert np.array_equal(pair.real, own.real) and np.array_equal(pair.fake, own.fake)
    assert np.array_equal(pair.mask, own.mask) and (own.fake != own.real).any()


def test_batches_with_variants_repeat_themselves_and_differ_from_those_without(
    photographs: tuple[Photograph, ...],
) -> None:
    faces = Faces(photographs, (BOX,) * len(photographs))
    drawn = Variants(photographs, 1.0, 0.0)
    made = [SelfBlendBatches(faces, CROP, 4, 1, 0, variants=given).batch(3)[0] for given in (drawn, drawn, None)]
    assert made[0].equal(made[1]) and not made[0].equal(made[2])
