from __future__ import annotations

import pytest

from genconvit.evaluation.verdicts import at_half, at_rule, confusion
from tests.genconvit.evaluation.rows import eight, failed, made

HALF = {
    "accuracy": (3, 5),
    "real_accuracy": (1, 2),
    "fake_accuracy": (2, 3),
    "false_positives": (1, 2),
    "precision": (2, 3),
}
RULE = {
    "decided": (4, 7),
    "inconclusive": (2, 7),
    "failed": (1, 7),
    "accuracy_of_decided": (2, 4),
    "correct": (2, 7),
    "false_positives": (1, 3),
    "found_fakes": (1, 4),
    "missed_fakes": (1, 4),
    "confirmed_reals": (1, 3),
    "precision": (1, 2),
}


OF_ANALYZED = {
    "decided": (4, 5),
    "inconclusive": (1, 5),
    "correct": (2, 5),
    "false_positives": (1, 2),
    "found_fakes": (1, 3),
    "missed_fakes": (1, 3),
    "confirmed_reals": (1, 2),
}


@pytest.mark.parametrize(("name", "counts"), HALF.items())
def test_at_half_by_hand(name: str, counts: tuple[int, int]) -> None:
    figure = getattr(at_half(eight()), name)
    assert (figure.hits, figure.n) == counts and figure.value == pytest.approx(counts[0] / counts[1], abs=1e-6)


@pytest.mark.parametrize(("name", "counts"), RULE.items())
def test_at_the_rule_by_hand(name: str, counts: tuple[int, int]) -> None:
    figure = getattr(at_rule(eight()), name)
    assert (figure.hits, figure.n) == counts and figure.value == pytest.approx(counts[0] / counts[1], abs=1e-6)
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


@pytest.mark.parametrize(("name", "counts"), OF_ANALYZED.items())
def test_of_the_analyzed_by_hand(name: str, counts: tuple[int, int]) -> None:
    figure = getattr(at_rule(eight()).of_analyzed, name)
    assert (figure.hits, figure.n) == counts


def test_what_could_not_be_analyzed_is_no_real_that_was_let_pass() -> None:
    rule = at_rule([*[failed("REAL")] * 7, made("FAKE", 0.9, "FAKE"), made("REAL", None, faces=0)])
    assert (rule.false_positives.value, rule.false_positives.n) == (0, 8)
    assert (rule.of_analyzed.false_positives.value, rule.of_analyzed.false_positives.n) == (None, 0)
    assert at_rule([made("REAL", 0.4, faces=1)]).of_analyzed.inconclusive.hits == 1


def test_f1_by_hand() -> None:
    # At 0.5 three are called FAKE, two of them and of the three fakes rightly; at the rule two, one, of four.
    assert at_half(eight()).f1.value == pytest.approx(2 / 3, abs=1e-6)
    assert at_rule(eight()).f1.value == pytest.approx(1 / 3, abs=1e-6)


def test_a_score_of_half_is_fake_at_half() -> None:
    half = at_half([made("REAL", 0.5), made("FAKE", 0.5), made("FAKE", 0.49999)])
    assert half.false_positives.hits == 1 and half.fake_accuracy.hits == 1


def test_confusion_counts_every_labelled_video_once() -> None:
    counts = confusion(eight()).counts
    assert counts["REAL", "ERROR"] == 1 and counts["FAKE", "INCONCLUSIVE"] == 2 and sum(counts.values()) == 7


def test_one_label_alone() -> None:
    rule = at_rule([made("REAL", 0.1, "REAL"), made("REAL", 0.2, "INCONCLUSIVE")])
    assert rule.correct.value == 0.5 and rule.false_positives.value == 0
    assert rule.found_fakes.value is None and rule.precision.value is None and rule.f1.value is None


def test_nothing_at_all() -> None:
    for figures in (at_half([]), at_rule([]), at_half([failed("FAKE")]), at_half([made("", 0.9)])):
        assert figures.precision.value is None and figures.f1.value is None
    assert at_half([]).accuracy.n == 0 and at_rule([failed("FAKE")]).failed.value == 1


def test_what_enters_an_accuracy_is_drawn_by_label() -> None:
    # All reals right, all fakes wrong: every draw that keeps the labels' numbers gives the same.
    rule = at_rule([*[made("REAL", 0.1, "REAL")] * 30, *[made("FAKE", 0.1, "REAL")] * 10])
    assert (rule.correct.low, rule.correct.value, rule.correct.high) == (0.75, 0.75, 0.75)
    assert rule.correct.wilson_low == pytest.approx(0.598, abs=1e-3)
