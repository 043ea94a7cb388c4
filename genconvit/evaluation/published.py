"""The result files that the GenConViT authors publish, one row a video, read as they stand.

Such a file is a JSON object ``video`` of columns of equal length: ``name``; ``pred``, the printed score, 0..1, 1 for
fake; ``klass``, manipulation or source, a text or a list of texts; ``pred_label``, the script's decision; and
``correct_label``. The script decides FAKE at 0.5 or more, so that a video without a face, whose score it sets to
exactly 0.5, is FAKE; here such videos count as the files have them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.figures import Figure
from genconvit.evaluation.results import FAKE, REAL, Result, text_of
from genconvit.evaluation.summary import Summary, summarise

COLUMNS = ("name", "pred", "klass", "pred_label", "correct_label")
HEADINGS = ("set", "real/fake", "accuracy", "real acc.", "AUC", "F1", "false positives at 0.5")


def read(path: Path) -> tuple[Result, ...]:
    """The rows of a file, in its order. Faces, frames and seconds are not in it: 0.

    Raises:
        ResultsInvalid: not readable, of another shape, without videos, or with a value out of its range.
    """
    columns = _columns(path, _document(path))
    if not columns[0]:
        raise ResultsInvalid(path, "video", "holds no videos")
    return tuple(_result(path, number, *row) for number, row in enumerate(zip(*columns, strict=True)))


def report(paths: Sequence[Path]) -> str:
    """The table of the files, and what must be known to read it.

    Raises:
        ResultsInvalid: a file that cannot be read; then there is no table.
    """
    files = [(path.stem, read(path)) for path in paths]
    text = table([(name, summarise(rows)) for name, rows in files])
    shared = [note for first, second in combinations(files, 2) for note in _shared(first, second)]
    return text + "".join(f"{line}\n" for line in (["", *shared] if shared else []))


def _shared(first: tuple[str, Sequence[Result]], second: tuple[str, Sequence[Result]]) -> list[str]:
    number = len({row.file for row in first[1]} & {row.file for row in second[1]})
    if not number:
        return []
    return [
        f"{number} videos stand in both {first[0]} and {second[0]}, by their names: these two rows are not independent."
    ]


def table(rows: Sequence[tuple[str, Summary]]) -> str:
    """A row a file, in aligned columns, with a line end; below it notes on scores of 0.5 and on unlike decisions."""
    lines = [HEADINGS, *(_row(name, summary) for name, summary in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    text = "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in ruled
    )
    notes = [note for name, summary in rows for note in _notes(name, summary)]
    return "\n".join([text, *(["", *notes] if notes else [])]) + "\n"


def _row(name: str, summary: Summary) -> tuple[str, ...]:
    half, area = summary.at_half, summary.scores.auc
    counts = f"{summary.real.all}/{summary.fake.all}"
    return (
        name,
        counts,
        _percent(half.accuracy, 2),
        _percent(half.real_accuracy, 2),
        _bare(area, 4),
        _bare(half.f1, 3),
        _percent(half.false_positives, 1),
    )


def _notes(name: str, summary: Summary) -> list[str]:
    notes = []
    if summary.exactly_half:
        notes.append(
            f"{name}: {summary.exactly_half} videos have a score of exactly 0.5, the script's mark of a video without "
            f"a face; at 0.5 they are FAKE."
        )
    called = summary.confusion[REAL][FAKE], summary.confusion[FAKE][FAKE]
    half = summary.at_half.false_positives.hits or 0, summary.at_half.fake_accuracy.hits or 0
    if called != half:
        notes.append(
            f"{name}: the file's own decisions call {called[0]} real and {called[1]} fake videos FAKE, its scores at "
            f"0.5 {half[0]} and {half[1]}. The table goes by the scores."
        )
    return notes


def _percent(figure: Figure, decimals: int) -> str:
    if figure.value is None:
        return "-"
    exact = figure.value if figure.hits is None else figure.hits / figure.n
    return f"{exact * 100:.{decimals}f} %"


def _bare(figure: Figure, decimals: int) -> str:
    """Without the zero before the point, as such tables have it."""
    return "-" if figure.value is None else f"{figure.value:.{decimals}f}".removeprefix("0")


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise ResultsInvalid(path, "", f"not JSON: {error}") from None
    columns = document.get("video") if isinstance(document, dict) else None
    if not isinstance(columns, dict):
        raise ResultsInvalid(path, "video", "must be an object of columns")
    return columns


def _columns(path: Path, document: Mapping[str, Any]) -> list[list[Any]]:
    columns: list[list[Any]] = []
    for name in COLUMNS:
        column = document.get(name)
        if not isinstance(column, list):
            raise ResultsInvalid(path, f"video.{name}", "must be a list" if name in document else "is missing")
        if columns and len(column) != len(columns[0]):
            raise ResultsInvalid(path, f"video.{name}", f"has {len(column)} entries, not {len(columns[0])}")
        columns.append(column)
    return columns


def _result(path: Path, number: int, name: Any, score: Any, group: Any, called: Any, label: Any) -> Result:
    place = f"video {number + 1}"
    if not isinstance(name, str):
        raise ResultsInvalid(path, place, f"name must be a text, not {name!r}")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise ResultsInvalid(path, place, f"pred must be a number from 0 to 1, not {score!r}")
    for column, value in (("pred_label", called), ("correct_label", label)):
        if value not in (FAKE, REAL):
            raise ResultsInvalid(path, place, f"{column} must be FAKE or REAL, not {value!r}")
    groups = group if isinstance(group, list) else [group]
    if any(not isinstance(each, str) for each in groups):
        raise ResultsInvalid(path, place, f"klass must be a text or a list of texts, not {group!r}")
    return Result(name, label, float(score), called, 0, 0, 0.0, group=" + ".join(groups))
