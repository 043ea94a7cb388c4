"""Real photographs of one face each, from zips or folders; a ``faces.csv`` in them gives the landmarks."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from genconvit.pictures import read_picture
from genconvit.records import Pixels

LISTING = "faces.csv"
LANDMARKS = 68
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
Points = npt.NDArray[np.float32]


class PhotographsUnreadable(Exception):
    """A source of photographs that cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """A picture, still encoded, with what is known of the face in it."""

    source: str
    """Name of the zip or folder, without its ending."""
    name: str
    encoded: bytes | Path
    """The file's content, or where it lies."""
    landmarks: Points
    """``float32 [68, 2]``, x and y in pixels, in the order of the iBUG 68 points."""

    @property
    def key(self) -> str:
        return f"{self.source}/{self.name}"

    def pixels(self) -> Pixels:
        """``uint8 [height, width, 3]``, RGB. Raises PhotographsUnreadable."""
        try:
            data = self.encoded if isinstance(self.encoded, bytes) else self.encoded.read_bytes()
        except OSError as error:
            raise PhotographsUnreadable(f"{self.key} cannot be read any more: {error.strerror}") from None
        pixels = read_picture(data)
        if pixels is None:
            raise PhotographsUnreadable(f"{self.key} is not a picture that can be read")
        return pixels


def plain_folders(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Those of the paths that are folders of pictures without landmarks."""
    return tuple(path for path in paths if path.is_dir() and not (path / LISTING).is_file() and _pictures(path))


def in_order(paths: Iterable[Path], folder: Path) -> list[Path]:
    """Paths below a folder by their names, alike on every system: as paths, Windows would not tell capitals apart."""
    return sorted(paths, key=lambda path: path.relative_to(folder).as_posix())


def pictures(folder: Path) -> tuple[Path, ...]:
    """Every picture file at any depth, in order."""
    return tuple(in_order(_pictures(folder), folder))


def read(paths: Iterable[Path]) -> tuple[Photograph, ...]:
    """Photographs of zips, of folders of zips, or of folders of pictures with a ``faces.csv``; in order of key.

    Raises:
        PhotographsUnreadable: nothing there, or a listing that does not fit its files.
    """
    found: list[Photograph] = []
    for path in paths:
        if path.is_dir() and not (path / LISTING).is_file():
            for archive in in_order(path.glob("*.zip"), path):
                found += _zip(archive)
        elif path.is_dir():
            found += _folder(path)
        else:
            found += _zip(path)
    if not found:
        raise PhotographsUnreadable(f"no photographs with a {LISTING} in {', '.join(map(str, paths))}")
    return tuple(sorted(found, key=lambda photograph: photograph.key))


def held_out(key: str, share: float) -> bool:
    """Whether a photograph is kept back from training: fixed by a hash of its key, the same in every run.

    It goes by name, not by person: pictures of one person may fall to both sides. Near copies of training photographs
    are taken out by :func:`genconvit.training.twins.without_twins`.
    """
    number = int.from_bytes(hashlib.sha256(key.encode("utf-8")).digest()[:4], "big")
    return number < share * 2**32


def split(photographs: Sequence[Photograph], share: float) -> tuple[list[Photograph], list[Photograph]]:
    """Training photographs and held-out ones."""
    train = [photograph for photograph in photographs if not held_out(photograph.key, share)]
    return train, [photograph for photograph in photographs if held_out(photograph.key, share)]


def _pictures(folder: Path) -> list[Path]:
    if any(folder.glob("*.zip")):
        return []
    return [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()]


def _zip(path: Path) -> list[Photograph]:
    try:
        with zipfile.ZipFile(path) as archive:
            rows = _rows(archive.read(LISTING).decode("utf-8"), str(path))
            return [Photograph(path.stem, name, archive.read(name), points) for name, points in rows]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise PhotographsUnreadable(f"{path}: {error}") from error


def _folder(path: Path) -> list[Photograph]:
    try:
        rows = _rows((path / LISTING).read_text(encoding="utf-8"), str(path))
        return [Photograph(path.name, name, (path / name).read_bytes(), points) for name, points in rows]
    except (OSError, KeyError, ValueError) as error:
        raise PhotographsUnreadable(f"{path}: {error}") from error


def _rows(text: str, where: str) -> list[tuple[str, Points]]:
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        points = [[float(row[f"x{i}"]), float(row[f"y{i}"])] for i in range(LANDMARKS)]
        rows.append((row["file"], np.array(points, np.float32)))
    if not rows:
        raise ValueError(f"{LISTING} of {where} lists nothing")
    return rows
