"""Where things lie in a case folder, and names that Windows, Linux and macOS all take."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

from desktop.cases.errors import CaseUnreadable

CASE_FILE = "case.json"
LOCK_FILE = "case.lock"
EVIDENCE = "evidence"
ANALYSES = "analyses"
CERTIFICATES = "certificates"
FRAMES = "frames"
REPORTS = "reports"
STAGING = ".staging"
"""Half-made files. Emptied when the case is opened for writing; of no meaning to anybody else."""

_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [device + digit for device in ("com", "lpt") for digit in "0123456789¹²³"]
)
_LONGEST = 60
_LONGEST_BYTES = 140
"""Of UTF-8: encrypted home folders on Linux allow 143."""


def folder_name(number: str) -> str:
    """A folder name as close to the case number as every system allows; ``case`` when nothing is left of it."""
    return _safe(number, _LONGEST, _LONGEST_BYTES) or "case"


def file_name(name: str) -> tuple[str, str]:
    """Stem and suffix, with its dot, of a file name as close to ``name`` as every system allows."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    extension = _safe(extension, 10, 20)
    stem = _safe(stem, _LONGEST, _LONGEST_BYTES - 24) or "video"
    return stem, dot + extension if extension else ""


def unique(stem: str, suffix: str, folder: Path) -> str:
    """``stem + suffix``, or with -2, -3, ... between them where the folder has that already. Raises OSError.

    Letters' case makes no difference: Windows and macOS know one name where Linux knows two.
    """
    taken = {path.name.casefold() for path in folder.iterdir()}
    name, number = stem + suffix, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name


def inside(folder: Path, stored: str) -> Path:
    """The file that a document of the case names.

    Raises:
        CaseUnreadable: the path leaves the case folder.
    """
    path = PurePosixPath(stored)
    if not stored or path.is_absolute() or ".." in path.parts or "\\" in stored or ":" in stored:
        raise CaseUnreadable(folder / CASE_FILE, f"the path {stored!r} leaves the case folder")
    return folder.joinpath(*path.parts)


def _safe(text: str, longest: int, longest_bytes: int) -> str:
    kept = "".join(_character(c) for c in unicodedata.normalize("NFC", text))
    kept = "-".join(part for part in kept.split("-") if part)[:longest]
    while len(kept.encode("utf-8")) > longest_bytes:
        kept = kept[:-1]
    kept = kept.strip(" .-")
    return f"case-{kept}" if kept.split(".")[0].strip().casefold() in _RESERVED else kept


def _character(character: str) -> str:
    # Category C covers control characters, invisible marks that turn the reading direction, and lone surrogates.
    if character == " ":
        return character
    if character in _FORBIDDEN or character.isspace() or unicodedata.category(character).startswith("C"):
        return "-"
    return character
