"""DFDC: a ``metadata.json`` beside the videos, ``{"x.mp4": {"label": "FAKE" | "REAL", ...}}``; in the folder itself or
in folders below it, such as ``dfdc_train_part_0``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import contents, existing, listed, named, text_of, videos_below
from genconvit.evaluation.layouts.options import Options

LISTING = "metadata.json"


def find(root: Path, options: Options) -> Items:
    """See :func:`genconvit.evaluation.layouts.find_items`."""
    listings = sorted(root.rglob(LISTING), key=lambda path: named(path, root)) if root.is_dir() else []
    if not listings:
        raise LayoutUnfit(f"{root} has no {LISTING}, nor a folder with one; it holds: {_contents(root)}")
    items: list[Item] = []
    missing: list[str] = []
    again: list[str] = []
    for listing in listings:
        labels, twice = _labels(listing)
        again += [named(listing.parent / name, root) for name in twice]
        for name in sorted(labels):
            path = existing(listing.parent / name)
            if path is None:
                missing.append(named(listing.parent / name, root))
            else:
                items.append(Item(named(path, root), path, labels[name]))
    known = {item.file for item in items}
    there = dict.fromkeys(named(path, root) for listing in listings for path in videos_below(listing.parent))
    strays = [file for file in there if file not in known]
    notes = [f"{len(missing)} listed files are not there: {listed(missing)}"] if missing else []
    notes += [f"{len(strays)} files stand in no {LISTING} and are left out: {listed(strays)}"] if strays else []
    notes += [f"{len(again)} names stand twice in a {LISTING}, and count once: {listed(again)}"] if again else []
    return Items("dfdc", root, tuple(items), notes=tuple(notes))


class _Object(dict[str, Any]):
    """A JSON object that knows which of its names stand in it more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs
        self.twice = [name for name, number in Counter(name for name, _ in pairs).items() if number > 1]


def _labels(listing: Path) -> tuple[dict[str, str], list[str]]:
    """The label of each name, and the names that stand there twice."""
    try:
        entries = json.loads(text_of(listing), object_pairs_hook=_Object)
    except ValueError as error:
        raise LayoutUnfit(f"{listing} is not JSON: {error}") from error
    if not isinstance(entries, _Object):
        raise LayoutUnfit(f"{listing} must be a table of file names")
    labels: dict[str, str] = {}
    for name, entry in entries.pairs:
        label = entry.get("label") if isinstance(entry, dict) else None
        if label not in ("FAKE", "REAL"):
            raise LayoutUnfit(f"{listing}: {name} has the label {label!r}; it must be FAKE or REAL")
        if Path(name).name != name:
            raise LayoutUnfit(f"{listing}: {name!r} is not the name of a file beside it")
        if labels.setdefault(name, str(label)) != label:
            raise LayoutUnfit(f"{listing}: {name} stands there twice, labelled differently")
    return labels, entries.twice


def _contents(root: Path) -> str:
    return contents(root) if root.is_dir() else "it is not a folder"
