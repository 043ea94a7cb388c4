"""Landmarks of photographs that come without any, found once and kept in a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from genconvit.faces import find_landmarks
from genconvit.pictures import read_picture
from genconvit.records import Pixels
from genconvit.training.boxes import read_cache, write_cache
from genconvit.training.photographs import Photograph, Points, pictures

LONGEST_PX = 800
"""Larger photographs are shrunk to this for the search: dlib's finder takes faces from 80 px on, and minutes for a
photograph of a modern camera."""
KEEP_EVERY = 200
Outline = Callable[[Pixels], Points | None]


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """The photographs of a folder in which a face was found, and the others."""

    photographs: tuple[Photograph, ...]
    without_face: tuple[Path, ...]
    unreadable: tuple[Path, ...]


def outlined(
    folder: Path, cache: Path, find: Outline = find_landmarks, tell: Callable[[int], None] | None = None
) -> Outlined:
    """Every picture in a folder, at any depth, with the landmarks of its largest face.

    Args:
        cache: a JSON file of landmarks by SHA-256 of the picture's file. What it holds is not searched again; what is
            found is written to it now and then, so a search that is stopped goes on where it was.
        tell: gets the number of pictures looked at.

    Raises:
        PhotographsUnreadable: the cache cannot be read.
    """
    kept = read_cache(cache)
    photographs, without, unreadable = [], [], []
    unsaved = 0
    for number, path in enumerate(pictures(folder), start=1):
        data = _content(path)
        digest = hashlib.sha256(data).hexdigest()
        if digest not in kept:
            pixels = read_picture(data)
            if pixels is None:
                unreadable.append(path)
                continue
            kept[digest] = _found(pixels, find)
            unsaved += 1
        if unsaved >= KEEP_EVERY:
            write_cache(cache, kept)
            unsaved = 0
        points = kept[digest]
        if points is None:
            without.append(path)
        else:
            landmarks = np.array(points, np.float32).reshape(-1, 2)
            photographs.append(Photograph(folder.name, path.relative_to(folder).as_posix(), path, landmarks))
        if tell is not None:
            tell(number)
    if unsaved:
        write_cache(cache, kept)
    return Outlined(tuple(photographs), tuple(without), tuple(unreadable))


def _found(pixels: Pixels, find: Outline) -> list[float] | None:
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST_PX / max(height, width))
    if scale < 1:
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    points = find(pixels)
    return None if points is None else [round(float(value) / scale, 1) for value in points.reshape(-1)]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
