"""Files to examine, with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class LayoutUnfit(Exception):
    """Data that does not lie as its layout says; the text says where, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file. ``file``: its path from the root of the data, with ``/``, on every system alike. ``label``: ``FAKE``,
    ``REAL`` or empty for unknown. ``group``: its manipulation or source, if the layout tells."""

    file: str
    path: Path
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """What a layout found. ``faces``: the files are pictures of one face each, not videos. ``notes``: what a reader of
    the results should know of the data, for example that listed files are not there. ``options``: what the layout was
    told, and what it found out by itself of the same kind."""

    layout: str
    root: Path
    items: tuple[Item, ...]
    faces: bool = False
    notes: tuple[str, ...] = ()
    options: Mapping[str, str | int] = field(default_factory=dict)


def limited(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """At most ``most`` of them in their order: each label by its share (but one of each, as far as they go round), and
    of a label those that lie evenly spread."""
    if most >= len(items):
        return tuple(items)
    places = {label: [i for i, item in enumerate(items) if item.label == label] for label in ("FAKE", "REAL", "")}
    shares = _shares({label: len(found) for label, found in places.items() if found}, most)
    kept = [places[label][i * len(places[label]) // share] for label, share in shares.items() for i in range(share)]
    return tuple(items[i] for i in sorted(kept))


def _shares(counts: dict[str, int], most: int) -> dict[str, int]:
    """``most`` divided in proportion, the largest remainders rounded up, none below one while there is enough."""
    total = sum(counts.values())
    least = min(1, most // len(counts))
    shares = {label: max(most * count // total, least) for label, count in counts.items()}
    while (left := most - sum(shares.values())) != 0:
        step = 1 if left > 0 else -1
        owed = {label: (most * count / total - shares[label]) * step for label, count in counts.items()}
        open_to = [label for label in counts if shares[label] + step >= least]
        shares[max(open_to, key=lambda label: owed[label])] += step
    return shares
