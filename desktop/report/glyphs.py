"""Text that can be printed: nothing invisible, nothing that no font has.

A file name may hold control characters, or marks that turn the reading direction round and so make one name look like
another. On paper they stand as their code points, like ``[U+202E]``; so does what none of the fonts can show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

LEFT_TO_RIGHT, OWN_DIRECTION, CLOSE = "\u2066", "\u2068", "\u2069"
"""Isolates and their end: what stands between cannot turn round what stands beside it. A name reads from the left, so
that its ending is where it is looked for; a text in the direction of its first letter."""
_UNPRINTABLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
_JOINER_IN_WORD = re.compile("(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
_PILED_MARKS = re.compile("(?<=[\u0300-\u036f]{3})[\u0300-\u036f]")
_PLACEHOLDER = "\ufffe"
_CODE_POINT = re.compile(r"\[U\+[0-9A-F]{4,6}\]")


def code_point(character: str) -> str:
    """``[U+5F20]``."""
    return f"[U+{ord(character):04X}]"


def holds_code_point(text: str) -> bool:
    return _CODE_POINT.search(text) is not None


def line(text: str) -> str:
    """Text on one line: every invisible character as its code point, a right-to-left text kept apart from the rest."""
    return _isolated(_visible(text), LEFT_TO_RIGHT)


def prose(text: str) -> str:
    """As :func:`line`, but lines stay lines."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "\n".join(_isolated(_visible(part), OWN_DIRECTION) for part in unix.split("\n"))


def printable(texts: Iterable[str], missing: Callable[[str], frozenset[str]]) -> Callable[[str], str]:
    """A function that spells out what cannot be shown in these texts.

    Args:
        missing: of a text with every distinct character once, those that no font has.
    """
    characters = {c for text in texts for c in text if not " " <= c <= "~"} - {
        "\n",
        LEFT_TO_RIGHT,
        OWN_DIRECTION,
        CLOSE,
    }
    odd = {c for c in characters if unicodedata.category(c) in _UNPRINTABLE and c != "\u200c"}
    absent = odd | missing("".join(sorted(characters - odd)))
    return spelling(absent)


def spelling(characters: Iterable[str]) -> Callable[[str], str]:
    """A function that writes these characters as their code points."""
    table = {ord(c): code_point(c) for c in characters}
    return lambda text: text.translate(table)


def _visible(text: str) -> str:
    text = _JOINER_IN_WORD.sub(_PLACEHOLDER, text.replace(_PLACEHOLDER, code_point(_PLACEHOLDER)))
    text = _PILED_MARKS.sub(lambda found: code_point(found[0]), text)
    parts = (code_point(c) if unicodedata.category(c) in _UNPRINTABLE and c != _PLACEHOLDER else c for c in text)
    return "".join(parts).replace(_PLACEHOLDER, "\u200c")


def _isolated(text: str, direction: str) -> str:
    if any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text):
        return f"{direction}{text}{CLOSE}"
    return text
