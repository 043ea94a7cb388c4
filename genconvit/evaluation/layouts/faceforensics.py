"""FaceForensics++ and DeepFakeDetection as their download script lays them out.

``original_sequences/{youtube,actors}/{raw,c23,c40}/videos`` and ``manipulated_sequences/<manipulation>/{raw,c23,c40}/
videos``. A split is a JSON list of pairs of originals, ``[["953", "974"], ...]``: ``953``, ``974``, ``953_974`` and
``974_953`` belong to it. It speaks of the youtube sequences and what was made of them only.
"""

from __future__ import annotations

import json
from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import child_folders, contents, existing, listed, named, text_of, videos_below
from genconvit.evaluation.layouts.options import NO_SPLIT, Options

COMPRESSIONS = ("raw", "c23", "c40")
TOPS = {"REAL": "original_sequences", "FAKE": "manipulated_sequences"}
WITHOUT_SPLIT = ("actors", "deepfakedetection")

Sources = list[tuple[str, Path]]
"""Label and folder of each youtube, actors, Deepfakes, ..."""


def find(root: Path, options: Options) -> Items:
    """See :func:`genconvit.evaluation.layouts.find_items`."""
    sources: Sources = [
        (label, source)
        for label, top in TOPS.items()
        for folder in child_folders(root, top)
        for source in sorted(folder.iterdir())
        if source.is_dir() and not source.name.startswith(".")
    ]
    if not sources:
        raise LayoutUnfit(f"{root} has no {' and no '.join(TOPS.values())}; it holds: {contents(root)}")
    compression = options.compression or _only_compression(root, sources)
    items = [
        Item(named(path, root), path, label, source.name)
        for label, source in sources
        for quality in child_folders(source, compression)
        for folder in child_folders(quality, "videos")
        for path in videos_below(folder)
    ]
    if not items:
        raise LayoutUnfit(f"{root} has no videos in {compression}")
    if options.split in ("", NO_SPLIT):
        kept, notes = items, list[str]()
    else:
        kept, notes = _of_split(items, Path(options.split))
    return Items("faceforensics", root, tuple(kept), notes=tuple(notes), options={"compression": compression})


def _only_compression(root: Path, sources: Sources) -> str:
    there = [name for name in COMPRESSIONS if any(child_folders(source, name) for _, source in sources)]
    if len(there) != 1:
        raise LayoutUnfit(f"{root} holds {' and '.join(there) or 'no raw, c23 or c40'}: name one with --compression")
    return there[0]


def _of_split(items: list[Item], split: Path) -> tuple[list[Item], list[str]]:
    pairs = _pairs(split)
    wanted = {
        "REAL": {name for pair in pairs for name in pair},
        "FAKE": {name for a, b in pairs for name in (f"{a}_{b}", f"{b}_{a}")},
    }
    spoken_of = [item for item in items if item.group.casefold() not in WITHOUT_SPLIT]
    kept = [item for item in spoken_of if item.path.stem in wanted[item.label]]
    groups = {(item.group, item.label): set[str]() for item in spoken_of}
    for item in kept:
        groups[item.group, item.label].add(item.path.stem)
    missing = [f"{group}/{name}" for (group, label), got in groups.items() for name in sorted(wanted[label] - got)]
    notes = [f"{len(missing)} videos of {split.name} are not there: {listed(missing)}"] if missing else []
    if left_out := len(items) - len(spoken_of):
        notes.append(
            f"{left_out} videos of DeepFakeDetection and its actors are left out: {split.name} has none of them"
        )
    return kept, notes


def _pairs(split: Path) -> list[tuple[str, str]]:
    path = existing(split)
    if path is None:
        raise LayoutUnfit(f"there is no {split}")
    try:
        pairs = json.loads(text_of(path))
        checked = [(str(a), str(b)) for a, b in pairs]
    except (ValueError, TypeError) as error:
        raise LayoutUnfit(f'{split} is not a list of pairs like [["953", "974"]]: {error}') from error
    return checked
