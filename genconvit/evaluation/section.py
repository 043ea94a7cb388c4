"""The accuracy section of the README, made from measured figures so that it cannot drift from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.kinds import WHAT, KindFigure, Kinds, read_figure
from genconvit.evaluation.marked import Marked
from genconvit.evaluation.results import document_of
from genconvit.evaluation.summary import SCHEMA
from genconvit.evaluation.wording import CAVEATS, area, evaluated, simulated
from genconvit.method import Method

BEGIN = "<!-- accuracy: made by benchmarks/accuracy_section.py, do not edit -->"
END = "<!-- end of accuracy -->"
PLACE = Marked("accuracy", BEGIN, END)
FIXED_SET = (
    "held-out photographs in which the finder saw a face, each real and self-blended, single crops, not mirrored, "
    "degraded by size, noise and JPEG, without a video encoder (the fixed validation set)"
)
SIMULATED_VIDEOS = "simulated videos of held-out photographs that the rule was not derived from"


@dataclass(frozen=True, slots=True)
class FixedSet:
    """What weights reach on the fixed validation set: area under the ROC curve with its interval over ``n`` pairs, and
    over each part of them."""

    weights_sha256: str
    n: int
    auc: float
    low: float
    high: float
    parts: tuple[KindFigure, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A summary as its JSON, and what it was measured on, in words."""

    what: str
    path: Path
    document: Mapping[str, Any]


def read_fixed_set(path: Path) -> FixedSet:
    """Read ``{weights_sha256, n, auc, low, high, parts: [{kind, pairs, auc, low, high}]}``.

    Raises:
        ResultsInvalid: not readable, or of another shape.
    """
    return as_fixed_set(document_of(path), path)


def as_fixed_set(document: Mapping[str, Any], path: Path) -> FixedSet:
    """What was read from the file. Raises ResultsInvalid: of another shape."""
    names = ("weights_sha256", "n", "auc", "low", "high", "parts")
    if set(document) != set(names):
        raise ResultsInvalid(path, "", f"must have the fields {', '.join(names)}")
    if not isinstance(document["parts"], list):
        raise ResultsInvalid(path, "parts", "must list parts of the set")
    parts = tuple(read_figure(path, entry, "parts") for entry in document["parts"])
    found = FixedSet(**{**document, "parts": parts})
    for name, value in {"auc": found.auc, "low": found.low, "high": found.high}.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ResultsInvalid(path, name, f"must be a number from 0 to 1, not {value!r}")
    if not isinstance(found.n, int) or found.n < 1:
        raise ResultsInvalid(path, "n", f"must be a number of pairs, not {found.n!r}")
    return found


def read_evaluation(path: Path, what: str) -> Evaluation:
    """Read the JSON of a summary.

    Raises:
        ResultsInvalid: not readable, or no such summary.
    """
    document = document_of(path)
    if document.get("schema") != SCHEMA:
        raise ResultsInvalid(path, "schema", f"must be {SCHEMA}, not {document.get('schema')!r}")
    return Evaluation(what, path, document)


def render(fixed: FixedSet, kinds: Kinds, method: Method, evaluations: Sequence[Evaluation]) -> str:
    """The section between its markers, markers included, with a line end.

    Raises:
        ResultsInvalid: figures of other weights, of another way of scoring or of another rule than the method's.
    """
    _same(fixed.weights_sha256, method.weights[0].sha256, "fixed_set.json", "weights_sha256")
    _same(kinds.core_sha256, method.core_sha256, "kinds.json", "core_sha256")
    for evaluation in evaluations:
        _same_method(evaluation, method)
    measured = [(evaluation.what, *evaluated(evaluation.document)) for evaluation in evaluations]
    rows = [_fixed_row(fixed), (WHAT, *kinds.result()), (SIMULATED_VIDEOS, *simulated(method)), *measured]
    table = ["| Measured on | n | Result |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    caveats = [f"- {caveat}" for caveat in CAVEATS]
    return (
        "\n".join([BEGIN, "", _heading(method), "", *table, "", "To be read with them:", "", *caveats, "", END]) + "\n"
    )


def _heading(method: Method) -> str:
    return (
        f"Of the shipped weights (`weight/cards/{method.weights[0].name}.toml`) and the method `{method.name}` "
        f"(`weight/methods/{method.name}.toml`), with 95 % intervals in "
        "brackets (bootstrap for areas where no other is named, Wilson's for shares):"
    )


def _fixed_row(fixed: FixedSet) -> tuple[str, str, str]:
    result = f"area under the ROC curve {area(fixed.auc, fixed.low, fixed.high, fixed.n)}"
    if fixed.parts:
        result += f"; of its parts, {'; '.join(part.words(counted=True) for part in fixed.parts)}"
    return FIXED_SET, f"{fixed.n:,} pairs", result


def _same(found: str, expected: str, file: str, field: str) -> None:
    if found != expected:
        raise ResultsInvalid(Path(file), field, f"is not that of the method, {expected}")


def _same_method(evaluation: Evaluation, method: Method) -> None:
    """The last of them covers all the rest, sampling included; those before it say what differs."""
    judge = evaluation.document.get("method") or {}
    rule = method.rule
    expected = {
        "core_sha256": method.core_sha256,
        "upper": rule and rule.upper,
        "lower": rule and rule.lower,
        "sha256": method.sha256,
    }
    for name, value in expected.items():
        if judge.get(name) != value:
            raise ResultsInvalid(
                evaluation.path, f"method.{name}", f"is not that of {method.name}: {judge.get(name)!r}"
            )
