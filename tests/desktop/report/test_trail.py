from __future__ import annotations

from types import SimpleNamespace

from desktop.cases.records import CustodyEvent, Difference
from desktop.report.blocks import Paragraph, Table
from desktop.report.trail import ALL_AGREE
from tests.desktop.report.reading import blocks, described, section, words


def test_files_without_a_record_are_no_difference_and_said_apart(records: SimpleNamespace) -> None:
    strays = tuple(Difference(f"notes/{i}.txt", "not recorded") for i in range(60))
    calm = described(records, records.a_case(), strays)
    assert section(calm, "Results in brief") == section(described(records, records.a_case()), "Results in brief")
    said = [b.text for b in section(calm, "Integrity of the case folder").blocks if isinstance(b, Paragraph)]
    assert said[0] == ALL_AGREE
    assert said[1].startswith("60 files in the folder are not recorded in the case")
    assert "notes/0.txt, notes/1.txt" in said[1]
    assert said[1].endswith("notes/39.txt, and 20 more.")
    assert not blocks(calm, Table, "Integrity of the case folder")

    both = described(records, records.a_case(), (Difference("reports/r-1.pdf", "missing", "a" * 64), strays[0]))
    assert "The check of the case folder found 1 difference;" in words(section(both, "Results in brief"))
    (table,) = blocks(both, Table, "Integrity of the case folder")
    assert [row[0] for row in table.rows] == ["reports/r-1.pdf"]
    said = [b.text for b in section(both, "Integrity of the case folder").blocks if isinstance(b, Paragraph)]
    assert said[0].startswith("1 object of the case folder is not as recorded")
    assert said[1].startswith("1 file in the folder is not recorded in the case")


def chain_check(records: SimpleNamespace, events: tuple[CustodyEvent, ...], *differences: Difference) -> str:
    content = described(records, records.a_case(custody=events), differences)
    said = [b.text for b in section(content, "Custody log").blocks if isinstance(b, Paragraph)]
    return next(text for text in said if text.startswith("Chain check"))


def test_the_custody_log_is_printed_with_its_check(records: SimpleNamespace) -> None:
    events = records.custody(["case created", "video taken in", "analysis kept"])
    content = described(records, records.a_case(custody=events))
    assert [row[0] for row in blocks(content, Table, "Custody log")[0].rows] == ["1", "2", "3"]
    assert chain_check(records, events) == "Chain check: unbroken over 3 entries."
    integrity = section(content, "Integrity of the case folder")
    assert "Entry 3 of the custody log" in words(integrity)
    assert events[2].sha256 in words(integrity)
    assert "only against a chain head kept elsewhere" in words(content)
    assert chain_check(records, (events[0], events[2])).startswith("Chain check: BROKEN.")
    broken = Difference("case.json, custody line 2", "chain broken")
    assert "custody line 2" in chain_check(records, events, broken)
