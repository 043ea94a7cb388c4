"""The shipped ``released`` method: the released script's protocol and its published error rates."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genconvit import method as methods
from genconvit.__main__ import main
from genconvit.analyze import analyze
from genconvit.cards import card_path, find_card, to_toml
from genconvit.detector import Detector
from genconvit.document import canonical, to_document
from genconvit.engine import Engine
from genconvit.errors import WeightsMissing, WeightsUnfit
from genconvit.method import Crop, Finding, Method, Sampling, Scoring, WeightsRef
from genconvit.places import SHIPPED, user_folder
from genconvit.records import Analysis

METHODS = SHIPPED / "methods"

# Correct, false positives, fakes missed, of so many real and fake videos.
COUNTS = {
    "DFDC": (394, 1, 5, 77, 323),
    "FaceForensics++": (395, 9, 3, 204, 203),
    "DeepfakeTIMIT and 1,343 real videos": (1924, 49, 10, 1343, 640),
    "Celeb-DF v2": (1075, 100, 7, 590, 592),
}


@pytest.fixture
def released() -> Method:
    return methods.find("released", [METHODS])


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


UNFIT = [
    ({"network": "vae"}, "network ed", "network vae"),
    ({"backbone": "convnext_tiny"}, "224 px", "32 px"),
    ({}, "backbone convnext_tiny", "backbone test_resnet"),
]


@pytest.mark.parametrize(("change", "asked", "found"), UNFIT)
def test_weights_of_another_network_or_size_are_refused_with_a_sentence(
    change: dict[str, str],
    asked: str,
    found: str,
    portrait_clip: Path,
    released: Method,
    tiny_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VERIFRAME_HOME", str(tmp_path))
    shutil.copytree(tiny_weights, folder := user_folder())
    card = replace(find_card("genconvit-ed", [folder]), **change)
    card_path(folder, card.name).write_text(to_toml(card), encoding="utf-8")
    with pytest.raises(WeightsUnfit) as caught:
        Detector(released, [folder, SHIPPED], "cpu")
    assert (caught.value.name, caught.value.asked, caught.value.found) == ("genconvit-ed", asked, found)
    assert main(["analyze", str(portrait_clip), "--method", "released", "--device", "cpu"]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"The weights 'genconvit-ed' do not fit the method: it asks for {asked}, they have {found}.\n"


def tiny(released: Method, precision: str = "float32") -> Method:
    """The released method on the tiny weights."""
    scoring = replace(released.scoring, precision=precision)
    weights = tuple(replace(ref, backbone="") for ref in released.weights)
    method = replace(released, weights=weights, crop=replace(released.crop, size_px=32), scoring=scoring, rule=None)
    assert released.rule is not None
    return replace(method, rule=replace(released.rule, belongs_to=(method.core_sha256,)))


def without_times(analysis: Analysis) -> dict[str, Any]:
    document = to_document(analysis)
    del document["timings_s"], document["provenance"]["started_at"], document["provenance"]["finished_at"]
    return document


def test_two_engine_processes_give_the_same_json(portrait_clip: Path, tiny_weights: Path, released: Method) -> None:
    found = []
    for _ in range(2):
        with Engine([tiny_weights]) as engine:
            analysis = engine.examine(portrait_clip, tiny(released), "cpu").analysis
        found.append(canonical(without_times(analysis)))
    assert found[0] == found[1]


def test_another_batch_size_moves_nothing_but_the_last_digits(
    portrait_clip: Path, tiny_weights: Path, released: Method
) -> None:
    def run(batch: int) -> dict[str, Any]:
        detector = Detector(tiny(released), [tiny_weights], "cpu", batch)
        return without_times(analyze(portrait_clip, tiny(released), folders=(), detector=lambda _: detector).analysis)

    at_once = run(32)
    for batch in (4, 1):
        assert_near(run(batch), at_once)


def assert_near(one: object, other: object) -> None:
    """The same, floats to 1e-5."""
    assert type(one) is type(other)
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_near(one[key], other[key])
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_near(a, b)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-5, rel=0)
    else:
        assert one == other


def test_bfloat16_is_never_the_default_and_has_a_hash_of_its_own(
    portrait_clip: Path, tiny_weights: Path, released: Method
) -> None:
    names = [path.stem for path in sorted(METHODS.glob("*.toml"))]
    assert {"released", "standard"} <= set(names)
    for name in names:
        method = methods.find(name, [METHODS])
        half = methods.changed(method, precision="bfloat16")
        assert (method.scoring.precision, half.scoring.precision) == ("float32", "bfloat16")
        assert half.sha256 != method.sha256
        assert half.core_sha256 != method.core_sha256
        assert half.derived_from == f"{name} {method.sha256}: bfloat16"
        assert half.name == f"{name} (bfloat16)"
    full = analyze(portrait_clip, tiny(released), folders=(tiny_weights,), device="cpu").analysis
    other = analyze(portrait_clip, tiny(released, "bfloat16"), folders=(tiny_weights,), device="cpu").analysis
    assert (full.provenance.precision, other.provenance.precision) == ("float32", "bfloat16")
    assert full.method.sha256 != other.method.sha256
    assert full.verdict.fake is not None and other.verdict.fake is not None
    assert 0 < abs(full.verdict.fake - other.verdict.fake) < 0.02
