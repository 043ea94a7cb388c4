"""What the first page must not leave to the sections behind it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from desktop.report.blocks import Paragraph, ReportContent, Table, VerdictBox
from desktop.report.content import TO_BE_READ
from desktop.report.words import COUNTING, STATEMENTS, brief_reason
from genconvit.records import Analysis, Label, Reason
from tests.desktop.report.reading import blocks, described, fields, section, words

NOT_OURS = "Method “standard” is not one that comes with Veriframe; its rule and figures are its author's."


def said(content: ReportContent) -> list[str]:
    return [b.text for b in section(content, "Results in brief").blocks if isinstance(b, Paragraph)]


def of_origin(analysis: Analysis, origin: str) -> Analysis:
    return replace(analysis, provenance=replace(analysis.provenance, method_origin=origin))


def two_items(records: SimpleNamespace, *analyses: Analysis) -> SimpleNamespace:
    evidence = [records.evidence_of(a.video, f"e-{i}") for i, a in enumerate(analyses)]
    entries = [records.entry_of(a, f"a-{i}", f"e-{i}") for i, a in enumerate(analyses)]
    kept = {f"a-{i}": a for i, a in enumerate(analyses)}
    return SimpleNamespace(snapshot=records.a_snapshot(evidence, entries), analyses=kept)


def test_the_number_of_flagged_frames_stands_beside_the_score(records: SimpleNamespace) -> None:
    (box,) = blocks(described(records, records.a_case()), VerdictBox, "Results in brief")
    assert box.flagged == "Flagged frames: 6 of 32 examined"
    calm = records.fake_analysis(0, label=Label.REAL, reason=Reason.BELOW_LOWER)
    table = blocks(described(records, two_items(records, records.fake_analysis(), calm)), Table, "Results in brief")[0]
    place = [column.title for column in table.columns].index("Flagged frames")
    assert [row[place] for row in table.rows] == ["6", "0"]


def test_error_rates_that_nobody_supplied_are_one_sentence(records: SimpleNamespace) -> None:
    method = records.a_method()
    method = replace(method, rule=replace(method.rule, evidence=()))
    analysis = records.fake_analysis(method=method)
    (rule,) = [text for text in said(described(records, two_items(records, analysis, analysis))) if "Rule of" in text]
    assert rule.endswith(
        "of them. Error rates of this method are not supplied: how often it is wrong is not known to this report."
    )
    known = records.fake_analysis()
    (rule,) = [text for text in said(described(records, two_items(records, known, known))) if "Rule of" in text]
    assert "What is known of its errors: Originals called FAKE" in rule and rule.endswith("n = 206).")


def test_without_a_rule_no_frame_is_flagged(records: SimpleNamespace) -> None:
    method = replace(records.a_method(), rule=None)
    analysis = records.fake_analysis(label=Label.INCONCLUSIVE, reason=Reason.NO_RULE, method=method)
    (box,) = blocks(described(records, records.a_case(analysis)), VerdictBox, "Results in brief")
    assert box.flagged == "Flagged frames: none, for no rule is applied"


def test_another_label_of_an_earlier_analysis_is_said(records: SimpleNamespace) -> None:
    calm = records.fake_analysis(2, label=Label.REAL, reason=Reason.BELOW_LOWER, method=records.a_method(name="quick"))
    new = records.fake_analysis()
    entries = [records.entry_of(a, f"a-{i}", "e-1") for i, a in enumerate((calm, records.fake_analysis(), new))]
    snapshot = records.a_snapshot([records.evidence_of(new.video, "e-1")], entries)
    kept = {"a-0": calm, "a-1": records.fake_analysis(), "a-2": new}
    (text,) = [t for t in said(described(records, SimpleNamespace(snapshot=snapshot, analyses=kept))) if "Earlier" in t]
    assert text == (
        "Earlier analyses of item 1 gave another label: REAL by method “quick” (32 frames examined, 2 flagged, made "
        "2026-11-20 14:50:21 UTC)."
    )
    assert not [t for t in said(described(records, records.a_case())) if "Earlier" in t]


@pytest.mark.parametrize(
    ("origin", "says"), [("shipped", ""), ("own", NOT_OURS), ("changed", "with its sampling or precision changed")]
)
def test_whose_method_it_is_stands_beside_the_verdict(records: SimpleNamespace, origin: str, says: str) -> None:
    analysis = of_origin(records.fake_analysis(), origin)
    boxes = blocks(described(records, records.a_case(analysis)), VerdictBox)
    assert all(says in box.origin and bool(box.origin) == bool(says) for box in boxes)
    both = described(records, two_items(records, analysis, of_origin(records.fake_analysis(), "shipped")))
    assert sum(says in text for text in said(both) if text.startswith("Method")) == bool(says)


def test_what_could_not_be_decoded_stands_on_the_first_page_and_in_the_coverage(records: SimpleNamespace) -> None:
    note = "The file ends early or is damaged: of 300 frames, 120 can be decoded."
    analysis = records.fake_analysis(video=replace(records.a_video(), notes=(note,)))
    content = described(records, records.a_case(analysis))
    assert f"Item 1: {note}" in said(content)
    assert fields(content)["Reading the file"] == [note]
    whole = records.fake_analysis(video=replace(records.a_video(), notes=()))
    assert fields(described(records, records.a_case(whole)))["Reading the file"] == ["Nothing to note"]


def test_memory_that_ran_out_stands_on_the_first_page_and_with_the_result(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis(video=replace(records.a_video(), notes=()))
    made = replace(analysis.provenance, device="cuda:0 (A), memory ran out: 2 instead of 8 faces at once")
    content = described(records, records.a_case(replace(analysis, provenance=made)))
    (note,) = fields(content)["Note on scoring"]
    assert note.startswith("Memory ran out on cuda:0, in this examination or one before it: at the end 2 faces were")
    assert f"Item 1: {note}" in said(content)
    assert fields(content)["Reading the file"] == ["Nothing to note"]
    assert "Note on scoring" not in fields(described(records, records.a_case(analysis)))


def test_planned_frames_that_are_missing_stand_wherever_coverage_does(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis(video=replace(records.a_video(), notes=()))
    read = analysis.coverage.frames_read
    lost = replace(analysis.coverage, frames_planned=read + 2, frames_not_decoded=(96, 104))
    lacking = replace(analysis, coverage=lost)
    content = described(records, records.a_case(lacking))
    said_so = f"2 of {read + 2} planned frames could not be decoded"
    assert fields(content)["Frames not decoded"] == ["96, 104"]
    assert fields(content)["Reading the file"] == [f"{read} of {read + 2} planned frames were read"]
    assert all(said_so in box.coverage for box in blocks(content, VerdictBox))
    both = described(records, two_items(records, lacking, analysis))
    cells = [cell for table in blocks(both, Table) for row in table.rows for cell in row]
    assert sum(said_so in cell for cell in cells) == 1


def test_how_frames_and_times_are_counted_is_said(records: SimpleNamespace) -> None:
    content = described(records, records.a_case())
    assert COUNTING in words(section(content, "Machine results"))
    assert "from 0" in COUNTING
    assert "first presented frame" in COUNTING


def test_warnings_do_not_stand_under_the_examiners_conclusions(records: SimpleNamespace) -> None:
    video = replace(records.a_video(), notes=("8 of 32 planned frames could not be decoded.",))
    texts = said(described(records, records.a_case(records.fake_analysis(video=video))))
    heading = texts.index(TO_BE_READ)
    assert texts.index("Examiner's conclusions") < heading
    assert heading < texts.index("Item 1: 8 of 32 planned frames could not be decoded.")
    assert all(heading < texts.index(text) for text in STATEMENTS)


def test_several_verdicts_have_their_reasons_and_their_rule_on_the_first_page(records: SimpleNamespace) -> None:
    calm = records.fake_analysis(0, label=Label.INCONCLUSIVE, reason=Reason.DAMAGED)
    content = described(records, two_items(records, records.fake_analysis(), calm))
    table = blocks(content, Table, "Results in brief")[0]
    place = [column.title for column in table.columns].index("Why")
    assert [row[place] for row in table.rows] == [
        "at or above the upper threshold",
        "below the lower threshold, but damaged or not decoded in full",
    ]
    (rule,) = [text for text in said(content) if text.startswith("Rule of")]
    assert rule.startswith("Rule of items 1, 2, method “standard”: FAKE at or above 0.7200. REAL below 0.3800.")
    assert "Originals called FAKE, held-out set A: 1.0 % (95 % interval 0.1 to 3.5 %; n = 206)" in rule


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_few_words(records: SimpleNamespace, reason: Reason) -> None:
    for kind in ("tracks", "released"):
        rule = replace(records.a_method().rule, kind=kind)
        assert brief_reason(replace(records.fake_analysis().verdict, reason=reason), rule)
