from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.report.glyphs import line, printable, prose


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("clip.mp4", "clip.mp4"),
        ("a\nb", "a[U+000A]b"),
        ("a\x07b\x7f", "a[U+0007]b[U+007F]"),
        ("evil\u202egpj.mp4", "evil[U+202E]gpj.mp4"),
        ("twin\u200b.mp4", "twin[U+200B].mp4"),
        ("lost\udcff.mp4", "lost[U+DCFF].mp4"),
        ("\ufffe", "[U+FFFE]"),
        ("עדות.mp4", "\u2066עדות.mp4\u2069"),
        ("a\u0301\u0301\u0301\u0301", "a\u0301\u0301\u0301[U+0301]"),
    ],
)
def test_a_line_shows_what_hides(text: str, printed: str) -> None:
    assert line(text) == printed


def test_a_persian_joiner_stays_in_its_word() -> None:
    assert "می\u200cخواهم" in line("می\u200cخواهم")
    assert line("a\u200cb") == "a[U+200C]b"


def test_prose_keeps_its_lines() -> None:
    assert prose("one\r\ntwo\rthree\tfour") == "one\ntwo\nthree    four"


def test_what_no_font_has_is_spelled_out() -> None:
    asked: list[str] = []

    def missing(characters: str) -> frozenset[str]:
        asked.append(characters)
        return frozenset("张")

    spell = printable(["张 é", "x\u202e", "é"], missing)
    assert [spell(text) for text in ("张 é", "x\u202e")] == ["[U+5F20] é", "x[U+202E]"]
    assert asked == ["é张"]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=40))
def test_a_line_is_always_one_visible_line(text: str) -> None:
    shown = line(text).replace("\u2066", "").replace("\u2069", "").replace("\u200c", "")
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]
    assert shown.isascii() or shown.encode("utf-8")
