"""The accuracy section of the README, made from measured figures so that it cannot drift from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.results import FAKE, INCONCLUSIVE, REAL, text_of
from genconvit.evaluation.summary import SCHEMA
from genconvit.method import Method, RuleEvidence

BEGIN = "<!-- accuracy: made by benchmarks/accuracy_section.py, do not edit -->"
END = "<!-- end of accuracy -->"
SIMULATED = "Simulated videos: "
SIMULATED_RATES = (
    "real ones called FAKE",
    "real ones called REAL",
    "self-blended ones called FAKE",
    "self-blended ones called REAL",
)
FEW = 100
"""Below this many a figure is given with a digit less."""
FIXED_SET = (
    "held-out photographs, each real and self-blended, single crops, degraded like video (the fixed validation set)"
)
SIMULATED_VIDEOS = "simulated videos of held-out photographs that the rule was not derived from"


@dataclass(frozen=True, slots=True)
class FixedSet:
    """What weights reach on the fixed validation set: area under the ROC curve with its interval over ``n`` pairs, and
    the area of each part by its words."""

    weights_sha256: str
    n: int
    auc: float
    low: float
    high: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A summary as its JSON, and what it was measured on, in words."""

    what: str
    path: Path
    document: Mapping[str, Any]


def read_fixed_set(path: Path) -> FixedSet:
    """Read ``{weights_sha256, n, auc, low, high, parts: {words: area}}``.

    Raises:
        ResultsInvalid: not readable, or of another shape.
    """
    document = _document(path)
    names = ("weights_sha256", "n", "auc", "low", "high", "parts")
    if set(document) != set(names):
        raise ResultsInvalid(path, "", f"must have the fields {', '.join(names)}")
    found = FixedSet(**document)
    shares = {"auc": found.auc, "low": found.low, "high": found.high}
    if not isinstance(found.parts, dict):
        raise ResultsInvalid(path, "parts", "must be an object of areas")
    for name, value in {**shares, **{f"parts.{words}": area for words, area in found.parts.items()}}.items():
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
    document = _document(path)
    if document.get("schema") != SCHEMA:
        raise ResultsInvalid(path, "schema", f"must be {SCHEMA}, not {document.get('schema')!r}")
    return Evaluation(what, path, document)


def render(fixed: FixedSet, method: Method, evaluations: Sequence[Evaluation]) -> str:
    """The section between its markers, markers included, with a line end.

    Raises:
        ResultsInvalid: figures of other weights, of another way of scoring or of another rule than the method's.
    """
    _same_weights(fixed, method)
    for evaluation in evaluations:
        _same_method(evaluation, method)
    rows = [_fixed_row(fixed), _simulated_row(method), *map(_evaluated_row, evaluations)]
    table = ["| Measured on | n | Result |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([BEGIN, "", _heading(method), "", *table, "", END]) + "\n"


def current(readme: str) -> str:
    """The section that a README has, markers included, with a line end.

    Raises:
        ValueError: not exactly one section.
    """
    start, end = _places(readme)
    return readme[start:end]


def replaced(readme: str, section: str) -> str:
    """The README with another section. Raises ValueError as :func:`current` does."""
    start, end = _places(readme)
    return readme[:start] + section + readme[end:]


def _places(readme: str) -> tuple[int, int]:
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(END) < readme.index(BEGIN):
        raise ValueError("there must be one accuracy section, between its two markers")
    return readme.index(BEGIN), readme.index(END) + len(END) + 1


def _heading(method: Method) -> str:
    return (
        f"Of the shipped weights (`weight/cards/{method.weights[0].name}.toml`) and the method `{method.name}` "
        f"(`weight/methods/{method.name}.toml`), with 95 % intervals in brackets:"
    )


def _fixed_row(fixed: FixedSet) -> tuple[str, str, str]:
    result = f"area under the ROC curve {_bare(fixed.auc, fixed.n)} ({_span(fixed.low, fixed.high, fixed.n)})"
    if fixed.parts:
        result += "; of its parts, " + ", ".join(
            f"{words}: {_bare(area, fixed.n)}" for words, area in fixed.parts.items()
        )
    return FIXED_SET, f"{fixed.n:,} pairs", result


def _simulated_row(method: Method) -> tuple[str, str, str]:
    area = _evidence(method, "area under the ROC curve")
    rates = [(words, _evidence(method, words)) for words in SIMULATED_RATES]
    result = f"area {_bare(area.value, area.n)} ({_span(area.low, area.high, area.n)}); " + ", ".join(
        f"{words} {entry.value * 100:.1f} % ({_percents(entry.low, entry.high, entry.n)})" for words, entry in rates
    )
    return SIMULATED_VIDEOS, f"{area.n} real, {area.n} self-blended", result


def _evidence(method: Method, words: str) -> RuleEvidence:
    for entry in method.rule.evidence if method.rule else ():
        if entry.what == SIMULATED + words:
            return entry
    raise ResultsInvalid(Path(f"{method.name}.toml"), "rule.evidence", f"has no {SIMULATED + words!r}")


def _evaluated_row(evaluation: Evaluation) -> tuple[str, str, str]:
    document = evaluation.document
    rule, area, table = document["at_rule"], document["scores"]["auc"], document["confusion"]
    real, fake = (sum(table[label].values()) for label in (REAL, FAKE))
    parts = [
        f"area {_bare(area['value'], area['n'])} ({_span(area['low'], area['high'], area['n'])})"
        if area["value"] is not None
        else "no area",
        _counted("originals called FAKE", rule["false_positives"]),
        _counted("manipulated ones called FAKE", rule["found_fakes"]),
        _counted("manipulated ones called REAL", rule["missed_fakes"]),
    ]
    undecided = table[REAL][INCONCLUSIVE] + table[FAKE][INCONCLUSIVE]
    failed = rule["failed"]["hits"]
    parts.append(f"{undecided} of {real + fake} inconclusive" + (f", {failed} not analyzed" if failed else ""))
    return evaluation.what, f"{real} originals, {fake} manipulated", "; ".join([parts[0], ", ".join(parts[1:])])


def _counted(words: str, figure: Mapping[str, Any]) -> str:
    if not figure["n"]:
        return f"no {words.split(' called ')[0]}"
    span = _percents(figure["wilson_low"], figure["wilson_high"], figure["n"])
    return f"{figure['hits']} of {figure['n']} {words} ({span})"


def _percents(low: float, high: float, n: int) -> str:
    digits = 1 if n >= FEW else 0
    return f"{low * 100:.{digits}f} to {high * 100:.{digits}f} %"


def _span(low: float, high: float, n: int) -> str:
    return f"{_bare(low, n)} to {_bare(high, n)}"


def _bare(value: float, n: int) -> str:
    return f"{value:.{3 if n >= FEW else 2}f}".removeprefix("0")


def _same_weights(fixed: FixedSet, method: Method) -> None:
    shipped = method.weights[0].sha256
    if fixed.weights_sha256 != shipped:
        raise ResultsInvalid(Path("fixed_set.json"), "weights_sha256", f"is not that of the method, {shipped}")


def _same_method(evaluation: Evaluation, method: Method) -> None:
    judge = evaluation.document.get("method") or {}
    rule = method.rule
    expected = {"core_sha256": method.core_sha256, "upper": rule and rule.upper, "lower": rule and rule.lower}
    for name, value in expected.items():
        if judge.get(name) != value:
            raise ResultsInvalid(
                evaluation.path, f"method.{name}", f"is not that of {method.name}: {judge.get(name)!r}"
            )


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise ResultsInvalid(path, "", f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ResultsInvalid(path, "", "must be an object")
    return document
