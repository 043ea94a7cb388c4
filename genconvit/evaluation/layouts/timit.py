"""DeepfakeTIMIT: ``higher_quality`` and ``lower_quality``, in each a folder a subject with ``sa1-video-fram1.avi`` and
the like, all fake. The real ones are VidTIMIT's, in a folder ``real`` beside them or anywhere else.

VidTIMIT itself keeps its recordings as folders of numbered JPEG files; those are not videos, and are refused.
"""

from __future__ import annotations

from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import child_folders, contents, named, pictures_below, videos_below
from genconvit.evaluation.layouts.options import Options

QUALITIES = ("higher_quality", "lower_quality")
REAL = "real"
JPEG = b"\xff\xd8\xff"


def find(root: Path, options: Options) -> Items:
    """See :func:`genconvit.evaluation.layouts.find_items`."""
    fakes = [
        Item(named(path, root), path, "FAKE", quality)
        for quality in QUALITIES
        for folder in child_folders(root, quality)
        for path in videos_below(folder)
    ]
    if not fakes:
        raise LayoutUnfit(f"{root} has no videos in {' or '.join(QUALITIES)}; it holds: {contents(root)}")
    folders = [Path(options.real)] if options.real else child_folders(root, REAL)
    reals = [item for folder in folders for item in _reals(folder)]
    notes = () if reals else ("there are no real videos: name their folder with --real",)
    told = {"real": str(folders[0].resolve())} if folders else {}
    return Items("timit", root, tuple(fakes + reals), notes=notes, options=told)


def _reals(folder: Path) -> list[Item]:
    if not folder.is_dir():
        raise LayoutUnfit(f"{folder} is not a folder")
    paths = list(videos_below(folder))
    videos = [path for path in paths if path.suffix or not _is_jpeg(path)]
    if not videos and (paths or any(pictures_below(folder))):
        raise LayoutUnfit(
            f"{folder} holds numbered pictures, as VidTIMIT comes: make a video of each of its folders first"
        )
    return [Item(f"{REAL}/{named(path, folder)}", path, "REAL", "VidTIMIT") for path in videos]


def _is_jpeg(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(JPEG)) == JPEG
    except OSError:
        return False
