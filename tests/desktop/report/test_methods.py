from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from desktop.report import cards
from desktop.report.blocks import VerdictBox
from desktop.report.content import describe
from desktop.report.methods import _software, known_lines
from genconvit import method as methods
from genconvit.cards import Card
from genconvit.cards import cards as all_cards
from genconvit.places import SHIPPED
from genconvit.records import Label, Reason
from tests.desktop.report.reading import blocks, described, fields, words


def test_a_rule_that_was_left_behind_is_named(records: SimpleNamespace) -> None:
    base = records.a_method()
    method = methods.changed(base, count=12, precision="bfloat16")
    analysis = records.fake_analysis(label=Label.INCONCLUSIVE, reason=Reason.NO_RULE, method=method)
    content = described(records, records.a_case(analysis))
    why = "The rule of “standard”, if any, was derived for another precision than bfloat16 and is not applied."
    assert all(box.rule == (why,) for box in blocks(content, VerdictBox))
    assert all(why in box.meaning for box in blocks(content, VerdictBox))
    assert fields(content)["Rule"] == [f"{why} Scores are reported without FAKE or REAL."]


def test_the_source_that_computed_is_named(records: SimpleNamespace) -> None:
    sample = records.a_case()
    for known, said in (("5e" * 32, "5e" * 32), ("", "not supplied: an older program")):
        analyses = {
            key: replace(each, provenance=replace(each.provenance, source_sha256=known))
            for key, each in sample.analyses.items()
        }
        content = described(records, replace(sample, analyses=analyses))
        assert {each[: len(said)] for each in fields(content)["Source SHA-256"]} == {said}


def test_of_several_analyses_on_one_device_the_time_is_of_the_first(records: SimpleNamespace) -> None:
    provenance = records.fake_analysis().provenance
    for items, printed, said in (((1204,), "1204", "Analyzed"), ((2, 5), "2, 5", "First analysis")):
        rows = {row.label: row.value for row in _software(provenance, items)}
        assert rows["Items"] == printed
        assert said in rows


def test_backbone_normalisation_and_origin_are_printed(records: SimpleNamespace) -> None:
    method = records.a_method()
    method = replace(method, weights=(replace(method.weights[0], backbone="tf_efficientnet_lite0"),))
    analysis = records.fake_analysis(method=method)
    said = fields(described(records, records.a_case(analysis)))
    assert said["Backbone"] == ["tf_efficientnet_lite0 (veriframe-ed-lite0)"]
    assert said["Normalisation"] == [
        "mean 0.485, 0.456, 0.406; standard deviation 0.229, 0.224, 0.225 (red, green, blue, each 0 to 1)"
    ]
    assert said["Origin of the method"] == ["Made or changed by the user; figures beside the rule are the user's"]
    shipped = replace(analysis, provenance=replace(analysis.provenance, method_origin="shipped"))
    said = fields(described(records, records.a_case(shipped)))
    assert said["Origin of the method"] == ["Comes with the program, unchanged"]
    unnamed = described(records, records.a_case(records.fake_analysis()))
    assert fields(unnamed)["Backbone"] == ["not supplied (veriframe-ed-lite0)"]


def test_what_the_weights_miss_is_printed_from_their_card(records: SimpleNamespace) -> None:
    """The method's description sends the reader to the card, which is not in the report otherwise."""
    sample = records.a_case()
    (used,) = next(iter(sample.analyses.values())).provenance.weights
    card = replace(a_card(), name=used.name, sha256=used.sha256)
    given = {used.sha256: card}
    content = describe(sample.snapshot, sample.analyses, (), records.ISSUED, records.VERSION, cards=given)
    assert fields(content)["Measured"] == ["5 of 9 fakes called FAKE.\n\nSo few say little."]
    assert fields(content)["Known weaknesses"] == ["Fully synthetic faces."]
    assert cards.ABOUT in words(content)


def test_a_card_of_other_weights_is_not_printed(records: SimpleNamespace) -> None:
    sample = records.a_case()
    (used,) = next(iter(sample.analyses.values())).provenance.weights
    for given in ({}, {used.sha256: replace(a_card(), name=used.name, sha256="0" * 64)}):
        content = describe(sample.snapshot, sample.analyses, (), records.ISSUED, records.VERSION, cards=given)
        assert "Measured" not in fields(content)
        assert f"Card of the weights “{used.name}”: not supplied." in words(content)


def a_card() -> Card:
    (shipped,) = (card for card in all_cards((SHIPPED,)) if card.name == "standard")
    return replace(
        shipped, measured=("5 of 9 fakes called FAKE.", "So few say little."), weaknesses=("Fully synthetic faces.",)
    )


def test_rates_beside_a_verdict_point_to_what_else_was_measured() -> None:
    shipped = methods.load(SHIPPED / "methods" / "standard.toml").rule
    assert shipped is not None
    *rates, last = known_lines(shipped)
    assert len(rates) == sum(entry.share for entry in shipped.evidence) and all(
        "95 % interval" in rate for rate in rates
    )
    assert "card" in last and "section on methods" in last
    assert known_lines(None) == ("Error rates: not supplied.",)
