"""Celeb-DF v2: ``Celeb-real``, ``YouTube-real``, ``Celeb-synthesis``, and ``List_of_testing_videos.txt``.

The list has lines such as ``1 YouTube-real/00170.mp4`` and ``0 Celeb-synthesis/id1_id0_0007.mp4``: 1 means real there.
The label comes from the folder; a list that says otherwise is refused.
"""

from __future__ import annotations

from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import child_folders, contents, existing, listed, named, text_of, videos_below
from genconvit.evaluation.layouts.options import NO_SPLIT, Options

FOLDERS = {"Celeb-real": "REAL", "YouTube-real": "REAL", "Celeb-synthesis": "FAKE"}
LISTING = "List_of_testing_videos.txt"
LABEL_OF = {"1": "REAL", "0": "FAKE"}

Key = tuple[str, str]
"""Name of the folder and of the video, in lower case: copies of the set differ in case, and some add ``videos/``."""


def find(root: Path, options: Options) -> Items:
    """The videos of the list, ``--split`` or the one that comes with the set; all with ``--split none`` or without it.

    See :func:`genconvit.evaluation.layouts.find_items`.
    """
    items: dict[Key, Item] = {}
    for name, label in FOLDERS.items():
        for path in (path for folder in child_folders(root, name) for path in videos_below(folder)):
            item = Item(named(path, root), path, label, name)
            first = items.setdefault((name.lower(), path.name.lower()), item)
            if first is not item:
                raise LayoutUnfit(f"{first.path} and {path} have one name, and the list does not tell them apart")
    if not items:
        raise LayoutUnfit(f"{root} has no videos in {', '.join(FOLDERS)}; it holds: {contents(root)}")
    listing = Path(options.split) if options.split else root / LISTING
    if options.split == NO_SPLIT or (not options.split and existing(listing) is None):
        return Items("celeb", root, tuple(items.values()))
    wanted = _read(listing)
    missing = [text for key, text in wanted.items() if key not in items]
    notes = (f"{len(missing)} listed videos are not there: {listed(missing)}",) if missing else ()
    return Items("celeb", root, tuple(item for key, item in items.items() if key in wanted), notes=notes)


def _read(listing: Path) -> dict[Key, str]:
    wanted: dict[Key, str] = {}
    for number, line in enumerate(text_of(listing).splitlines(), 1):
        if not line.strip():
            continue
        digit, _, text = line.strip().partition(" ")
        folder, _, name = text.strip().replace("\\", "/").partition("/")
        label = next((label for known, label in FOLDERS.items() if known.lower() == folder.lower()), None)
        if digit not in LABEL_OF or label is None or not name:
            raise LayoutUnfit(f"{listing}, line {number}: {line.strip()!r} is not like '1 YouTube-real/00170.mp4'")
        if LABEL_OF[digit] != label:
            raise LayoutUnfit(f"{listing}, line {number}: {digit} before a video of {folder}, but 1 means real")
        wanted[folder.lower(), Path(name).name.lower()] = text.strip()
    return wanted
