"""How weights do on each kind of simulated fake, as ``benchmarks/kinds.py`` measures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.results import document_of
from genconvit.evaluation.wording import area

WHAT = (
    "held-out photographs, each real and with one kind of fake, degraded like video, half of them by an encoder, real "
    "and fake alike, scored as the method scores a face"
)


@dataclass(frozen=True, slots=True)
class KindFigure:
    """Area under the ROC curve of one kind's fakes against the reals of the same ``pairs``, bootstrap 95 % interval."""

    kind: str
    pairs: int
    auc: float
    low: float
    high: float

    def words(self, counted: bool = False) -> str:
        """The area in words, with the number of pairs if it is not told beside it."""
        kind = f"{self.kind} ({self.pairs:,} pairs)" if counted else self.kind
        return f"{kind}: {area(self.auc, self.low, self.high, self.pairs)}"


@dataclass(frozen=True, slots=True)
class Kinds:
    """Of one way of scoring."""

    core_sha256: str
    """Of the method's core: weights, finder, crop and scoring."""
    figures: tuple[KindFigure, ...]

    def result(self) -> tuple[str, str]:
        """How many pairs, and the areas, in words."""
        areas = "; ".join(kind.words() for kind in self.figures)
        most = max(kind.pairs for kind in self.figures)
        return f"{most:,} pairs a kind", f"area under the ROC curve, {areas}"


def read_kinds(path: Path) -> Kinds:
    """Read ``{core_sha256, figures: [{kind, pairs, auc, low, high}]}``.

    Raises:
        ResultsInvalid: not readable, or of another shape.
    """
    document = document_of(path)
    if set(document) != {"core_sha256", "figures"}:
        raise ResultsInvalid(path, "", "must have the fields core_sha256 and figures")
    listed = document["figures"]
    if not isinstance(listed, list) or not listed:
        raise ResultsInvalid(path, "figures", "must list kinds of fakes")
    return Kinds(str(document["core_sha256"]), tuple(read_figure(path, entry) for entry in listed))


def read_figure(path: Path, entry: Mapping[str, Any], field: str = "figures") -> KindFigure:
    """One of a file's ``{kind, pairs, auc, low, high}``, listed in that field.

    Raises:
        ResultsInvalid: of another shape.
    """
    try:
        found = KindFigure(**entry)
    except TypeError:
        raise ResultsInvalid(path, field, "each must have kind, pairs, auc, low and high") from None
    areas = (found.auc, found.low, found.high)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 for value in areas):
        raise ResultsInvalid(path, f"{field}.{found.kind}", f"areas must be numbers from 0 to 1, not {areas}")
    if not isinstance(found.pairs, int) or found.pairs < 1:
        raise ResultsInvalid(path, f"{field}.{found.kind}", f"pairs must be a number of pairs, not {found.pairs!r}")
    return found
