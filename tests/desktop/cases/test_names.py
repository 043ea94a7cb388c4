from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.cases.errors import CaseUnreadable
from desktop.cases.names import file_name, folder_name, inside, unique

RESERVED = ("con", "prn", "aux", "nul", "com1", "lpt9", "com¹")


def safe_on_windows(name: str) -> bool:
    return (
        bool(name)
        and not set(name) & set('<>:"/\\|?*')
        and all(ord(c) >= 32 for c in name)
        and name == name.strip(" .")
        and name.split(".")[0].strip().casefold() not in RESERVED
        and len(name.encode("utf-8")) <= 150
    )


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("2026-0117", "2026-0117"),
        ("Prüfung 7", "Prüfung 7"),
        ("12/2026", "12-2026"),
        ("../../etc", "etc"),
        ("CON", "case-CON"),
        ("nul.2026", "case-nul.2026"),
        ("COM1 ", "case-COM1"),
        ("Az. 3 UJs 12...", "Az. 3 UJs 12"),
        ("", "case"),
        ("...", "case"),
        ("案件 7", "案件 7"),
        ("a\u202eb\x00c", "a-b-c"),
        ("\udcff", "case"),
        ("x" * 300, "x" * 60),
        ("u\u0308", "ü"),
    ],
)
def test_folder_names(number, expected):
    assert folder_name(number) == expected


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_any_case_number_gives_a_name_every_system_takes(number):
    assert safe_on_windows(folder_name(number))


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200), st.text(max_size=30))
def test_any_file_name_gives_one_every_system_takes(stem, extension):
    assert safe_on_windows("".join(file_name(f"{stem}.{extension}")))


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="abcü -._", max_size=70))
def test_a_safe_name_stays_as_it_is_when_made_safe_again(number):
    assert folder_name(folder_name(number)) == folder_name(number)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anruf 1.MP4", ("Anruf 1", ".MP4")),
        ("what?.mov", ("what", ".mov")),
        ("noextension", ("noextension", "")),
        (".mp4", ("mp4", "")),
        ("a.b.c", ("a.b", ".c")),
        ("???.mp4", ("video", ".mp4")),
        ("aux.mp4", ("case-aux", ".mp4")),
    ],
)
def test_file_names_keep_their_extension(name, expected):
    assert file_name(name) == expected


def test_a_taken_name_gets_a_number_before_its_suffix(tmp_path):
    (tmp_path / "A.mp4").touch()
    (tmp_path / "a-2.MP4").touch()
    assert unique("a", ".mp4", tmp_path) == "a-3.mp4"
    assert unique("b", ".mp4", tmp_path) == "b.mp4"


@pytest.mark.parametrize(
    "stored", ["", "../x", "/etc/passwd", "evidence/../../x", "..\\x", "C:/x", "evidence/..", "C:x"]
)
def test_a_path_that_leaves_the_case_is_refused(stored):
    with pytest.raises(CaseUnreadable):
        inside(Path("case"), stored)


def test_a_path_in_the_case_is_taken_as_it_is():
    assert inside(Path("case"), "evidence/a b.mp4") == Path("case", "evidence", "a b.mp4")
