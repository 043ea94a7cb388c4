"""The videos of a case as a list: those in it, and those on their way into it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.cases.records import AnalysisEntry, CaseSnapshot, Conclusion, Evidence
from desktop.models import words

Index = QModelIndex | QPersistentModelIndex
RowRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Work:
    """What happens to a video right now, in words for its row."""

    key: str
    kind: str
    name: str
    phase: str
    fraction: float
    text: str
    """Short, for the row."""
    numbers: str = ""
    """Everything that is known of its pace."""
    problem: str = ""

    @property
    def active(self) -> bool:
        return self.phase in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Row:
    """A video. ``evidence`` is None as long as it is not in the case yet."""

    key: str
    name: str
    facts: str
    label: str
    score: str
    state: str
    problem: str
    evidence: Evidence | None
    analysis: AnalysisEntry | None
    conclusion: Conclusion | None
    work: Work | None


class VideosModel(QAbstractListModel):
    """Rows keep their order; a change of one tells the views of that one only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()

    def show(self, snapshot: CaseSnapshot | None, works: tuple[Work, ...]) -> None:
        rows = _rows(snapshot, works) if snapshot is not None else ()
        if [row.key for row in rows] != [row.key for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [number for number, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
        self._rows = rows
        for number in changed:
            self.dataChanged.emit(self.index(number), self.index(number))

    def row_of(self, key: str) -> int | None:
        return next((number for number, row in enumerate(self._rows) if row.key == key), None)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.name, row.label, row.state, row.facts, row.problem) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.problem or (f"{row.name}\nSHA-256 {row.evidence.sha256}" if row.evidence else row.name)
        return None


def _rows(snapshot: CaseSnapshot, works: tuple[Work, ...]) -> tuple[Row, ...]:
    newest = {entry.evidence: entry for entry in snapshot.analyses}
    concluded = {conclusion.evidence: conclusion for conclusion in snapshot.conclusions}
    working = {work.key: work for work in works if work.kind == "analysis"}
    rows = [
        _row(evidence, newest.get(evidence.id), concluded.get(evidence.id), working.get(evidence.id))
        for evidence in snapshot.evidence
    ]
    rows += [
        Row(work.key, work.name, "", "", "", work.text, work.problem, None, None, None, work)
        for work in works
        if work.kind == "intake"
    ]
    return tuple(rows)


def _row(evidence: Evidence, analysis: AnalysisEntry | None, conclusion: Conclusion | None, work: Work | None) -> Row:
    if work is not None:
        state = work.text
    elif evidence.problem:
        state = "cannot be read"
    else:
        state = "" if analysis else "not analyzed"
    return Row(
        key=evidence.id,
        name=evidence.name,
        facts=_facts(evidence),
        label=analysis.label if analysis else "",
        score=words.score(analysis.fake) if analysis else "",
        state=state,
        problem=(work.problem if work else "") or evidence.problem,
        evidence=evidence,
        analysis=analysis,
        conclusion=conclusion,
        work=work,
    )


def _facts(evidence: Evidence) -> str:
    parts = []
    if evidence.duration_s:
        parts.append(words.duration(evidence.duration_s))
    if evidence.width_px:
        parts.append(f"{evidence.width_px} × {evidence.height_px}")
    parts.append(words.size(evidence.size_bytes))
    return "  ·  ".join(parts)
