from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genconvit.method import Crop, Rule
from genconvit.records import Pixels
from genconvit.training import degrade
from genconvit.training import rule as rule_module
from genconvit.training.batches import Faces
from genconvit.training.effects import LASTING, PASSING
from genconvit.training.photographs import read
from genconvit.training.rule import SEED, VIEWS, Videos, evidence, make_rule, score_videos, simulate, thresholds
from genconvit.training.samples import generator, generator_of

CROP = Crop("square", 0.1, 32)
BOX = (24.0, 16.0, 72.0, 76.0)


def videos(real: float, fake: float, spread: float = 0.1) -> Videos:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, spread, (2, 200, 1)) + rng.normal(0, 0.02, (2, 200, VIEWS))
    return Videos(np.clip(real + noise[0], 0, 1), np.clip(fake + noise[1], 0, 1))


def test_the_thresholds_hold_what_they_promise() -> None:
    scored = videos(0.4, 0.5)
    found = thresholds(scored)
    assert found.lower < found.upper and not found.crossed
    assert (scored.real.mean(axis=1) >= found.upper).mean() <= 0.05
    assert (scored.real.mean(axis=1) >= found.upper - 0.02).mean() > 0.05
    assert (scored.fake.mean(axis=1) < found.lower).mean() <= 0.05
    assert (scored.real >= found.frame).mean() <= 0.05


def test_well_separated_classes_share_the_midpoint() -> None:
    found = thresholds(videos(0.2, 0.8, spread=0.02))
    assert found.crossed and found.upper == found.lower
    assert 0.4 < found.upper < 0.6


def test_ties_never_let_too_many_reals_through() -> None:
    real = np.full((200, VIEWS), 0.5)
    assert thresholds(Videos(real, real)).upper > 0.5


def test_no_more_real_videos_than_allowed_reach_the_upper_threshold_at_any_score() -> None:
    for score in np.arange(10_000) / 10_000:
        real = np.full((20, VIEWS), score)
        assert thresholds(Videos(real, real)).frame > score


def test_the_evidence_counts_what_the_thresholds_do_to_other_videos() -> None:
    derived, others = videos(0.4, 0.5), videos(0.45, 0.5)
    found = thresholds(derived)
    listed = {entry.what: entry for entry in evidence(derived, others, found)}
    called = listed["Simulated videos: real ones called FAKE"]
    assert called.value == pytest.approx((others.real.mean(axis=1) >= found.upper).mean(), abs=1e-4)
    assert called.n == 200 and called.share and called.low < called.value < called.high
    assert all(entry.low <= entry.value <= entry.high for entry in listed.values())


def test_what_the_thresholds_come_from_is_not_what_measures_them() -> None:
    scored = videos(0.4, 0.5)
    real = scored.real.copy()
    real[1::2] += 0.3
    shifted = make_rule(Videos(real, scored.fake), "ab" * 32, 5, "somewhere", 0.2)
    plain = make_rule(scored, "ab" * 32, 5, "somewhere", 0.2)
    assert (shifted.upper, shifted.lower, shifted.frame) == (plain.upper, plain.lower, plain.frame)
    rates = [{entry.what: entry.value for entry in rule.evidence} for rule in (plain, shifted)]
    name = "Simulated videos: real ones called FAKE"
    assert rates[1][name] > rates[0][name] + 0.5


def test_a_rule_belongs_to_its_core() -> None:
    rule = make_rule(videos(0.3, 0.6), "ab" * 32, 5, "somewhere", 0.2)
    assert isinstance(rule, Rule) and rule.belongs_to == ("ab" * 32,) and rule.kind == "tracks"
    assert (rule.least_faces, rule.apart_s) == (5, 0.2)
    assert 0 <= rule.lower <= rule.upper <= 1


def test_views_of_a_video_differ_and_repeat(photographs_folder: Path) -> None:
    photograph = read([photographs_folder])[0]
    shown, again, other = (simulate(photograph, BOX, CROP, generator(1, 0, place)) for place in (0, 0, 1))
    for label in (0, 1):
        assert shown[label].shape == (VIEWS, 32, 32, 3)
        assert any(not np.array_equal(shown[label][0], view) for view in shown[label][1:])
        assert np.array_equal(shown[label], again[label]) and not np.array_equal(shown[label], other[label])
    assert not np.array_equal(*shown)


def test_about_half_of_the_videos_go_through_an_encoder_whole(
    photographs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []

    def keep(frames: list[Pixels], factor: int) -> Pixels:
        encoded.append(factor)
        return frames[-1]

    monkeypatch.setattr(degrade, "through_h264", keep)
    counts = []
    for photograph in read([photographs_folder]):
        encoded.clear()
        simulate(photograph, BOX, CROP, generator_of(SEED, photograph.key))
        assert len(set(encoded)) <= 1
        counts.append(len(encoded))
    assert set(counts) == {0, 2 * VIEWS}
    assert 6 <= counts.count(0) <= 18


def brightness(crops: np.ndarray) -> np.ndarray:
    return np.asarray(crops.mean(axis=(1, 2, 3)) / 255, np.float64)


def test_each_photograph_becomes_one_row(photographs_folder: Path) -> None:
    photographs = read([photographs_folder])[:5]
    faces = Faces(photographs, (BOX,) * 5)
    told: list[int] = []
    scored = score_videos(faces, CROP, brightness, 3, told.append)
    assert scored.real.shape == scored.fake.shape == (3, VIEWS)
    assert told == [1, 2, 3]
    for row, photograph in enumerate(photographs[::2]):
        real, fake = simulate(photograph, BOX, CROP, generator_of(SEED, photograph.key))
        assert np.array_equal(scored.real[row], brightness(real))
        assert np.array_equal(scored.fake[row], brightness(fake)) and not np.array_equal(real, fake)


def test_what_lies_on_a_video_lasts_and_movement_comes_and_goes(
    photographs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(rule_module, "draw_effects", lambda points, size, rng, kinds: asked.append(kinds) or ())
    lit, moved = [], []
    for photograph in read([photographs_folder]):
        asked.clear()
        simulate(photograph, BOX, CROP, generator_of(SEED, photograph.key))
        lit.append(asked.count(LASTING))
        moved.append(asked.count(PASSING))
    assert set(lit) == {0, 1} and 3 <= sum(lit) <= 14
    assert min(moved) < 3 and 0.1 < np.mean(moved) / VIEWS < 0.4
