"""How labelled data lies on a disk: one module for each way, and each finds the items of a folder or a list.

Videos are told by content when they are opened, so every file counts as one that is not known to be something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts import celeb, dfdc, faceforensics, faces, folders, table, timit
from genconvit.evaluation.layouts.options import Options

_FINDERS: dict[str, tuple[Callable[[Path, Options], Items], tuple[str, ...]]] = {
    "folders": (folders.find, ()),
    "csv": (table.find, ("group",)),
    "dfdc": (dfdc.find, ()),
    "faceforensics": (faceforensics.find, ("compression", "split")),
    "celeb": (celeb.find, ("split",)),
    "timit": (timit.find, ("real",)),
    "faces": (faces.find, ("split",)),
}

NAMES = tuple(_FINDERS)


def find_items(layout: str, path: Path, **options: str) -> Items:
    """The labelled files of ``path``, always in the same order.

    Args:
        layout: one of ``NAMES``.
        options: those of :class:`~genconvit.evaluation.layouts.options.Options`; empty ones are as not given.

    Raises:
        LayoutUnfit: nothing there, not laid out like that, or an option that this layout does not have.
    """
    find, known = _FINDERS[layout]
    for name, value in options.items():
        if value and name not in known:
            raise LayoutUnfit(f"the layout {layout} has no --{name}")
    if not path.exists():
        raise LayoutUnfit(f"there is no {path}")
    try:
        found = find(path, Options(**options))
    except OSError as error:
        raise LayoutUnfit(f"{error.filename or path} cannot be read: {error.strerror or error}") from error
    if not found.items:
        told = "".join(f"; {note}" for note in found.notes)
        raise LayoutUnfit(f"{path} holds no files to examine, laid out as {layout}{told}")
    _refuse_names_that_stand_twice(found.items)
    given = {name: value for name, value in options.items() if value}
    return replace(found, options={**given, **found.options})


def _refuse_names_that_stand_twice(items: Sequence[Item]) -> None:
    """Results are kept by the name, so that of two files with one name only one would be examined."""
    paths: dict[str, Path] = {}
    for item in items:
        if item.file in paths:
            raise LayoutUnfit(f"{paths[item.file]} and {item.path} would both be named {item.file} in the results")
        paths[item.file] = item.path
