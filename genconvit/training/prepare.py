"""From paths to faces to train on and faces that are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genconvit.faces import make_finder
from genconvit.method import Finding
from genconvit.training.batches import Faces, usable
from genconvit.training.boxes import Find, boxes
from genconvit.training.photographs import read, split
from genconvit.training.validation import HELD_OUT

FINDING = Finding("centerface", 640, 0.5, 0, 0)
"""As the ``standard`` method finds faces; its smallest size does not matter for portraits."""


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Training and held-out faces, and the photographs in which the finder saw no face."""

    train: Faces
    held_out: Faces
    without_face: int


def prepare(paths: Sequence[Path], cache: Path, find: Find | None = None) -> Sets:
    """Read photographs, find their faces (kept in ``cache``), split them.

    Raises:
        PhotographsUnreadable
    """
    photographs = read(paths)
    found = boxes(photographs, find or make_finder(FINDING).find, cache)
    train, held_out = split(photographs, HELD_OUT)
    missed = sum(box is None for box in found.values())
    return Sets(usable(train, found), usable(held_out, found), missed)
