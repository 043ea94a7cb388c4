from __future__ import annotations

import os
from pathlib import Path

import pytest

from genconvit.evaluation.journal import Entry, Journal, JournalUnfit, Stamp, stamp_of
from genconvit.evaluation.results import Result

FIRST = Result("a b/ü\n.mp4", "FAKE", 0.1 + 0.2, "FAKE", 3, 4, 1.5, group="Deepfakes")
SECOND = Result("b\udcff.mp4", "", None, "INCONCLUSIVE", 0, 4, 0.1)
THIRD = Result("c.mp4", "REAL", None, "", 0, 0, 0.0, error="No decoder can read it.")
STAMP = Stamp(12, 34)


def found(journal: Journal) -> list[Result]:
    return [entry.result for entry in journal.entries.values()]


def written(path: Path, *results: Result) -> bytes:
    with Journal(path) as journal:
        for result in results:
            journal.append(result, STAMP)
    return path.read_bytes()


def test_what_was_appended_is_there_again(tmp_path: Path) -> None:
    written(tmp_path / "j", FIRST, SECOND)
    written(tmp_path / "j", THIRD)
    with Journal(tmp_path / "j") as journal:
        assert found(journal) == [FIRST, SECOND, THIRD]
    with Journal(tmp_path / "new") as journal:
        assert journal.entries == {}


def test_a_row_cut_anywhere_is_as_if_never_written(tmp_path: Path) -> None:
    path = tmp_path / "j"
    before = len(written(path, FIRST, SECOND))
    whole = written(path, THIRD)
    for length in range(before, len(whole)):
        path.write_bytes(whole[:length])
        with Journal(path) as journal:
            assert found(journal) == [FIRST, SECOND]
            journal.append(THIRD, STAMP)
        assert path.read_bytes() == whole


def test_of_two_rows_the_later_one_counts(tmp_path: Path) -> None:
    again = Result("c.mp4", "REAL", 0.25, "REAL", 3, 4, 1.0)
    written(tmp_path / "j", THIRD, FIRST, again)
    with Journal(tmp_path / "j") as journal:
        assert journal.entries["c.mp4"] == Entry(again, STAMP)


@pytest.mark.parametrize("line", [b"\0" * 80, b"\xff\xfe", b'{"result": {"file": "x"'])
def test_a_line_that_is_no_json_is_passed_over(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    first = written(path, FIRST)
    path.write_bytes(line + b"\n" + first)
    with Journal(path) as journal:
        assert found(journal) == [FIRST]


OLD = b'{"file":"x","label":"","score":null,"verdict":"INCONCLUSIVE","faces":0,"frames":0,"seconds":0.1}'


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b"3", OLD, b'{"result":' + OLD + b"}", b'{"result": {"file": "x"}, "stamp": null}']
)
def test_a_journal_of_another_shape_is_refused_and_left_as_it_is(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(content := written(path, FIRST) + line + b"\n" + b"half")
    with pytest.raises(JournalUnfit, match="line 2 is not a result"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_stamp_tells_a_file_that_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert stamp_of(path) is None
    path.write_bytes(b"one")
    first = stamp_of(path)
    assert first == stamp_of(path) and first is not None and first.size_bytes == 3
    os.utime(path, ns=(1, 2))
    assert stamp_of(path) == Stamp(3, 2)
