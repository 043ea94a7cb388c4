"""What a layout can be told besides its path."""

from __future__ import annotations

from dataclasses import dataclass

NO_SPLIT = "none"


@dataclass(frozen=True, slots=True)
class Options:
    """All may be empty.

    ``compression``: ``raw``, ``c23`` or ``c40``. ``split``: a file that lists the videos to take, a folder of a split,
    or ``none`` for everything. ``real``: a folder of real videos. ``group``: the column that gives the group.
    """

    compression: str = ""
    split: str = ""
    real: str = ""
    group: str = ""
