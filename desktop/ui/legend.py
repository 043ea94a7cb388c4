"""What the marks of the timeline mean."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models import words
from desktop.ui import theme
from desktop.ui.overlay import marker

MOST_PEOPLE = 4


class Legend(QWidget):
    """One line: people by colour and shape, then the flag and the cross."""

    def __init__(self) -> None:
        super().__init__()
        self._tracks: tuple[int, ...] = ()
        self._rests_on: int | None = None
        self._faceless = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_tracks(self, tracks: tuple[int, ...], rests_on: int | None, faceless: bool) -> None:
        """``rests_on``: the track the verdict rests on. ``faceless``: whether the chart has a frame without a face."""
        self._tracks, self._rests_on, self._faceless = tracks, rests_on, faceless
        names = [self._name(track) for track in tracks]
        self.setAccessibleName("Legend: " + ", ".join(names))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(320, 24)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.current().surface))
        painter.setFont(theme.sized(11))
        x = 44.0
        for order, track in enumerate(self._tracks[:MOST_PEOPLE]):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.track_colour(track))
            marker(painter, QPointF(x + 5, 12), order, 4)
            x = self._text(painter, x + 16, self._name(track))
        if len(self._tracks) > MOST_PEOPLE:
            x = self._text(painter, x, f"and {len(self._tracks) - MOST_PEOPLE} more")
        if self._tracks:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.current().fake))
            painter.drawPolygon(QPolygonF([QPointF(x, 8), QPointF(x + 9, 8), QPointF(x + 4.5, 16)]))
            x = self._text(painter, x + 16, "flagged frame")
        if self._faceless:
            painter.setPen(QPen(QColor(theme.current().faint), 1.5))
            painter.drawLine(QPointF(x, 9), QPointF(x + 6, 15))
            painter.drawLine(QPointF(x, 15), QPointF(x + 6, 9))
            self._text(painter, x + 14, "no face")
        painter.end()

    def _name(self, track: int) -> str:
        return words.person(track) + (" (decides)" if track == self._rests_on and len(self._tracks) > 1 else "")

    def _text(self, painter: QPainter, x: float, text: str) -> float:
        painter.setPen(QColor(theme.current().muted))
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRectF(x, 4, width + 4, 16), Qt.AlignmentFlag.AlignVCenter, text)
        return x + width + 20
