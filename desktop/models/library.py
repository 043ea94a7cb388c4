"""The cases of the library as a table."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.cases.records import CaseSummary
from desktop.models import words

Index = QModelIndex | QPersistentModelIndex

COLUMNS = ("Case", "Title", "Examiner", "Videos", "Machine results", "Last change")
LABELS_COLUMN = 4
SummaryRole = Qt.ItemDataRole.UserRole


class LibraryModel(QAbstractTableModel):
    """One row per case, as the library lists them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cases: tuple[CaseSummary, ...] = ()

    def show(self, cases: tuple[CaseSummary, ...]) -> None:
        self.beginResetModel()
        self._cases = cases
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._cases)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        case = self._cases[index.row()]
        if role == SummaryRole:
            return case
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(case)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{COLUMNS[index.column()]}: {_cells(case)[index.column()] or 'none'}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(case.folder)
        return None


def tally(labels: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """How many videos have which label, in the order FAKE, INCONCLUSIVE, REAL."""
    return tuple((label, labels.count(label)) for label in ("FAKE", "INCONCLUSIVE", "REAL") if label in labels)


def _cells(case: CaseSummary) -> tuple[str, ...]:
    results = ", ".join(f"{number} {label}" for label, number in tally(case.labels)) or "not analyzed"
    details = case.details
    number = details.number or case.folder.name
    return (number, details.title, details.examiner, str(case.videos), results, words.day(case.changed_at))
