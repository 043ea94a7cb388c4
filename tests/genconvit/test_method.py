from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from genconvit import method as methods
from genconvit.errors import MethodInvalid, MethodMissing, RuleMismatch
from genconvit.method import Crop, Finding, Method, Origin, Rule, RuleEvidence, Sampling, Scoring, WeightsRef

PINNED = "a" * 64


def plain() -> Method:
    return Method(
        name="lab",
        title="A laboratory's method",
        description="For tests.",
        sampling=Sampling("even", 30, 0.0),
        finding=Finding("centerface", 640, 0.5, 40, 0),
        crop=Crop("square", 0.1, 160),
        scoring=Scoring("float32", True, 7),
        weights=(WeightsRef("standard", "ed", PINNED),),
        rule=None,
    )


def ruled() -> Method:
    evidence = (RuleEvidence("false positives", 200, 0.05, 0.03, 0.09, True),)
    rule = Rule("tracks", 0.7, 0.4, 0.75, 5, (plain().core_sha256,), "held-out faces", evidence)
    return dataclasses.replace(plain(), rule=rule)


def apart() -> Method:
    rule = ruled().rule
    assert rule is not None
    return dataclasses.replace(ruled(), rule=dataclasses.replace(rule, apart_s=0.15))


def table(**changes: Any) -> dict[str, Any]:
    """The method's document with some fields changed: ``crop__margin=2.5`` is field ``margin`` of ``crop``."""
    document = methods.to_document(ruled())
    for place, value in changes.items():
        *parts, last = place.split("__")
        target = document
        for part in parts:
            target = target[part]
        target[last] = value
    return document


def test_toml_reads_back_to_an_equal_method() -> None:
    for method in (plain(), ruled(), apart()):
        assert methods.parse(methods.to_toml(method), "test") == method


def test_the_hash_leaves_out_words_and_takes_in_everything_else() -> None:
    method = ruled()
    renamed = dataclasses.replace(method, name="other", title="Other", description="Other")
    assert renamed.sha256 == method.sha256
    more = dataclasses.replace(method, sampling=Sampling("even", 31, 0.0))
    assert more.sha256 != method.sha256
    stricter = dataclasses.replace(method, rule=dataclasses.replace(method.rule, upper=0.71))
    assert stricter.sha256 != method.sha256


def test_faces_apart_move_the_hash_and_their_absence_leaves_it_as_it_was() -> None:
    assert apart().sha256 != ruled().sha256
    assert apart().core_sha256 == ruled().core_sha256
    assert "apart_s" not in methods.to_document(ruled())["rule"]


@pytest.mark.parametrize(
    "change",
    [
        {"crop": Crop("square", 0.11, 160)},
        {"crop": Crop("box", 0.1, 160)},
        {"finding": Finding("hog", 640, 0.5, 40, 0)},
        {"scoring": Scoring("bfloat16", True, 7)},
        {"scoring": Scoring("float32", True, 8)},
        {"weights": (WeightsRef("standard", "ed", "b" * 64),)},
    ],
)
def test_what_moves_a_score_moves_the_core(change: dict[str, Any]) -> None:
    assert dataclasses.replace(plain(), **change).core_sha256 != plain().core_sha256


def test_sampling_is_not_part_of_the_core() -> None:
    assert dataclasses.replace(plain(), sampling=Sampling("every", 0, 0.5)).core_sha256 == plain().core_sha256


def test_a_rule_in_a_method_with_another_core_is_refused() -> None:
    with pytest.raises(RuleMismatch) as caught:
        methods.from_document(table(crop__margin=0.2), "changed.toml")
    assert caught.value.rule_belongs_to == (plain().core_sha256,)
    assert caught.value.method_core != plain().core_sha256


def test_another_number_of_frames_keeps_the_rule_and_says_so() -> None:
    method = methods.changed(ruled(), count=64)
    assert (method.sampling, method.rule) == (Sampling("even", 64, 0.0), ruled().rule)
    assert method.name == "lab (64 frames)"
    assert method.sha256 != ruled().sha256
    assert ruled().sha256 in method.derived_from
    assert methods.parse(methods.to_toml(method), "test") == method


