"""Files below a folder, in the same order on every system."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from genconvit.evaluation.items import LayoutUnfit

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
_TEXTS = {".json", ".jsonl", ".txt", ".csv", ".tsv", ".md", ".xml", ".html", ".pdf", ".log", ".ini", ".toml", ".yaml"}
_SOUNDS = {".wav", ".mp3", ".flac", ".aac"}
_OTHERS = {".zip", ".tar", ".gz", ".7z", ".npy", ".npz", ".pkl", ".mat", ".h5", ".py", ".sh", ".db", ".part", ".srt"}
NOT_VIDEOS = PICTURES | _TEXTS | _SOUNDS | _OTHERS
_SHOWN = 5


def videos_below(folder: Path) -> Iterator[Path]:
    """Every file that is not known to be something else, at any depth; hidden ones are passed over. Links are followed,
    a link that leads nowhere counts as a file."""
    return (path for path in _below(folder, ()) if path.suffix.lower() not in NOT_VIDEOS)


def pictures_below(folder: Path) -> Iterator[Path]:
    """Files named as pictures, at any depth."""
    return (path for path in _below(folder, ()) if path.suffix.lower() in PICTURES)


def named(path: Path, root: Path) -> str:
    """The path from the root, with ``/``."""
    return path.relative_to(root).as_posix()


def child_folders(folder: Path, name: str) -> list[Path]:
    """The folders of that name in whatever case; several where the file system tells them apart."""
    if not folder.is_dir():
        raise LayoutUnfit(f"{folder} is not a folder")
    return [path for path in _sorted(folder) if path.name.casefold() == name.casefold() and path.is_dir()]


def contents(folder: Path) -> str:
    """What a folder holds, for a sentence."""
    return listed([path.name for path in _sorted(folder)]) or "nothing"


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def text_of(listing: Path) -> str:
    """A whole text file in UTF-8, with or without a byte order mark. Raises LayoutUnfit, OSError."""
    try:
        return listing.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LayoutUnfit(f"{listing} is not a text in UTF-8: {error}") from None


def existing(path: Path) -> Path | None:
    """The path, or the same name in the other of Unicode's two spellings of an umlaut; None where there is neither."""
    spellings = [path, *(path.parent / unicodedata.normalize(form, path.name) for form in ("NFC", "NFD"))]
    return next((spelling for spelling in spellings if spelling.exists()), None)


def _below(folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    for path in _sorted(folder):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path, (*above, real))
        elif path.is_file() or path.is_symlink():
            yield path


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda path: path.name)
