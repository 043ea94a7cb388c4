"""One row a video: what the evaluation found, and the CSV file that keeps it."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genconvit import whole
from genconvit.errors import ResultsInvalid

FAKE, REAL, INCONCLUSIVE = "FAKE", "REAL", "INCONCLUSIVE"
LABELS = (FAKE, REAL, "")
VERDICTS = (FAKE, REAL, INCONCLUSIVE, "")
COLUMNS = ("file", "label", "group", "score", "verdict", "faces", "frames", "seconds", "error", "sha256")
OF_LATER = ("sha256",)
"""Columns that files of earlier versions do not have; empty then."""

_KEEP_BYTES = "surrogateescape"
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that do not stand for a byte."""
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Result:
    """One video.

    ``label``: ``FAKE``, ``REAL`` or empty for unknown. ``score``: fake, 0..1; None where there was nothing to score.
    ``verdict``: the method's, empty only where an ``error`` says why there is none. ``group``: manipulation or source,
    as the layout names it. ``faces``: faces scored; ``frames``: frames read. ``seconds``: wall clock.
    ``sha256``: of the file, in lower-case hexadecimal; empty where it is not known, as with an error.

    Raises:
        ValueError: a field outside its range.
    """

    file: str
    label: str
    score: float | None
    verdict: str
    faces: int
    frames: int
    seconds: float
    error: str = ""
    group: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        _require(self.label in LABELS, f"label must be FAKE, REAL or empty, not {self.label!r}")
        _require(self.verdict in VERDICTS, f"verdict must be FAKE, REAL, INCONCLUSIVE or empty, not {self.verdict!r}")
        _require(self.score is None or 0 <= self.score <= 1, f"score must be 0 to 1 or empty, not {self.score!r}")
        _require(self.faces >= 0 and self.frames >= 0, "faces and frames must not be negative")
        _require(math.isfinite(self.seconds) and self.seconds >= 0, "seconds must be a number, not negative")
        _require(not self.sha256 or bool(_SHA256.fullmatch(self.sha256)), f"sha256 cannot be {self.sha256!r}")
        _require(bool(self.verdict) != bool(self.error), "a row has either a verdict or an error")
        _require(self.score is not None or self.verdict not in (FAKE, REAL), "a verdict of FAKE or REAL needs a score")


def line(result: Result) -> str:
    """A row of the CSV file with its line end, the score in digits that read back to the same number."""
    cells = [result.file, result.label, result.group, "" if result.score is None else repr(float(result.score))]
    cells += [result.verdict, str(result.faces), str(result.frames), repr(float(result.seconds))]
    cells += [result.error, result.sha256]
    return _csv(cells)


def header() -> str:
    """The first line of the CSV file with its line end."""
    return _csv(COLUMNS)


def to_csv(results: Iterable[Result]) -> str:
    """The whole CSV file."""
    return header() + "".join(line(result) for result in results)


def write(results: Iterable[Result], path: Path) -> None:
    """Write a CSV file whole. Raises OSError."""
    whole.write(path, encoded(to_csv(results)))


def encoded(text: str) -> bytes:
    """UTF-8; a file name that is not valid Unicode keeps its bytes, as Windows' halves of characters become bytes."""
    text = _HALVES.sub(lambda half: half[0].encode("utf-8", "surrogatepass").decode("utf-8", _KEEP_BYTES), text)
    return text.encode("utf-8", _KEEP_BYTES)


def read(path: Path) -> tuple[Result, ...]:
    """The rows of a CSV file. Columns may stand in any order, and further ones are passed over.

    Raises:
        ResultsInvalid: not readable, without a column or with one twice, or with a row that is not a result.
    """
    rows = csv.DictReader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (*(rows.fieldnames or ()), *OF_LATER)]
        if missing:
            raise ResultsInvalid(path, "line 1", f"no column {', '.join(missing)}")
        twice = [name for name in COLUMNS if (rows.fieldnames or ()).count(name) > 1]
        if twice:
            raise ResultsInvalid(path, "line 1", f"several columns {', '.join(twice)}")
        return tuple(_result(path, rows.line_num, row) for row in rows)
    except csv.Error as error:
        raise ResultsInvalid(path, f"after line {rows.line_num}", str(error)) from None


def text_of(path: Path) -> str:
    """A whole text file in UTF-8, with or without a byte order mark.

    Raises:
        ResultsInvalid: it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig", _KEEP_BYTES)
    except OSError as error:
        raise ResultsInvalid(path, "", error.strerror or str(error)) from None


def document_of(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ResultsInvalid: it cannot be read, or is none.
    """
    try:
        document = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise ResultsInvalid(path, "", f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ResultsInvalid(path, "", "must be an object")
    return document


def labelled(results: Sequence[Result], label: str) -> tuple[Result, ...]:
    """Those with that label."""
    return tuple(result for result in results if result.label == label)


def _result(path: Path, number: int, row: dict[str, str | None]) -> Result:
    try:
        cell = {name: row.get(name, "") for name in COLUMNS}
        full = {name: text for name, text in cell.items() if text is not None}
        _require(len(full) == len(COLUMNS), "is cut short")
        return Result(
            file=full["file"],
            label=full["label"],
            group=full["group"],
            score=float(full["score"]) if full["score"] else None,
            verdict=full["verdict"],
            faces=int(full["faces"]),
            frames=int(full["frames"]),
            seconds=float(full["seconds"]),
            error=full["error"],
            sha256=full["sha256"],
        )
    except ValueError as error:
        raise ResultsInvalid(path, f"line {number}", str(error)) from None


def _csv(cells: Sequence[str]) -> str:
    text = io.StringIO(newline="")
    # Python 3.11 quotes a carriage return in a cell only if the line end has one.
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def _require(fits: bool, problem: str) -> None:
    if not fits:
        raise ValueError(problem)
