"""A CSV file with a header, ``file,label`` and maybe more: paths from the folder it lies in, ``FAKE``, ``REAL`` or
nothing where the label is not known, and a ``group``, ``source`` or ``method`` for the group."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from genconvit.evaluation.items import Item, Items, LayoutUnfit
from genconvit.evaluation.layouts.files import existing, text_of
from genconvit.evaluation.layouts.options import Options

GROUPS = ("group", "source", "method")
LABELS = ("FAKE", "REAL", "")


def find(listing: Path, options: Options) -> Items:
    """A listed file that is not there is an item all the same. See :func:`genconvit.evaluation.layouts.find_items`."""
    if listing.is_dir():
        raise LayoutUnfit(f"{listing} is a folder; name the CSV file")
    text = text_of(listing)
    try:
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise LayoutUnfit(f"{listing} is not a CSV file: {error}") from error
    for name in ("file", "label"):
        if name not in columns:
            raise LayoutUnfit(f"{listing} has no column {name!r}; its columns are: {', '.join(columns) or 'none'}")
    group = _group(listing, columns, rows, options.group.lower())
    items: dict[str, Item] = {}
    for number, row in rows:
        if not (file := (row[columns["file"]] or "").strip()):
            continue
        label = (row[columns["label"]] or "").strip().upper()
        if label not in LABELS:
            raise LayoutUnfit(f"{listing}, line {number}: the label {label!r} must be FAKE, REAL or empty")
        path = _path(listing.parent, file)
        item = Item(file.replace("\\", "/"), path, label, (row.get(group) or "").strip() if group else "")
        if item.file in items:
            raise LayoutUnfit(f"{listing}, line {number}: {file} is listed twice")
        items[item.file] = item
    return Items("csv", listing.parent, tuple(items.values()))


def _group(listing: Path, columns: dict[str, str], rows: list[tuple[int, dict[str, str]]], asked: str) -> str:
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