def test_another_precision_leaves_the_rule_behind() -> None:
    method = methods.changed(ruled(), precision="bfloat16", seconds=0.5)
    assert method.rule is None
    assert method.name == "lab (a frame every 0.5 s, bfloat16)"


def test_a_rule_that_names_the_other_core_as_well_goes_along() -> None:
    other = dataclasses.replace(plain(), scoring=Scoring("bfloat16", True, 7))
    rule = dataclasses.replace(ruled().rule, belongs_to=(plain().core_sha256, other.core_sha256))
    assert methods.changed(dataclasses.replace(plain(), rule=rule), precision="bfloat16").rule == rule


def test_asking_for_what_it_is_changes_nothing() -> None:
    assert methods.changed(ruled(), count=30, precision="float32") == ruled()
    assert methods.changed(ruled()) == ruled()


@pytest.mark.parametrize(
    "asked", [{"count": 0}, {"seconds": 0.0}, {"precision": "float16"}, {"count": 5, "seconds": 1.0}]
)
def test_an_impossible_change_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(MethodInvalid):
        methods.changed(ruled(), **asked)


def test_resolving_fills_in_open_hashes_only_and_keeps_the_rule() -> None:
    opened = dataclasses.replace(plain(), weights=(WeightsRef("a", "ed", ""), WeightsRef("b", "vae", PINNED)))
    rule = dataclasses.replace(ruled().rule, belongs_to=(opened.core_sha256,))
    method = methods.resolved(dataclasses.replace(opened, rule=rule), {"a": "c" * 64, "b": "d" * 64})
    assert [ref.sha256 for ref in method.weights] == ["c" * 64, PINNED]
    assert method.rule is not None
    assert method.core_sha256 in method.rule.belongs_to
    assert methods.from_document(methods.to_document(method), "test") == method


def test_resolving_leaves_weights_it_is_told_nothing_of() -> None:
    opened = dataclasses.replace(plain(), weights=(WeightsRef("a", "ed", ""), WeightsRef("b", "vae", "")))
    assert [ref.sha256 for ref in methods.resolved(opened, {"b": "d" * 64}).weights] == ["", "d" * 64]


