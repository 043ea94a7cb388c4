"""What stands beside a label."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.cases.records import AnalysisEntry
from desktop.models import figures
from genconvit.method import Rule, RuleEvidence

EVIDENCE = (
    RuleEvidence("AUC (bootstrap)", 16, 0.7656, 0.6719, 0.875, False),
    RuleEvidence("fake ones called FAKE (Wilson)", 16, 0.375, 0.1848, 0.6136, True),
    RuleEvidence("real ones called FAKE (Wilson)", 16, 0.0, 0.0, 0.1936, True),
    RuleEvidence("fake ones called REAL (Wilson)", 16, 0.0625, 0.01, 0.25, True),
)
RULE = Rule("tracks", 0.7031, 0.4485, 0.71, 5, ("x",), "", EVIDENCE)
SHOWN = AnalysisEntry("a3", "e1", "", "", "standard", "", "FAKE", 0.9, "", (), 64, 64, 64, ())
BETWEEN = replace(SHOWN, id="a1", label="INCONCLUSIVE", fake=0.70306, frames_read=32)


def test_the_rule_s_mistakes_are_what_is_told_first() -> None:
    assert figures.error_rates(RULE) == (
        "Real ones called FAKE: 0.0 % (95 %: 0.0 to 19.4 %; n = 16)",
        "Fake ones called REAL: 6.2 % (95 %: 1.0 to 25.0 %; n = 16)",
    )


def test_other_words_than_ours_are_told_as_they_are() -> None:
    rule = replace(RULE, evidence=(EVIDENCE[0], replace(EVIDENCE[1], what="Anteil der Fehler")))
    assert figures.error_rates(rule) == ("Anteil der Fehler: 37.5 % (95 %: 18.5 to 61.4 %; n = 16)",)


def test_what_the_rates_were_measured_on_is_told_once() -> None:
    whats = ("real ones called FAKE", "fake ones called INCONCLUSIVE", "self-blended ones called REAL")
    evidence = tuple(replace(EVIDENCE[1], what=f"Simulated videos: {what}") for what in whats)
    assert figures.error_rates(replace(RULE, evidence=evidence)) == (
        "Simulated videos, n = 16, with 95 % intervals:",
        "Real ones called FAKE: 37.5 % (18.5 to 61.4 %)",
        "Self-blended ones called REAL: 37.5 % (18.5 to 61.4 %)",
    )
    other = (evidence[0], replace(evidence[2], n=9))
    assert figures.error_rates(replace(RULE, evidence=other)) == (
        "Simulated videos: real ones called FAKE: 37.5 % (95 %: 18.5 to 61.4 %; n = 16)",
        "Simulated videos: self-blended ones called REAL: 37.5 % (95 %: 18.5 to 61.4 %; n = 9)",
    )


def test_missing_rates_are_said_to_be_missing() -> None:
    assert figures.error_rates(replace(RULE, evidence=EVIDENCE[:1])) == (figures.NO_RATES,)
    assert figures.error_rates(None) == ()


@pytest.mark.parametrize(
    ("origin", "words"),
    [("shipped", ""), ("changed", "Changed from"), ("own", "its author’s"), ("unheard of", "its author’s")],
)
def test_a_method_that_is_not_ours_is_told(origin: str, words: str) -> None:
    assert words in figures.origin(origin) and bool(words) == bool(figures.origin(origin))


def test_another_label_of_an_earlier_analysis_is_told() -> None:
    said = figures.other_labels((BETWEEN, replace(SHOWN, id="a2"), SHOWN), SHOWN, RULE)
    assert said == "An earlier analysis gave INCONCLUSIVE 0.703 (32 frames)."


def test_of_many_earlier_labels_the_newest_are_named() -> None:
    none = replace(BETWEEN, id="a2", label="INCONCLUSIVE", fake=None, method="mine", frames_read=1)
    said = figures.other_labels((BETWEEN, BETWEEN, none, SHOWN), SHOWN, RULE)
    assert said == ("Earlier analyses gave INCONCLUSIVE (mine, 1 frame), INCONCLUSIVE 0.703 (32 frames), and 1 more.")


def test_later_ones_other_videos_and_the_same_label_are_not_told() -> None:
    other = replace(BETWEEN, evidence="e2")
    assert figures.other_labels((other, replace(SHOWN, id="a2"), SHOWN, BETWEEN), SHOWN, RULE) == ""
