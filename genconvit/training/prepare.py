"""From paths to faces to train on and faces that are held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genconvit.faces import make_finder
from genconvit.method import Finding
from genconvit.records import FoundFace, Pixels
from genconvit.training.batches import Faces, usable
from genconvit.training.boxes import Find, boxes
from genconvit.training.landmarks import outlined
from genconvit.training.photographs import Photograph, PhotographsUnreadable, plain_folders, read, split
from genconvit.training.twins import without_twins
from genconvit.training.validation import HELD_OUT

FINDING = Finding("centerface", 640, 0.5, 0, 0)
"""As the ``standard`` method finds faces; its smallest size does not matter for portraits."""
LANDMARKS = "landmarks.json"


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Training and held-out faces, and what was left out."""

    train: Faces
    held_out: Faces
    """None of them a near copy of a training photograph or of one another."""
    without_face: int
    """Photographs in which no face was seen."""
    unreadable: tuple[Path, ...] = ()
    twins: int = 0
    """Held-out photographs that were near copies."""


def prepare(
    paths: Sequence[Path], cache: Path, find: Find | None = None, tell: Callable[[int], None] | None = None
) -> Sets:
    """Read photographs, find their faces, split them.

    Args:
        cache: the file that keeps found boxes; found landmarks are kept beside it.
        tell: gets the number of photographs whose landmarks, then of those whose boxes were looked for.

    Raises:
        PhotographsUnreadable
    """
    plain = plain_folders(paths)
    searched = [outlined(folder, cache.with_name(LANDMARKS), tell=tell) for folder in plain]
    listed = [path for path in paths if path not in plain]
    found = [photograph for folder in searched for photograph in folder.photographs]
    photographs = sorted([*(read(listed) if listed else ()), *found], key=lambda photograph: photograph.key)
    _require_different(photographs)
    boxed = boxes(photographs, find or _Finder().find, cache, tell)
    train, kept_back = split(photographs, HELD_OUT)
    held_out = without_twins(kept_back, train)
    missed = sum(box is None for box in boxed.values()) + sum(len(folder.without_face) for folder in searched)
    unreadable = tuple(path for folder in searched for path in folder.unreadable)
    twins = len(kept_back) - len(held_out)
    return Sets(usable(train, boxed), usable(held_out, boxed), missed, unreadable, twins)


def _require_different(photographs: Sequence[Photograph]) -> None:
    """Boxes are kept by source and name, and the held-out part is chosen by them."""
    counts = Counter(photograph.key for photograph in photographs)
    if twice := [key for key, count in counts.items() if count > 1]:
        raise PhotographsUnreadable(f"two photographs are called {twice[0]}; give their folders different names")


class _Finder:
    """The finder, made when there is something to find."""

    def __init__(self) -> None:
        self._find: Find | None = None

    def find(self, pixels: Pixels) -> Sequence[FoundFace]:
        if self._find is None:
            self._find = make_finder(FINDING).find
        return self._find(pixels)
