"""The flagged frames side by side."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.cases.records import Mark
from desktop.models import words
from desktop.models.flagged import FlaggedFrame, FlaggedModel, FlaggedRole
from desktop.ui import icons, theme
from desktop.ui.frame_view import step_of
from desktop.ui.overlay import draw_boxes, fitted

CELL_PX = QSize(136, 104)
PICTURE_PX = QRect(4, 4, 128, 74)
MARKS = {Mark.ACCEPTED: "accepted", Mark.REJECTED: "rejected", Mark.UNCLEAR: "unclear"}


class Strip(QListView):
    """Chosen with mouse or keys; ``chosen`` carries the frame number, ``stepped`` as in :class:`FrameView`."""

    chosen = Signal(int)
    stepped = Signal(int, bool)

    def __init__(self, model: FlaggedModel) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setModel(model)
        self._flagged = model
        self.setItemDelegate(StripDelegate(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(CELL_PX.height() + 14)
        self.setAccessibleName("Flagged frames")
        self.clicked.connect(self._on_clicked)

    def show_frame(self, frame: int | None) -> None:
        """Mark the frame one is at, if it is a flagged one."""
        number = None if frame is None else self._flagged.row_of(frame)
        if number is None:
            self.clearSelection()
            return
        index = self._flagged.index(number)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = step_of(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step[0], True)

    def _on_clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(cast(FlaggedFrame, index.data(FlaggedRole)).frame)


class StripDelegate(QStyledItemDelegate):
    """A thumbnail with boxes, its time and score, and the examiner's mark."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        return CELL_PX

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        frame = cast(FlaggedFrame, index.data(FlaggedRole))
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        picture = QRectF(PICTURE_PX.translated(cell.topLeft()))
        painter.fillRect(picture, QColor("#23262B"))
        if not frame.image.isNull():
            shown = fitted(QSizeF(frame.image.size()), picture)
            painter.drawImage(shown, frame.image)
            draw_boxes(painter, frame.faces, QSizeF(frame.width_px, frame.height_px), shown, tags=False, rule=None)
        self._paint_words(painter, cell, frame)
        if frame.mark is not None:
            self._paint_mark(painter, picture, frame.mark)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.DARK.accent), 2))
            painter.drawRoundedRect(QRectF(cell).adjusted(2, 2, -2, -2), 4, 4)
        painter.restore()

    def _paint_words(self, painter: QPainter, cell: QRect, frame: FlaggedFrame) -> None:
        line = QRect(cell.left() + 8, cell.top() + 80, cell.width() - 16, 20)
        painter.setFont(theme.sized(11))
        painter.setPen(QColor("#A2ABB7"))
        painter.drawText(
            line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words.time_code(frame.time_s)
        )
        painter.setFont(theme.sized(11, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.DARK.fake))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, frame.score)

    def _paint_mark(self, painter: QPainter, picture: QRectF, mark: Mark) -> None:
        place = QRectF(picture.right() - 22, picture.top() + 4, 18, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#E7EAEE"))
        painter.drawEllipse(place)
        painter.drawPixmap(place.adjusted(2, 2, -2, -2).toRect(), icons.pixmap(MARKS[mark], "#15171B", 14))
