from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from desktop.cases.records import Conclusion, Mark, Opinion, Review
from desktop.report.blocks import Paragraph, Table
from desktop.report.conclusions import SIGNED
from tests.desktop.report.reading import blocks, described, fields, section


def analyzed_twice(records: SimpleNamespace, **changes: object) -> SimpleNamespace:
    old, new = records.fake_analysis(), records.fake_analysis(0)
    entries = [
        replace(records.entry_of(old, "a-1", "e-1"), made_at="2026-11-20T10:00:00Z", method="quick"),
        replace(records.entry_of(new, "a-2", "e-1"), made_at="2026-11-20T12:00:00Z"),
    ]
    snapshot = records.a_snapshot([records.evidence_of(new.video, "e-1")], entries, **changes)
    return SimpleNamespace(snapshot=snapshot, analyses={"a-1": old, "a-2": new})


def test_a_review_outlives_another_analysis(records: SimpleNamespace) -> None:
    marks = (
        Review("a-1", 234, Mark.ACCEPTED, "Edge along the jaw.", "Ö", "2026-11-20T11:00:00Z"),
        Review("a-1", 234, Mark.UNCLEAR, "On second thoughts.", "Ö", "2026-11-20T11:01:00Z"),
    )
    content = described(records, analyzed_twice(records, reviews=marks))
    (table,) = [t for t in blocks(content, Table, "Item 1") if "Mark" in [column.title for column in t.columns]]
    assert [row[:4] for row in table.rows] == [
        ("quick, 2026-11-20 10:00:00 UTC", "234", "accepted", "Edge along the jaw."),
        ("quick, 2026-11-20 10:00:00 UTC", "234", "unclear", "On second thoughts."),
    ]


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-11-20T11:00:00Z", "made before the newest analysis, of 2026-11-20 12:00:00 UTC"),
        ("2026-11-20T12:00:00Z", "made after the newest analysis"),
        ("2026-11-20T13:00:00Z", "made after the newest analysis"),
    ],
)
def test_a_conclusion_says_which_analyses_it_can_know(records: SimpleNamespace, at: str, says: str) -> None:
    conclusion = Conclusion("e-1", Opinion.INCONSISTENT, "", "Ö", "", at)
    content = described(records, analyzed_twice(records, conclusions=(conclusion,)))
    expected = f"{at[:10]} {at[11:19]} UTC, {says}"
    assert fields(content)["Concluded"] == [expected]
    assert blocks(content, Table, "Results in brief")[-1].rows[0][-1] == expected


def test_a_conclusion_on_a_video_that_was_not_analyzed_says_so(records: SimpleNamespace) -> None:
    conclusion = Conclusion("e-1", Opinion.CONSISTENT, "", "Ö", "", records.ISSUED)
    snapshot = records.a_snapshot([records.evidence_of(records.a_video(), "e-1")], conclusions=(conclusion,))
    content = described(records, SimpleNamespace(snapshot=snapshot, analyses={}))
    assert fields(content)["Concluded"] == ["2026-11-20 15:04:05 UTC, without an analysis"]


def test_what_is_signed_is_said(records: SimpleNamespace) -> None:
    last = section(described(records, records.a_case()), "Statements and signatures")
    assert SIGNED in [b.text for b in last.blocks if isinstance(b, Paragraph)]
    for part in ("items", "method", "results", "conclusions"):
        assert part in SIGNED


def test_an_item_prints_when_its_file_was_modified(records: SimpleNamespace) -> None:
    sample = records.a_case()
    dated = replace(sample.snapshot.evidence[0], modified_at="2026-11-01T08:00:00Z")
    content = described(records, replace(sample, snapshot=replace(sample.snapshot, evidence=(dated,))))
    assert fields(content)["File last modified"][0].startswith("2026-11-01 08:00:00 UTC")
    assert fields(described(records, sample))["File last modified"] == ["not supplied"]
