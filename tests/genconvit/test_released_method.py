"""The shipped ``released`` method: the released script's protocol and its published error rates."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from genconvit import method as methods
from genconvit.detector import Detector
from genconvit.errors import WeightsMissing
from genconvit.method import Crop, Finding, Method, Sampling, Scoring, WeightsRef
from genconvit.places import SHIPPED

# Correct, false positives, fakes missed, of so many real and fake videos.
COUNTS = {
    "DFDC": (394, 1, 5, 77, 323),
    "FaceForensics++": (395, 9, 3, 204, 203),
    "DeepfakeTIMIT and 1,343 real videos": (1924, 49, 10, 1343, 640),
    "Celeb-DF v2": (1075, 100, 7, 590, 592),
}


@pytest.fixture
def released() -> Method:
    return methods.find("released", [SHIPPED / "methods"])


def wilson(hits: int, n: int) -> tuple[float, float]:
    z = 1.959964
    centre = (hits + z * z / 2) / (n + z * z)
    half = z * math.sqrt(hits * (n - hits) / n + z * z / 4) / (n + z * z)
    return centre - half, centre + half


def test_it_is_the_released_protocol(released: Method) -> None:
    assert released.sampling == Sampling("even", 15, 0.0)
    assert released.finding == Finding("hog", 0, 0.0, 0, 15)
    assert released.crop == Crop("box", 0.0, 224)
    assert released.scoring == Scoring("float32", mirror=False, seed=0)
    assert released.weights == (
        WeightsRef("genconvit-ed", "ed", "", "convnext_tiny"),
        WeightsRef("genconvit-vae", "vae", "", "convnext_tiny"),
    )
    assert released.rule is not None
    assert (released.rule.kind, released.rule.upper, released.rule.lower) == ("released", 0.5, 0.5)
    assert (released.rule.frame, released.rule.least_faces) == (0.5, 1)


def test_its_rule_holds_in_both_precisions_and_after_loading(released: Method) -> None:
    half = methods.changed(released, precision="bfloat16")
    assert released.rule is not None
    assert half.rule == released.rule
    assert released.rule.belongs_to == (released.core_sha256, half.core_sha256)
    loaded = methods.resolved(half, {"genconvit-ed": "0" * 64, "genconvit-vae": "1" * 64})
    assert methods.parse(methods.to_toml(loaded), "test") == loaded
    assert methods.from_document(methods.to_document(replace(loaded, rule=None)), "test").rule is None


def test_its_error_rates_are_the_counts_with_their_intervals(released: Method) -> None:
    assert released.rule is not None
    found = {entry.what: entry for entry in released.rule.evidence}
    assert len(found) == 3 * len(COUNTS)
    for name, (correct, alarms, missed, real, fake) in COUNTS.items():
        assert correct == real + fake - alarms - missed
        for what, hits, n in (
            ("accuracy", correct, real + fake),
            ("false positives", alarms, real),
            ("fakes missed", missed, fake),
        ):
            entry = found[f"As published, {name}: {what} at 0.5"]
            low, high = wilson(hits, n)
            assert entry.n == n
            assert (entry.value, entry.low, entry.high) == pytest.approx((hits / n, low, high), abs=6e-5)


def test_it_says_whose_figures_and_which_licence(released: Method) -> None:
    assert released.rule is not None
    for words in (
        "authors' published per-video results",
        "CC BY-NC 4.0",
        "do not come with this program",
        "authors' own files only",
    ):
        assert words in released.rule.derived_from


def test_without_its_weights_it_says_which_are_missing(released: Method) -> None:
    with pytest.raises(WeightsMissing) as caught:
        Detector(released, [SHIPPED], "cpu")
    assert caught.value.name == "genconvit-ed"
