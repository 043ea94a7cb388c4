"""The figures of an evaluation as a small table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from genconvit.evaluation.figures import TOO_FEW, Figure
from genconvit.evaluation.summary import ALL, Summary, Videos
from genconvit.evaluation.verdicts import AtRule

HEADER = ("", "real", "fake", "AUC (95 % interval)", "reals called FAKE", "fakes found", "inconclusive", "not analyzed")
CHOICES = ("false positives, at most", "score from", "reals there", "fakes there")
FITTED = (
    "By score alone, also of people with too few faces for the rule; intervals are Wilson's. These thresholds are "
    "fitted to the videos above: a rule belongs on others."
)
UNRESOLVED = "* fewer real videos than it takes to show such a rate: the threshold lets none of them through."
ABSENT = "-"
OF_ANALYZED = "The shares are of the videos that were analyzed: not of those with an error or without a face."


def table(summary: Summary) -> str:
    """A line for each group and one for all; shares of the videos analyzed, with the counts that they are made of."""
    ruled = bool(summary.method and summary.method.rule)
    rows = [_row(group.name, (group.real, group.fake), group.auc, group.at_rule, ruled) for group in summary.groups]
    whole = (summary.real, summary.fake)
    rows.append(_row("all", whole, summary.scores.auc, summary.at_rule, ruled))
    texts = _aligned([HEADER, *rows])
    if any(_unanalyzed(videos) for videos in whole):
        texts.append(OF_ANALYZED)
    if any(_has_area(group.auc) and group.against == ALL for group in summary.groups):
        texts.append("A group without real videos of its own is measured against all of them.")
    if summary.unlabelled.all:
        texts.append(f"{summary.unlabelled.all} without a label are in none of these figures.")
    return "\n".join(texts)


def choices(summary: Summary) -> str:
    """A line for each rate of false positives that a rule may be chosen by; empty without real and fake scores."""
    if all(row.threshold is None for row in summary.thresholds):
        return ""
    rows = [
        (
            f"{row.rate * 100:g} %" + ("" if row.resolved else " *"),
            "none" if row.threshold is None else f"{row.threshold:.4f}",
            _wilson(row.false_positives),
            _wilson(row.found_fakes),
        )
        for row in summary.thresholds
    ]
    unresolved = () if all(row.resolved for row in summary.thresholds) else (UNRESOLVED,)
    return "\n".join((*_aligned([CHOICES, *rows]), *unresolved, FITTED))


def _aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in lines]


def _row(name: str, videos: tuple[Videos, Videos], auc: Figure, rule: AtRule, ruled: bool) -> tuple[str, ...]:
    analyzed = rule.of_analyzed
    shares = [_share(figure) for figure in (analyzed.false_positives, analyzed.found_fakes)]
    left_out = [
        f"{label}: {told}" for label, each in zip(("real", "fake"), videos, strict=True) if (told := _unanalyzed(each))
    ]
    return (
        name,
        *(str(each.all) for each in videos),
        _area(auc),
        *(shares if ruled else (ABSENT, ABSENT)),
        _share(analyzed.inconclusive),
        "; ".join(left_out) or "0",
    )


def _unanalyzed(videos: Videos) -> str:
    counts = ((videos.failed, "with an error"), (videos.without_face, "without a face"))
    return ", ".join(f"{number} {what}" for number, what in counts if number)


def _has_area(auc: Figure) -> bool:
    return auc.value is not None and auc.note != TOO_FEW


def _area(auc: Figure) -> str:
    if auc.value is None:
        return ABSENT
    return f"{auc.value:.3f} ({_interval(auc)})" if _has_area(auc) else "too few"


def _share(figure: Figure) -> str:
    if figure.value is None:
        return ABSENT
    return f"{figure.value:.1%} ({figure.hits}/{figure.n})".replace("%", " %")


def _wilson(figure: Figure) -> str:
    if figure.wilson_low is None or figure.wilson_high is None:
        return _share(figure)
    return f"{_share(figure)}, {figure.wilson_low:.3f} to {figure.wilson_high:.3f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return "no interval"
    return f"{figure.low:.3f} to {figure.high:.3f}"
