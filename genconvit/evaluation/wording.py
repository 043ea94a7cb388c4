"""Measured figures in words: the README's section, the card and the table of tries say the same thing of the same
figures, because they take the words from here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genconvit.errors import ResultsInvalid
from genconvit.evaluation.results import FAKE, REAL
from genconvit.method import Method, RuleEvidence

FEW = 100
"""Below this many a figure is given with a digit less, and videos are said to say little."""
SIMULATED = "Simulated videos: "
SIMULATED_AREA = "area under the ROC curve"
SIMULATED_RATES = (
    "real ones called FAKE",
    "real ones called REAL",
    "self-blended ones called FAKE",
    "self-blended ones called REAL",
)
CAVEATS = (
    "Videos, and photographs, are treated as independent, although clips share people, cameras and footage: the "
    "intervals are too narrow.",
    "The held-out photographs were also used to compare training runs and to choose the method, so figures from "
    "them lean to the good side.",
    "A rule's rate is for one person: a video of several is called by the highest of them, and crosses a threshold "
    "more often.",
)
"""What must be known to read the figures."""


def bare(value: float, n: int) -> str:
    """An area over ``n``."""
    return f"{value:.{3 if n >= FEW else 2}f}"


def area(value: float, low: float | None, high: float | None, n: int, kind: str = "") -> str:
    """An area with its interval, and of what kind that is if it is told; one without width says nothing of the
    uncertainty, so it is not shown as one."""
    if low is None or high is None or low == high:
        return f"{bare(value, n)} (no interval)"
    return f"{bare(value, n)} ({bare(low, n)} to {bare(high, n)}{f', {kind}' if kind else ''})"


def simulated(method: Method) -> tuple[str, str]:
    """How the method's rule did on simulated videos that it was not derived from: how many, and the result.

    Raises:
        ResultsInvalid: the method has no such evidence.
    """
    found = evidence(method, SIMULATED_AREA)
    rates = [(words, evidence(method, words)) for words in SIMULATED_RATES]
    result = f"area under the ROC curve {area(found.value, found.low, found.high, found.n)}; " + ", ".join(
        f"{words} {entry.value * 100:.1f} % ({_percents(entry.low, entry.high, entry.n)})" for words, entry in rates
    )
    return f"{found.n} real, {found.n} self-blended", result


def evidence(method: Method, words: str) -> RuleEvidence:
    """What the method's rule says of simulated videos under those words.

    Raises:
        ResultsInvalid: nothing.
    """
    for entry in method.rule.evidence if method.rule else ():
        if entry.what == SIMULATED + words:
            return entry
    raise ResultsInvalid(Path(f"{method.name}.toml"), "rule.evidence", f"has no {SIMULATED + words!r}")


def evaluated(document: Mapping[str, Any]) -> tuple[str, str]:
    """A summary's JSON: how many videos, and the result."""
    rule, table = document["at_rule"], document["confusion"]
    real, fake = (sum(table[label].values()) for label in (REAL, FAKE))
    parts = (
        evaluated_area(document),
        ", ".join(
            (
                _counted("originals called FAKE", rule["false_positives"]),
                _counted("originals called REAL", rule["confirmed_reals"]),
                _counted("manipulated ones called FAKE", rule["found_fakes"]),
                _counted("manipulated ones called REAL", rule["missed_fakes"]),
            )
        ),
        _undecided(document),
    )
    return f"{real} originals, {fake} manipulated", "; ".join(parts)


def evaluated_area(document: Mapping[str, Any]) -> str:
    """A summary's area, with its own numbers where it rests on fewer videos than have a label."""
    figure, groups = document["scores"]["auc"], (document["real"], document["fake"])
    if figure["value"] is None:
        return "no area"
    kind = "Newcombe" if figure.get("interval") == "newcombe" else ""
    found = area(figure["value"], figure["low"], figure["high"], figure["n"], kind)
    words = f"area under the ROC curve {found}"
    if all(group["scored"] == group["all"] for group in groups):
        return words
    real, fake = (group["scored"] for group in groups)
    return f"{words} over the {real} originals and {fake} manipulated ones with a score"


def _undecided(document: Mapping[str, Any]) -> str:
    figure, groups = document["at_rule"]["inconclusive"], (document["real"], document["fake"])
    failed, without = (sum(group[name] for group in groups) for name in ("failed", "without_score"))
    words = f"{figure['hits'] or 0} of {figure['n']} inconclusive"
    if figure["n"]:
        words += f" ({_percents(figure['wilson_low'], figure['wilson_high'], figure['n'])})"
    if without:
        words += f", {without} of them without a score"
    return words + (f"; {failed} not analyzed" if failed else "")


def _counted(words: str, figure: Mapping[str, Any]) -> str:
    if not figure["n"]:
        return f"no {words.split(' called ')[0]}"
    span = _percents(figure["wilson_low"], figure["wilson_high"], figure["n"])
    return f"{figure['hits']} of {figure['n']} {words} ({span})"


def _percents(low: float, high: float, n: int) -> str:
    digits = 1 if n >= FEW else 0
    return f"{low * 100:.{digits}f} to {high * 100:.{digits}f} %"
