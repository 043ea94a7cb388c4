from __future__ import annotations

from dataclasses import replace

from genconvit.evaluation.copies import copies, note
from genconvit.evaluation.results import Result
from genconvit.evaluation.summary import summarise
from tests.genconvit.evaluation.rows import failed, made


def row(file: str, content: str, label: str = "FAKE") -> Result:
    return replace(made(label, 0.5), file=file, sha256=content * 64)


def test_files_of_one_content_are_found_and_told_of() -> None:
    rows = [row("a", "1"), row("b", "2"), row("c", "1"), row("d", "3"), row("e", "1"), row("f", "3", "REAL")]
    assert [[each.file for each in same] for same in copies(rows)] == [["a", "c", "e"], ["d", "f"]]
    assert note(rows) == (
        "5 files are 2 contents, byte for byte, and each file counts: a, c, e, d, f; "
        "1 of the contents are labelled in different ways"
    )
    assert note(rows[:3]) == "2 files are 1 contents, byte for byte, and each file counts: a, c"
    assert summarise(rows).same_content == 5


def test_unlike_files_and_those_whose_content_is_not_known_are_no_copies() -> None:
    rows = [row("a", "1"), row("b", "2"), row("c", ""), row("d", ""), failed("REAL"), failed("REAL")]
    assert copies(rows) == () and note(rows) == "" and summarise(rows).same_content == 0
