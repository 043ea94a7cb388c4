from __future__ import annotations

from pathlib import Path

import pytest

from genconvit.evaluation.journal import Journal
from genconvit.evaluation.results import Result

FIRST = Result("a b/ü\n.mp4", "FAKE", 0.1 + 0.2, "FAKE", 3, 4, 1.5, group="Deepfakes")
SECOND = Result("b\udcff.mp4", "", None, "INCONCLUSIVE", 0, 4, 0.1)
THIRD = Result("c.mp4", "REAL", None, "", 0, 0, 0.0, error="No decoder can read it.")


def written(path: Path, *results: Result) -> bytes:
    with Journal(path) as journal:
        for result in results:
            journal.append(result)
    return path.read_bytes()


def test_what_was_appended_is_there_again(tmp_path: Path) -> None:
    written(tmp_path / "j", FIRST, SECOND)
    written(tmp_path / "j", THIRD)
    with Journal(tmp_path / "j") as journal:
        assert list(journal.rows.values()) == [FIRST, SECOND, THIRD]
    with Journal(tmp_path / "new") as journal:
        assert journal.rows == {}


def test_a_row_cut_anywhere_is_as_if_never_written(tmp_path: Path) -> None:
    path = tmp_path / "j"
    before = len(written(path, FIRST, SECOND))
    whole = written(path, THIRD)
    for length in range(before, len(whole)):
        path.write_bytes(whole[:length])
        with Journal(path) as journal:
            assert list(journal.rows.values()) == [FIRST, SECOND]
            journal.append(THIRD)
        assert path.read_bytes() == whole


def test_of_two_rows_the_later_one_counts(tmp_path: Path) -> None:
    again = Result("c.mp4", "REAL", 0.25, "REAL", 3, 4, 1.0)
    written(tmp_path / "j", THIRD, FIRST, again)
    with Journal(tmp_path / "j") as journal:
        assert journal.rows["c.mp4"] == again


@pytest.mark.parametrize("line", [b"\0" * 80, b"[]", b"{}", b'{"file": 1}', b"\xff\xfe", b'{"file":"x","label":"Y"}'])
def test_a_line_that_cannot_be_read_is_passed_over(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    first = written(path, FIRST)
    path.write_bytes(line + b"\n" + first)
    with Journal(path) as journal:
        assert list(journal.rows.values()) == [FIRST]
