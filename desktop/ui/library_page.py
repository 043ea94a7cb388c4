"""The cases there are, or, before the first one, what to do."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.cases.records import CaseSummary
from desktop.jobs.records import Listing
from desktop.models import words
from desktop.models.library import LABELS_COLUMN, LibraryModel, SummaryRole, tally
from desktop.ui import badge, parts, theme
from desktop.ui.notice import Notice

WELCOME = (
    "A case holds the videos you were given, what the analysis found in them, and what you concluded. "
    "Everything stays on this computer: nothing is uploaded, nothing is looked up."
)
STEPS = (
    ("1", "Make a case", "A number is enough to begin."),
    ("2", "Add videos", "They are hashed as they are taken in."),
    ("3", "Analyze and review", "The machine scores faces; you judge the flagged frames."),
    ("4", "Export the report", "A PDF with every number and its method."),
)
WIDTHS_PX = {0: (180, 130), 2: (160, 120), 3: (80, 64), 4: (280, 262), 5: (208, 184)}
"""Of the columns but the title, in a wide and in a narrow table."""
NARROW_PX = 1120


class LibraryPage(QWidget):
    """``opened`` carries the folder of a case; the others that their button was pressed."""

    opened = Signal(object)
    wanted_new = Signal()
    wanted_demo = Signal()
    wanted_folder = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self._listed = False
        self.model = LibraryModel(self)
        self.notice = Notice()
        self.table = CaseTable(self.model)
        self.table.opened.connect(self.opened)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty())
        self._stack.addWidget(self._full())
        column = parts.column(self, spacing=0)
        column.addWidget(self.notice)
        column.addWidget(self._stack, 1)

    def show_cases(self, listing: Listing) -> None:
        self._listed = True
        self.model.show(listing.cases)
        self._stack.setCurrentIndex(1 if listing.cases else 0)
        number = len(listing.cases)
        self._count.setText(words.count(number, "case") + " on this computer")
        if listing.problems:
            folders = ", ".join(str(getattr(problem, "path", "")) for problem in listing.problems)
            self.notice.say(f"{words.count(len(listing.problems), 'case')} could not be read: {folders}", "warning")
        if number:
            self.table.selectRow(0)
            self.table.setFocus()
        else:
            self.first.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if not self.notice.puts_away(event):
            super().keyPressEvent(event)

    @property
    def is_shown(self) -> bool:
        """Whether the cases have been listed."""
        return self._listed

    def _empty(self) -> QWidget:
        page = QWidget()
        outer = parts.column(page, margin=32)
        outer.addStretch(2)
        card = parts.Frame("card")
        card.setFixedWidth(640)
        column = parts.column(card, margin=40, spacing=16)
        column.addWidget(parts.Icon("case", 40, "accent"))
        column.addWidget(parts.label("No cases yet", "title"))
        column.addWidget(parts.label(WELCOME, "muted", wrap=True))
        for number, title, text in STEPS:
            row = parts.row(spacing=16)
            digit = parts.label(number, "heading")
            digit.setFixedWidth(16)
            row.addWidget(digit, 0, Qt.AlignmentFlag.AlignTop)
            lines = parts.column(spacing=2)
            heading = parts.label(title)
            heading.setFont(theme.sized(13, theme.sized(13).Weight.DemiBold))
            lines.addWidget(heading)
            lines.addWidget(parts.label(text, "small"))
            row.addLayout(lines, 1)
            column.addLayout(row)
        column.addSpacing(8)
        buttons = parts.row(spacing=12)
        self.first = parts.Button("New case", "add", primary=True, hint="Ctrl+N")
        self.first.clicked.connect(self.wanted_new)
        demo = parts.Button("Open demo case", "demo", hint="Analyzes the clip that comes with the program")
        demo.clicked.connect(self.wanted_demo)
        folder = parts.Button("Open a case folder", "folder", hint="A case that was handed to you (Ctrl+O)")
        folder.clicked.connect(self.wanted_folder)
        for button in (self.first, demo, folder):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)
        return page

    def _full(self) -> QWidget:
        page = QWidget()
        column = parts.column(page, margin=32, spacing=16)
        head = parts.row(spacing=12)
        lines = parts.column(spacing=2)
        lines.addWidget(parts.label("Cases", "title"))
        self._count = parts.label("", "small")
        lines.addWidget(self._count)
        head.addLayout(lines, 1)
        for text, icon, signal, hint in (
            ("Open demo case", "demo", self.wanted_demo, "Analyzes the clip that comes with the program"),
            ("Open a case folder", "folder", self.wanted_folder, "A case that was handed to you (Ctrl+O)"),
        ):
            button = parts.Button(text, icon, hint=hint)
            button.clicked.connect(signal)
            head.addWidget(button)
        new = parts.Button("New case", "add", primary=True, hint="Ctrl+N")
        new.clicked.connect(self.wanted_new)
        head.addWidget(new)
        column.addLayout(head)
        card = parts.Frame("card")
        parts.column(card, margin=1).addWidget(self.table)
        column.addWidget(card, 1)
        return page


class CaseTable(QTableView):
    """Enter, Return or a double click opens the case of the row."""

    opened = Signal(object)

    def __init__(self, model: LibraryModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Cases")
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(48)
        self.setItemDelegate(CellDelegate(self))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._narrow: bool | None = None
        self.doubleClicked.connect(self._open)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The title has what the others leave: in a narrow window they take less. Widths that were dragged stay until
        the window becomes narrow or wide."""
        narrow = event.size().width() < NARROW_PX
        if narrow != self._narrow:
            self._narrow = narrow
            for column, (wide_px, narrow_px) in WIDTHS_PX.items():
                self.setColumnWidth(column, narrow_px if narrow else wide_px)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(cast(CaseSummary, index.data(SummaryRole)).folder)


class CellDelegate(QStyledItemDelegate):
    """Text cells, and the column of results as badges."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        now = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, QColor(now.selection))
        painter.fillRect(QRect(cell.left(), cell.bottom(), cell.width(), 1), QColor(now.border))
        summary = cast(CaseSummary, index.data(SummaryRole))
        if index.column() == LABELS_COLUMN and summary.labels:
            self._paint_labels(painter, cell, summary)
        else:
            self._paint_text(painter, cell, str(index.data()), index.column())
        painter.restore()

    def _paint_labels(self, painter: QPainter, cell: QRect, summary: CaseSummary) -> None:
        left = cell.left() + 12.0
        for label, number in tally(summary.labels):
            text = f"{number} {label}"
            width = badge.width(text)
            badge.draw(painter, left + width, cell.top() + 14, label, text)
            left += width + 6

    def _paint_text(self, painter: QPainter, cell: QRect, text: str, column: int) -> None:
        now = theme.current()
        font = theme.sized(13, theme.sized(13).Weight.DemiBold) if column == 0 else theme.sized(13)
        painter.setFont(font)
        painter.setPen(QColor(now.text if column < 2 else now.muted))
        place = cell.adjusted(12, 0, -12, 0)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
