"""What stands beside a label: its rule's errors, whose the method is, and other labels of the video. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from desktop.cases.records import AnalysisEntry
from desktop.models import words
from genconvit.method import Origin, Rule, RuleEvidence
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
    told = ([entry for entry in shares if _is_mistake(entry.what)] or shares)[:MOST_RATES]
    if not told:
        return (NO_RATES,)
    sets = {(entry.what.partition(": ")[0], entry.n) for entry in told}
    if len(sets) > 1 or not all(": " in entry.what for entry in told):
        return tuple(_rate(entry.what, entry, "95 %: {}; n = {}") for entry in told)
    ((measured_on, n),) = sets
    rates = tuple(_rate(entry.what.partition(": ")[2], entry, "{}") for entry in told)
    return (f"{measured_on}, n = {n}, with 95 % intervals:", *rates)


def _rate(what: str, entry: RuleEvidence, in_brackets: str) -> str:
    what = re.sub(r"\s*\([^()]*\)$", "", what)
    value, interval = measured(entry)
    return f"{what[:1].upper()}{what[1:]}: {value} ({in_brackets.format(interval, entry.n)})"


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