@pytest.mark.parametrize(
    ("change", "field_name"),
    [
        ({"schema": 2}, "schema"),
        ({"name": "  "}, "name"),
        ({"name": 5}, "name"),
        ({"weights": []}, "weights"),
        ({"weights": "standard"}, "weights"),
        ({"weights": [{"name": "x", "network": "resnet", "sha256": ""}]}, "weights.network"),
        ({"weights": [{"name": "x", "network": "ed", "sha256": "zz"}]}, "weights.sha256"),
        ({"weights": [{"name": "x", "network": "ed"}]}, "weights.sha256"),
        ({"sampling": []}, "sampling"),
        ({"sampling__plan": "random"}, "sampling.plan"),
        ({"sampling__count": 0}, "sampling.count"),
        ({"sampling__count": True}, "sampling.count"),
        ({"sampling__count": 3.5}, "sampling.count"),
        ({"sampling": {"plan": "every", "count": 0, "seconds": 0.0}}, "sampling.seconds"),
        ({"finding__finder": "mtcnn"}, "finding.finder"),
        ({"finding__longest_side_px": 20}, "finding.longest_side_px"),
        ({"finding__confidence": 1.5}, "finding.confidence"),
        ({"crop__size_px": 4}, "crop.size_px"),
        ({"crop__margin": float("nan")}, "crop.margin"),
        ({"crop__colour": "bgr"}, "crop.colour"),
        ({"scoring__precision": "int8"}, "scoring.precision"),
        ({"scoring__seed": -1}, "scoring.seed"),
        ({"rule": []}, "rule"),
        ({"rule__kind": "votes"}, "rule.kind"),
        ({"rule__lower": 0.9}, "rule.lower"),
        ({"rule__upper": 1.2}, "rule.lower"),
        ({"rule__frame": -0.1}, "rule.frame"),
        ({"rule__least_faces": 0}, "rule.least_faces"),
        ({"rule__apart_s": -0.1}, "rule.apart_s"),
        ({"rule__apart_s": float("nan")}, "rule.apart_s"),
        ({"rule__kind": "released", "rule__apart_s": 0.2}, "rule.apart_s"),
        ({"rule__belongs_to": []}, "rule.belongs_to"),
        ({"rule__belongs_to": "abc"}, "rule.belongs_to"),
        ({"rule__evidence": [{"what": "x"}]}, "rule.evidence.n"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], field_name: str) -> None:
    with pytest.raises(MethodInvalid) as caught:
        methods.from_document(table(**change), "bad.toml")
    assert caught.value.field_name == field_name
    assert caught.value.source == "bad.toml"


def test_a_missing_part_is_named() -> None:
    document = table()
    del document["crop"]
    with pytest.raises(MethodInvalid, match="crop"):
        methods.from_document(document, "bad.toml")


def test_what_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MethodInvalid, match="not TOML"):
        methods.parse("name = ", "bad.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MethodInvalid):
        methods.load(binary)
    with pytest.raises(MethodInvalid):
        methods.load(tmp_path)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The user's folder and the program's own, with a method in each."""
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder, name in ((own, "mine"), (shipped, "lab")):
        folder.mkdir()
        (folder / f"{name}.toml").write_text(methods.to_toml(dataclasses.replace(ruled(), name=name)), encoding="utf-8")
    return own, shipped


def test_found_by_name_or_by_path(folders: tuple[Path, Path]) -> None:
    own, shipped = folders
    assert methods.find("lab", folders) == ruled()
    assert methods.find("mine", folders).name == "mine"
    assert methods.find(str(own / "mine.toml"), ()).name == "mine"
    assert methods.names((*folders, own / "none")) == ("mine", "lab")
    with pytest.raises(MethodMissing):
        methods.find("nothing", folders)
    with pytest.raises(MethodMissing):
        methods.find(str(shipped / "nothing.toml"), folders)


def test_a_changed_method_cannot_take_the_name_of_a_shipped_one(folders: tuple[Path, Path]) -> None:
    own, shipped = folders
    assert ruled().rule is not None
    lower = dataclasses.replace(ruled(), rule=dataclasses.replace(ruled().rule, upper=0.6))
    titled = dataclasses.replace(ruled(), title="Accredited")
    for forged in (lower, titled):
        for file in (own / "lab.toml", own / "other file.toml"):
            file.write_text(methods.to_toml(forged), encoding="utf-8")
            with pytest.raises(MethodInvalid, match="comes with the program"):
                methods.find(str(file), folders)
        with pytest.raises(MethodInvalid, match="comes with the program"):
            methods.find("lab", folders)
    (own / "lab.toml").write_text((shipped / "lab.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert methods.find("lab", folders) == ruled()


def test_whose_a_method_is(folders: tuple[Path, Path]) -> None:
    shipped = methods.find("lab", folders)
    own = methods.find("mine", folders)
    assert methods.origin(shipped, folders) is Origin.SHIPPED
    assert methods.origin(methods.changed(shipped, count=64), folders) is Origin.CHANGED
    assert methods.origin(own, folders) is Origin.OWN
    assert methods.origin(methods.changed(own, count=64), folders) is Origin.OWN
    assert methods.origin(shipped, ()) is Origin.OWN
    claimed = dataclasses.replace(own, derived_from=f"lab {own.core_sha256}: 64 frames")
    assert methods.origin(claimed, folders) is Origin.OWN


@pytest.mark.parametrize("value", [[0.5, 0.5], "grey", [0.5, 0.5, True], [0.5, 0.5, 2.0], 0.5])
def test_a_normalisation_is_three_numbers(value: Any) -> None:
    with pytest.raises(MethodInvalid) as caught:
        methods.from_document(table(scoring__mean=value), "bad.toml")
    assert caught.value.field_name == "scoring.mean"


def test_normalisation_and_backbone_are_part_of_the_core() -> None:
    darker = dataclasses.replace(plain().scoring, mean=(0.4, 0.4, 0.4))
    assert dataclasses.replace(plain(), scoring=darker).core_sha256 != plain().core_sha256
    other = (dataclasses.replace(plain().weights[0], backbone="convnext_tiny"),)
    assert dataclasses.replace(plain(), weights=other).core_sha256 != plain().core_sha256
