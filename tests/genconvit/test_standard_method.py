"""The method and the weights that come with the program belong together."""

from __future__ import annotations

import numpy as np
import pytest

from genconvit.cards import Card, find_card, verify
from genconvit.detector import Detector
from genconvit.method import Method, find
from genconvit.places import SHIPPED

MOST_BYTES = 32 * 2**20


@pytest.fixture(scope="module")
def method() -> Method:
    return find("standard", [SHIPPED / "methods"])


@pytest.fixture(scope="module")
def card(method: Method) -> Card:
    return find_card(method.weights[0].name, [SHIPPED])


def test_the_method_pins_the_weights_that_are_there(method: Method, card: Card) -> None:
    reference = method.weights[0]
    assert (reference.sha256, reference.network, reference.backbone) == (card.sha256, card.network, card.backbone)
    assert method.crop.size_px == card.image_px
    assert (method.scoring.mean, method.scoring.std) == (card.mean, card.std)
    assert verify([SHIPPED]) == ()
    assert card.bytes <= MOST_BYTES


def test_the_rule_belongs_to_the_method_and_says_how_it_errs(method: Method) -> None:
    rule = method.rule
    assert rule is not None and method.core_sha256 in rule.belongs_to
    assert rule.lower <= rule.upper and rule.least_faces > 1
    rates = {entry.what: entry for entry in rule.evidence if entry.share}
    assert rates["Simulated videos: real ones called FAKE"].high < 0.25
    assert all(entry.low <= entry.value <= entry.high for entry in rule.evidence)


def test_the_card_tells_what_the_weights_may_be_used_for_and_what_they_miss(card: Card) -> None:
    assert "Non-commercial research data" in card.licence
    assert "Apache-2.0" in card.source
    assert any("AUC" in sentence and "interval" in sentence for sentence in card.measured)
    weaknesses = " ".join(card.weaknesses)
    for weakness in ("synthetic", "reenactment", "profile", "small faces", "compression", "old film"):
        assert weakness in weaknesses


def test_a_flat_picture_gets_a_score_and_its_mirror_image_the_same(method: Method) -> None:
    detector = Detector(method, [SHIPPED], "cpu")
    crop = np.tile(
        np.linspace(60, 200, method.crop.size_px, dtype=np.uint8)[None, :, None], (method.crop.size_px, 1, 3)
    )
    (one,), (mirrored,) = detector.score(crop[None]), detector.score(crop[None, :, ::-1].copy())
    assert all(0 <= value <= 1 for value in one["ed"])
    assert one["ed"] == pytest.approx(mirrored["ed"], abs=1e-5)
