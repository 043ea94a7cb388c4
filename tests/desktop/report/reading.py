"""A report's content, made and looked into."""

from __future__ import annotations

from types import SimpleNamespace

from desktop.cases.records import Difference
from desktop.report.blocks import Block, Fields, ReportContent, Section
from desktop.report.content import describe


def described(records: SimpleNamespace, sample: object, differences: tuple[Difference, ...] = ()) -> ReportContent:
    return describe(sample.snapshot, sample.analyses, differences, records.ISSUED, records.VERSION)


def blocks(content: ReportContent, kind: type[Block], part: str = "") -> list[Block]:
    return [b for s in content.sections if part in s.title for b in s.blocks if isinstance(b, kind)]


def fields(content: ReportContent) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for row in (*content.lead, *(row for block in blocks(content, Fields) for row in block.rows)):
        rows.setdefault(row.label, []).append(row.value)
    return rows


def words(content: ReportContent) -> str:
    """Everything that is said, flat."""
    return repr(content)


def section(content: ReportContent, title: str) -> Section:
    return next(s for s in content.sections if s.title.startswith(title))
