from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from genconvit.evaluation.definitions import DEFINITIONS
from genconvit.evaluation.summary import ALL, OWN, Summary, summarise, to_json
from genconvit.method import load
from tests.genconvit.evaluation.rows import eight, failed, made


def test_every_video_is_counted_and_none_left_out_in_silence() -> None:
    found = summarise(eight())
    real, fake, unlabelled = found.real, found.fake, found.unlabelled
    assert (real.all, real.failed, real.without_score, real.scored) == (3, 1, 0, 2)
    assert (fake.all, fake.failed, fake.without_score, fake.without_face, fake.scored) == (4, 0, 1, 1, 3)
    assert (unlabelled.all, unlabelled.scored) == (1, 1)
    assert found.scores.auc.n == 5 and found.at_half.accuracy.n == 5 and found.at_rule.correct.n == 7
    assert found.confusion["REAL"] == {"FAKE": 1, "REAL": 1, "INCONCLUSIVE": 0, "ERROR": 1}


def test_scores_by_hand() -> None:
    # Reals .1 .6, fakes .9 .6 .3: .9 beats both, .6 beats one and ties one, .3 beats one: 4.5 of 6.
    found = summarise(eight())
    assert found.scores.auc.value == 0.75
    # Bins .1: off by .1; .3: by .7; .6 holds a real and a fake: by .1 twice; .9: by .1.
    error = found.scores.expected_calibration_error
    assert error.value == pytest.approx((0.1 + 0.7 + 2 * 0.1 + 0.1) / 5)
    assert error.low == 0 and error.high is not None and error.high > 0.3 and error.interval == "bootstrap+reflected"
    assert [(each.low, each.n, each.fakes) for each in found.reliability if each.n] == [
        (0.1, 1, 0),
        (0.3, 1, 1),
        (0.6, 2, 1),
        (0.9, 1, 1),
    ]


def test_the_curve_by_hand() -> None:
    curve = summarise(eight()).curve
    assert curve is not None and curve.threshold == (0.9, 0.6, 0.3, 0.1)
    assert curve.false_positives == (0, 0.5, 0.5, 1) and curve.found == (0.333333, 0.666667, 1, 1)
    assert curve.precision == (1, 0.666667, 0.75, 0.6)


def test_groups_are_set_against_their_own_reals_or_else_all() -> None:
    camera, lips, swap = summarise(eight()).groups
    assert (camera.name, camera.against, camera.auc.value, camera.real.all) == ("camera", OWN, None, 3)
    assert camera.at_rule.false_positives.hits == 1
    assert (swap.against, swap.auc.value, swap.at_rule.found_fakes.hits) == (ALL, 0.875, 1)
    assert (lips.against, lips.auc.value, lips.fake.without_face) == (ALL, 0.5, 1)


def test_an_area_over_hardly_any_videos_says_so() -> None:
    fakes = [made("FAKE", 0.7 + place / 100, group="swap") for place in range(5)]
    reals = [made("REAL", 0.1 + place / 100, group="camera") for place in range(5)]
    few, enough = summarise([*reals[:4], *fakes]), summarise([*reals, *fakes])
    assert few.groups[1].auc.note.startswith("Fewer than 5") and few.scores.auc.note.startswith("Fewer than 5")
    assert enough.groups[1].auc.note == "" and enough.scores.auc.low < 1  # type: ignore[operator]


def test_scores_of_exactly_half_are_counted() -> None:
    assert summarise([made("REAL", 0.5), made("FAKE", 0.5), made("FAKE", 0.51), made("", 0.5)]).exactly_half == 2


@pytest.mark.parametrize("results", [[], [failed("REAL")], [made("FAKE", 0.9)], [made("", 0.9)], [made("REAL", None)]])
def test_with_little_to_go_by_figures_are_absent_not_wrong(results: list) -> None:
    found = summarise(results)
    assert found.scores.auc.value is None and found.scores.auc.note and found.curve is None
    assert all(row.threshold is None for row in found.thresholds)
    assert json.loads(to_json(found))["scores"]["auc"]["value"] is None


def test_the_same_results_give_the_same_bytes() -> None:
    first = to_json(summarise(eight()))
    assert first == to_json(summarise(eight())) and first.endswith("}\n")
    assert json.loads(first)["made_at"] == ""
    assert json.loads(to_json(summarise(eight(), made_at="2026-01-02")))["made_at"] == "2026-01-02"


def test_the_method_and_its_rule_stand_beside_the_figures(root: Path) -> None:
    method = load(root / "weight" / "methods" / "standard.toml")
    judge = summarise(eight(), method).method
    assert judge is not None and method.rule is not None
    assert (judge.name, judge.sha256, judge.upper) == (method.name, method.sha256, method.rule.upper)
    assert summarise(eight()).method is None


def test_every_figure_is_defined() -> None:
    document = json.loads(to_json(summarise(eight())))
    for part in ("at_rule", "scores"):
        defined = {name.removeprefix(f"{part}.") for name in DEFINITIONS if name.startswith(f"{part}.")}
        assert set(document[part]) == defined
    assert document["definitions"] == DEFINITIONS


def test_two_thousand_videos_take_no_time() -> None:
    rng = np.random.default_rng(0)
    results = [
        made("FAKE" if place % 2 else "REAL", float(score), group=f"part {place % 3}")
        for place, score in enumerate(rng.random(2000))
    ]
    # Of this process, so that a busy machine does not count.
    start = time.process_time()
    found = summarise(results)
    assert isinstance(found, Summary) and time.process_time() - start < 6
