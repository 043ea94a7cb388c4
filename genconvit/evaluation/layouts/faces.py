"""Pictures of one face each, already cut out, as training data lies: ``train|valid|test`` and in each ``fake`` and
``real``, or ``fake`` and ``real`` alone."""

from __future__ import annotations

from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import child_folders, contents, named, pictures_below
from genconvit.evaluation.layouts.options import NO_SPLIT, Options

SPLITS = ("train", "valid", "val", "test")


def find(root: Path, options: Options) -> Items:
    """All splits, or the one of ``--split``; the split is the group. See
    :func:`genconvit.evaluation.layouts.find_items`."""
    splits = [folder for name in SPLITS for folder in child_folders(root, name)]
    if options.split not in ("", NO_SPLIT):
        splits = child_folders(root, options.split)
        if not splits:
            raise LayoutUnfit(f"{root} has no folder {options.split}; it holds: {contents(root)}")
    items = [
        Item(named(path, root), path, label, "" if split == root else split.name)
        for split in splits or [root]
        for label in ("FAKE", "REAL")
        for folder in child_folders(split, label)
        for path in pictures_below(folder)
    ]
    if not items:
        raise LayoutUnfit(f"{root} has no pictures in fake or real; it holds: {contents(root)}")
    return Items("faces", root, tuple(items), faces=True)
