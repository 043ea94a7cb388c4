"""What the marks of the timeline mean."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models import words
from desktop.ui import theme
from desktop.ui.overlay import marker

MOST_PEOPLE = 4
LEFT_PX, LINE_PX = 44.0, 24
FLAG, CROSS, NONE = "flag", "cross", ""
MARK_PX = {**{str(order): 16.0 for order in range(MOST_PEOPLE)}, FLAG: 16.0, CROSS: 14.0, NONE: 0.0}
"""The room for a mark before its words."""


class Legend(QWidget):
    """People by colour and shape, then the flag and the cross."""

    def __init__(self) -> None:
        super().__init__()
        self._tracks: tuple[int, ...] = ()
        self._decides: int | None = None
        self._faceless = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_tracks(self, tracks: tuple[int, ...], decides: int | None, faceless: bool) -> None:
        """``decides``: the track the verdict rests on. ``faceless``: whether the chart has a frame without a face."""
        self._tracks, self._decides, self._faceless = tracks, decides, faceless
        names = [self._name(track) for track in tracks]
        self.setAccessibleName("Legend: " + ", ".join(names))
        self._give_lines()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._give_lines()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(320, LINE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.current().surface))
        painter.setFont(theme.sized(11))
        for x, y, kind, text in self._placed():
            self._mark(painter, x, y, kind)
            painter.setPen(QColor(theme.current().muted))
            place = QRectF(x + MARK_PX[kind], y + 4, self.width(), 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()

    def _mark(self, painter: QPainter, x: float, y: float, kind: str) -> None:
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        if kind.isdigit():
            painter.setBrush(theme.track_colour(self._tracks[int(kind)]))
            marker(painter, QPointF(x + 5, y + 12), int(kind), 4)
        elif kind == FLAG:
            painter.setBrush(QColor(now.fake))
            painter.drawPolygon(QPolygonF([QPointF(x, y + 8), QPointF(x + 9, y + 8), QPointF(x + 4.5, y + 16)]))
        elif kind == CROSS:
            painter.setPen(QPen(QColor(now.faint), 1.5))
            painter.drawLine(QPointF(x, y + 9), QPointF(x + 6, y + 15))
            painter.drawLine(QPointF(x, y + 15), QPointF(x + 6, y + 9))

    def _placed(self) -> list[tuple[float, float, str, str]]:
        """Left edge, top, mark and words of each entry; what does not fit beside the others begins a line."""
        metrics = QFontMetricsF(theme.sized(11))
        placed: list[tuple[float, float, str, str]] = []
        x, y = LEFT_PX, 0.0
        for kind, text in self._entries():
            width = MARK_PX[kind] + metrics.horizontalAdvance(text)
            if x > LEFT_PX and x + width > self.width():
                x, y = LEFT_PX, y + LINE_PX
            placed.append((x, y, kind, text))
            x += width + 20
        return placed

    def _entries(self) -> list[tuple[str, str]]:
        entries = [(str(order), self._name(track)) for order, track in enumerate(self._tracks[:MOST_PEOPLE])]
        if len(self._tracks) > MOST_PEOPLE:
            entries.append((NONE, f"and {len(self._tracks) - MOST_PEOPLE} more"))
        if self._tracks:
            entries.append((FLAG, "flagged frame"))
        if self._faceless:
            entries.append((CROSS, "no face"))
        return entries

    def _give_lines(self) -> None:
        placed = self._placed()
        self.setFixedHeight(int(placed[-1][1]) + LINE_PX if placed else LINE_PX)

    def _name(self, track: int) -> str:
        return words.person(track) + (" (decides)" if track == self._decides and len(self._tracks) > 1 else "")
