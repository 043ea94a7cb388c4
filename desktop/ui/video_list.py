"""The videos of a case: name, facts, the machine's label, and what happens to each right now."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.models.videos import Row, RowRole, VideosModel
from desktop.ui import badge, theme

ROW_PX = 84
PADDING_PX = 16


class VideoList(QListView):
    """``dropped`` carries paths of files; ``removed`` the key of a row whose work is to be cancelled or dismissed."""

    dropped = Signal(object)
    removed = Signal(str)

    def __init__(self, model: VideosModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(VideoDelegate(self))
        self.setAccessibleName("Videos of this case")
        self.setAcceptDrops(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentIndex().isValid():
            self.removed.emit(cast(Row, self.currentIndex().data(RowRole)).key)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)


class VideoDelegate(QStyledItemDelegate):
    """Three lines: name and badge, facts, and state or progress."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        return QSize(200, ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = cast(Row, index.data(RowRole))
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        now = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, QColor(now.selection))
            painter.fillRect(QRect(cell.left(), cell.top(), 3, cell.height()), QColor(now.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(cell, QColor(now.raised))
        painter.fillRect(QRect(cell.left(), cell.bottom(), cell.width(), 1), QColor(now.border))
        inner = cell.adjusted(PADDING_PX, 10, -PADDING_PX, -8)
        self._paint_name(painter, inner, row)
        self._paint_facts(painter, inner, row)
        self._paint_state(painter, inner, row)
        painter.restore()

    def _paint_name(self, painter: QPainter, inner: QRect, row: Row) -> None:
        painter.setPen(QColor(theme.current().text))
        _line(
            painter,
            inner,
            0,
            inner.left(),
            float(inner.right()),
            row.name,
            theme.sized(13, QFont.Weight.Medium),
            Qt.TextElideMode.ElideMiddle,
        )

    def _paint_facts(self, painter: QPainter, inner: QRect, row: Row) -> None:
        painter.setPen(QColor(theme.current().muted))
        working = row.work is not None and row.work.active
        facts = row.state if working or not row.facts else row.facts
        _line(
            painter, inner, 20, inner.left(), float(inner.right()), facts, theme.sized(12), Qt.TextElideMode.ElideRight
        )

    def _paint_state(self, painter: QPainter, inner: QRect, row: Row) -> None:
        now = theme.current()
        work = row.work
        if work is not None and work.active:
            bar = QRectF(inner.left(), inner.top() + 45, inner.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.strong_border))
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(QColor(now.accent))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * work.fraction, 4), 2, 2)
            return
        left = float(inner.left())
        if row.label:
            badge.draw(painter, left + badge.width(row.label), inner.top() + 43, row.label)
            left += badge.width(row.label) + 8
            font = theme.sized(12, QFont.Weight.DemiBold)
            painter.setPen(theme.label_colours(row.label)[0])
            _line(painter, inner, 43, left, float(inner.right()), row.score, font, Qt.TextElideMode.ElideRight)
            left += QFontMetrics(font).horizontalAdvance(row.score) + 8
        text, colour = _state(row)
        painter.setPen(QColor(colour))
        _line(painter, inner, 43, left, float(inner.right()), text, theme.sized(12), Qt.TextElideMode.ElideRight)


def _state(row: Row) -> tuple[str, str]:
    now = theme.current()
    if row.problem:
        return row.problem, now.warning
    if row.work is not None:
        return row.state, now.warning
    if row.conclusion is not None:
        return (
            f"·  you: {row.conclusion.opinion.value}" if row.label else f"You: {row.conclusion.opinion.value}",
            now.muted,
        )
    return ("Not analyzed" if row.evidence is not None and row.analysis is None else ""), now.faint


def _line(
    painter: QPainter,
    inner: QRect,
    top: int,
    left: float,
    right: float,
    text: str,
    font: QFont,
    elide: Qt.TextElideMode,
) -> None:
    place = QRect(int(left), inner.top() + top, int(right - left), 20)
    painter.setFont(font)
    shown = QFontMetrics(font).elidedText(text, elide, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
