"""DFDC: a ``metadata.json`` beside the videos, ``{"x.mp4": {"label": "FAKE" | "REAL", ...}}``; in the folder itself or
in folders below it, such as ``dfdc_train_part_0``."""

from __future__ import annotations

import json
from pathlib import Path

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
    for listing in listings:
        labels = _labels(listing)
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
    return Items("dfdc", root, tuple(items), notes=tuple(notes))


def _labels(listing: Path) -> dict[str, str]:
    try:
        entries = json.loads(text_of(listing))
    except ValueError as error:
        raise LayoutUnfit(f"{listing} is not JSON: {error}") from error
    if not isinstance(entries, dict):
        raise LayoutUnfit(f"{listing} must be a table of file names")
    labels: dict[str, str] = {}
    for name, entry in entries.items():
        label = entry.get("label") if isinstance(entry, dict) else None
        if label not in ("FAKE", "REAL"):
            raise LayoutUnfit(f"{listing}: {name} has the label {label!r}; it must be FAKE or REAL")
        if Path(name).name != name:
            raise LayoutUnfit(f"{listing}: {name!r} is not the name of a file beside it")
        labels[name] = str(label)
    return labels


def _contents(root: Path) -> str:
    return contents(root) if root.is_dir() else "it is not a folder"
