from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.results import COLUMNS, Result, header, labelled, line, read, to_csv, write

GOOD = Result("a.mp4", "FAKE", 0.1 + 0.2, "FAKE", 30, 32, 4.25, group="Deepfakes", sha256="0f" * 32)
FAILED = Result(
    'b, "c"\nd.mp4', "REAL", None, "", 0, 0, 0.5, error="No decoder can read it.\nSecond line", group="DFDC"
)
NO_FACE = Result("c.mp4", "", None, "INCONCLUSIVE", 0, 32, 1.0)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
results = st.builds(
    Result,
    file=words,
    label=st.sampled_from(["FAKE", "REAL", ""]),
    score=st.none() | st.floats(0, 1),
    verdict=st.just("INCONCLUSIVE"),
    faces=st.integers(0, 9),
    frames=st.integers(0, 99),
    seconds=st.floats(0, 1e6),
    group=words,
    sha256=st.sampled_from(["", "ab" * 32]),
)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    write([GOOD, FAILED, NO_FACE], path)
    assert read(path) == (GOOD, FAILED, NO_FACE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.csv"]


@given(st.lists(results, max_size=4))
def test_any_row_reads_back_to_the_bit(tmp_path_factory: pytest.TempPathFactory, rows: list[Result]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    write(rows, path)
    assert read(path) == tuple(rows)


def test_the_file_is_plain() -> None:
    assert header() == "file,label,group,score,verdict,faces,frames,seconds,error,sha256\n"
    assert line(GOOD) == "a.mp4,FAKE,Deepfakes,0.30000000000000004,FAKE,30,32,4.25,," + "0f" * 32 + "\n"


def test_a_name_that_is_not_unicode_keeps_its_bytes(tmp_path: Path) -> None:
    path, odd = tmp_path / "results.csv", replace(GOOD, file=b"caf\xe9.mp4".decode("utf-8", "surrogateescape"))
    write([odd], path)
    assert b"caf\xe9.mp4" in path.read_bytes() and read(path) == (odd,)


def test_a_name_of_half_a_character_is_written_all_the_same(tmp_path: Path) -> None:
    path, odd = tmp_path / "results.csv", replace(GOOD, file="a\ud800.mp4")
    write([GOOD, odd], path)
    first, second = read(path)
    assert first == GOOD and second == replace(odd, file=second.file)


def test_a_byte_order_mark_and_further_columns_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    head = ",".join([*reversed(COLUMNS), "note"])
    path.write_text(f"{head}\n,,1.5,32,30,FAKE,0.9,Deepfakes,FAKE,a.mp4,seen\n", encoding="utf-8-sig")
    assert read(path) == (Result("a.mp4", "FAKE", 0.9, "FAKE", 30, 32, 1.5, group="Deepfakes"),)


def test_a_file_from_before_there_were_hashes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(f"{','.join(COLUMNS[:-1])}\na.mp4,FAKE,Deepfakes,0.9,FAKE,30,32,1.5,\n", encoding="utf-8")
    assert read(path) == (Result("a.mp4", "FAKE", 0.9, "FAKE", 30, 32, 1.5, group="Deepfakes"),)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a.mp4,FAKE,,0.9,FAKE,30", "cut short"),
        ("a.mp4,fake,,0.9,FAKE,30,32,1.5,", "label must be"),
        ("a.mp4,FAKE,,0.9,MAYBE,30,32,1.5,", "verdict must be"),
        ("a.mp4,FAKE,,1.9,FAKE,30,32,1.5,", "score must be"),
        ("a.mp4,FAKE,,nan,FAKE,30,32,1.5,", "score must be"),
        ("a.mp4,FAKE,,high,FAKE,30,32,1.5,", "could not convert"),
        ("a.mp4,FAKE,,0.9,FAKE,-1,32,1.5,", "not be negative"),
        ("a.mp4,FAKE,,0.9,FAKE,many,32,1.5,", "invalid literal"),
        ("a.mp4,FAKE,,0.9,FAKE,30,32,inf,", "seconds must be"),
        ("a.mp4,FAKE,,0.9,FAKE,30,32,1.5,lost", "either a verdict or an error"),
        ("a.mp4,FAKE,,0.9,,30,32,1.5,", "either a verdict or an error"),
        ("a.mp4,FAKE,,,REAL,30,32,1.5,", "needs a score"),
        ("a.mp4,FAKE,,0.9,FAKE,30,32,1.5,,0F", "sha256 cannot be '0F"),
    ],
)
def test_a_row_that_is_no_result_is_refused_by_its_line(tmp_path: Path, row: str, problem: str) -> None:
    path = tmp_path / "results.csv"
    path.write_text(to_csv([GOOD]) + row + "," * (row.count(",") == 8) + "\n", encoding="utf-8")
    with pytest.raises(ResultsInvalid, match=problem) as caught:
        read(path)
    assert caught.value.place == "line 3"


def test_an_open_quotation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(to_csv([GOOD]) + 'a.mp4,FAKE,,0.9,FAKE,30,32,1.5,"open\n', encoding="utf-8")
    with pytest.raises(ResultsInvalid, match="unexpected end") as caught:
        read(path)
    assert caught.value.place == "after line 2"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    with pytest.raises(ResultsInvalid, match="No such file"):
        read(path)
    for content in (b"", b"file,label\na.mp4,FAKE\n", b"\x89PNG\r\n\x1a\n\0\0"):
        path.write_bytes(content)
        with pytest.raises(ResultsInvalid, match="no column"):
            read(path)


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"{','.join(COLUMNS)},score\n", "utf-8")
    with pytest.raises(ResultsInvalid, match="several columns score"):
        read(tmp_path / "rows.csv")


def test_labelled() -> None:
    assert labelled([GOOD, FAILED, NO_FACE], "REAL") == (FAILED,)
