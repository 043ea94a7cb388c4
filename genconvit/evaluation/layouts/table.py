"""A CSV file with a header, ``file,label`` and maybe more: paths from the folder it lies in, ``FAKE``, ``REAL`` or
nothing where the label is not known, and a ``group``, ``source`` or ``method`` for the group."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import existing, listed, text_of
from genconvit.evaluation.layouts.options import Options

GROUPS = ("group", "source", "method")
LABELS = ("FAKE", "REAL", "")
Row = dict[str | None, str | None]
"""The cells by their columns; None where the line is too short."""


def find(listing: Path, options: Options) -> Items:
    """A listed file that is not there is an item all the same; a file that is listed under several paths is one item.

    See :func:`genconvit.evaluation.layouts.find_items`.
    """
    if listing.is_dir():
        raise LayoutUnfit(f"{listing} is a folder; name the CSV file")
    text = text_of(listing)
    try:
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        columns = _columns(listing, reader.fieldnames or ())
        rows: list[tuple[int, Row]] = [(reader.line_num, {**row}) for row in reader]
    except csv.Error as error:
        raise LayoutUnfit(f"{listing} is not a CSV file: {error}") from error
    for name in ("file", "label"):
        if name not in columns:
            raise LayoutUnfit(f"{listing} has no column {name!r}; its columns are: {', '.join(columns) or 'none'}")
    group = _group(listing, columns, rows, options.group.lower())
    items: dict[str, Item] = {}
    again: list[str] = []
    for number, row in rows:
        if not any(isinstance(cell, str) and cell.strip() for cell in row.values()):
            continue
        place = f"{listing}, line {number}"
        file, label = (_cell(place, row, columns, name) for name in ("file", "label"))
        if not file or "\0" in file:
            raise LayoutUnfit(f"{place}: names no file")
        if label.upper() not in LABELS:
            raise LayoutUnfit(f"{place}: the label {label.upper()!r} must be FAKE, REAL or empty")
        path = _path(listing.parent, file)
        item = Item(file.replace("\\", "/"), path, label.upper(), (row.get(group) or "").strip() if group else "")
        first = items.setdefault(os.path.normcase(os.path.realpath(path)), item)
        if first.label != item.label:
            raise LayoutUnfit(f"{place}: {file} is the same file as {first.file}, but is labelled differently")
        if first is not item:
            again.append(f"{file} (line {number})")
    note = f"{len(again)} lines name a file that stands further up, and count once: {listed(again)}"
    return Items("csv", listing.parent, tuple(items.values()), notes=(note,) if again else ())


def _columns(listing: Path, header: Sequence[str]) -> dict[str, str]:
    """The header's names as they are looked up, and as they stand."""
    names = [name.strip().lower() for name in header]
    twice = [name for name, number in Counter(names).items() if name and number > 1]
    if twice:
        raise LayoutUnfit(f"{listing}, line 1: several columns are called {listed(twice)}")
    return dict(zip(names, header, strict=True))


def _cell(place: str, row: Row, columns: dict[str, str], name: str) -> str:
    cell = row[columns[name]]
    if cell is None:
        raise LayoutUnfit(f"{place}: has no cell for {name!r}")
    return cell.strip()


def _group(listing: Path, columns: dict[str, str], rows: list[tuple[int, Row]], asked: str) -> str:
    """The column that is asked for, else the first of ``GROUPS`` that is there and not empty throughout."""
    if asked:
        if asked not in columns:
            raise LayoutUnfit(f"{listing} has no column {asked!r}; its columns are: {', '.join(columns)}")
        return columns[asked]
    there = (columns[name] for name in GROUPS if name in columns)
    return next((column for column in there if any(row[column] for _, row in rows)), "")


def _path(folder: Path, file: str) -> Path:
    path = folder / file
    return existing(path) or existing(folder / file.replace("\\", "/")) or path
