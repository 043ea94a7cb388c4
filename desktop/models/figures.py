"""What stands beside a label: its rule's errors, whose the method is, and other labels of the video. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from desktop.cases.records import AnalysisEntry
from desktop.models import words
from genconvit.method import Origin, Rule
from genconvit.verdict import measured

NO_RATES = "No error rates are supplied with this rule."
ORIGINS = {
    Origin.SHIPPED: "",
    Origin.CHANGED: "Changed from a method that comes with Veriframe; its figures were measured without the change.",
    Origin.OWN: "Not a method that comes with Veriframe: its rule and figures are its author’s.",
}
REAL_ONES = re.compile(r"\b(real|genuine|authentic|pristine)\b", re.IGNORECASE)
MOST_RATES, MOST_LABELS = 2, 2


def error_rates(rule: Rule | None) -> tuple[str, ...]:
    """The rule's wrong labels, or else its first shares, with their intervals; empty without a rule.

    What they were measured on, up to a colon, stands first where it is the same for all.
    """
    if rule is None:
        return ()
    shares = [entry for entry in rule.evidence if entry.share]
    mistakes = [entry for entry in shares if _is_mistake(entry.what)]
    told = (mistakes or shares)[:MOST_RATES]
    measured_on = {on for on, colon, _ in (entry.what.partition(": ") for entry in told) if colon}
    together = len(measured_on) == 1 and all(": " in entry.what for entry in told)
    lines = [f"{on}:" for on in measured_on] if together else []
    for entry in told:
        what = re.sub(r"\s*\([^()]*\)$", "", entry.what.partition(": ")[2] if together else entry.what)
        value, interval = measured(entry)
        lines.append(f"{what[:1].upper()}{what[1:]}: {value} (95 %: {interval}; n = {entry.n})")
    return tuple(lines) or (NO_RATES,)


def _is_mistake(what: str) -> bool:
    """By the words of the rule's author: real ones called FAKE, or any others called REAL."""
    of, _, label = what.partition("called ")
    return label.startswith("FAKE" if REAL_ONES.search(of) else "REAL")


def origin(method_origin: str) -> str:
    """A sentence on a method that is not as it comes with the program; empty for one that is."""
    return ORIGINS.get(Origin(method_origin), "") if method_origin in set(Origin) else ORIGINS[Origin.OWN]


def other_labels(analyses: Sequence[AnalysisEntry], shown: AnalysisEntry, rule: Rule | None) -> str:
    """One line on the earlier analyses of the video that gave another label; empty where there is none.

    ``analyses``: of the case, oldest first. ``rule``: of the analysis that is shown.
    """
    before = analyses[: next((at for at, entry in enumerate(analyses) if entry.id == shown.id), len(analyses))]
    others = [entry for entry in reversed(before) if entry.evidence == shown.evidence and entry.label != shown.label]
    if not others:
        return ""
    said = [_said(entry, shown, rule) for entry in others[:MOST_LABELS]]
    more = f", and {len(others) - MOST_LABELS} more" if len(others) > MOST_LABELS else ""
    return f"{'An earlier analysis' if len(others) == 1 else 'Earlier analyses'} gave {', '.join(said)}{more}."


def _said(entry: AnalysisEntry, shown: AnalysisEntry, rule: Rule | None) -> str:
    number = f" {words.score(entry.fake, rule)}" if entry.fake is not None else ""
    method = f"{entry.method}, " if entry.method != shown.method else ""
    return f"{entry.label}{number} ({method}{words.count(entry.frames_read, 'frame')})"
