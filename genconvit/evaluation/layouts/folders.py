"""``fake`` and ``real`` (in any case), each with videos at any depth; a folder within one is a group."""

from __future__ import annotations

from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import child_folders, contents, named, videos_below
from genconvit.evaluation.layouts.options import Options


def find(root: Path, options: Options) -> Items:
    """See :func:`genconvit.evaluation.layouts.find_items`."""
    found = {label: child_folders(root, label) for label in ("FAKE", "REAL")}
    if not any(found.values()):
        raise LayoutUnfit(f"{root} has neither a folder fake nor a folder real; it holds: {contents(root)}")
    items = [
        Item(named(path, root), path, label, parts[0] if len(parts := path.relative_to(folder).parts) > 1 else "")
        for label, folders in found.items()
        for folder in folders
        for path in videos_below(folder)
    ]
    return Items("folders", root, tuple(items))
