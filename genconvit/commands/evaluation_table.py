"""The figures of an evaluation as a small table for a terminal."""

from __future__ import annotations

from genconvit.evaluation.figures import Figure
from genconvit.evaluation.summary import ALL, Summary
from genconvit.evaluation.verdicts import AtRule

HEADER = ("", "real", "fake", "AUC (95 % interval)", "reals called FAKE", "fakes found", "inconclusive", "errors")
ABSENT = "-"


def table(summary: Summary) -> str:
    """A line for each group and one for all; shares with the counts that they are made of."""
    ruled = bool(summary.method and summary.method.rule)
    rows = [
        _row(group.name, (group.real.all, group.fake.all), group.auc, group.at_rule, ruled) for group in summary.groups
    ]
    whole = (summary.real.all, summary.fake.all)
    rows.append(_row("all", whole, summary.scores.auc, summary.at_rule, ruled))
    lines = [HEADER, *rows]
    widths = [max(len(row[column]) for row in lines) for column in range(len(HEADER))]
    texts = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in lines]
    if any(group.auc.value is not None and group.against == ALL for group in summary.groups):
        texts.append("A group without real videos of its own is measured against all of them.")
    if summary.unlabelled.all:
        texts.append(f"{summary.unlabelled.all} without a label are in none of these figures.")
    return "\n".join(texts)


def _row(name: str, videos: tuple[int, int], auc: Figure, rule: AtRule, ruled: bool) -> tuple[str, ...]:
    area = ABSENT if auc.value is None else f"{auc.value:.3f} ({_interval(auc)})"
    shares = [_share(figure) for figure in (rule.false_positives, rule.found_fakes)]
    inconclusive, errors = _share(rule.inconclusive), str(rule.failed.hits or 0)
    return name, str(videos[0]), str(videos[1]), area, *(shares if ruled else (ABSENT, ABSENT)), inconclusive, errors


def _share(figure: Figure) -> str:
    if figure.value is None:
        return ABSENT
    return f"{figure.value:.1%} ({figure.hits}/{figure.n})".replace("%", " %")


def _interval(figure: Figure) -> str:
    """A bootstrap without a width says nothing: it comes of very few videos, or of a perfect order."""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return "no interval"
    return f"{figure.low:.3f} to {figure.high:.3f}"
