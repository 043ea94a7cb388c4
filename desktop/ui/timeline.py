"""The scores of a video over time: bands of the rule, a point per face, flags, gaps, and where one is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.models import words
from desktop.models.timeline import Point, Stop, Timeline
from desktop.ui import theme
from desktop.ui.frame_view import step_of
from desktop.ui.overlay import marker

LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 56, 16, 20, 26
TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


class TimelineView(QWidget):
    """``chosen`` carries the number of an examined frame, ``stepped`` as in :class:`FrameView`."""

    chosen = Signal(int)
    stepped = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self._line: Timeline | None = None
        self._frame: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Scores over time")

    def show_timeline(self, line: Timeline | None) -> None:
        self._line, self._frame = line, None
        self.setAccessibleDescription(_spoken(line))
        self.update()

    def show_frame(self, frame: int | None) -> None:
        """Where one is. A frame that was not examined has no place."""
        self._frame = frame
        self.update()

    def x_of(self, time_s: float) -> float:
        """Horizontal place of a time, in pixels of this widget."""
        room = self._room()
        span_s = self._line.duration_s if self._line and self._line.duration_s > 0 else 1.0
        return room.left() + room.width() * min(max(time_s / span_s, 0.0), 1.0)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(640, 168)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, 128)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = step_of(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(*step)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        stop = self._stop_at(event.position().x())
        if stop is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(stop.frame)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        stop = self._stop_at(event.position().x())
        if stop is None:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.chosen.emit(stop.frame)
        QToolTip.showText(event.globalPosition().toPoint(), _tip(stop), self)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.current().surface))
        painter.setFont(theme.sized(11))
        if self._line is None:
            self._paint_empty(painter)
        else:
            self._paint_bands(painter, self._line)
            self._paint_gaps(painter, self._line)
            self._paint_axis(painter, self._line)
            self._paint_cursor(painter, self._line)
            self._paint_points(painter, self._line)
            self._paint_marks(painter, self._line)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.current().accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(LEFT_PX, TOP_PX, -RIGHT_PX, -BOTTOM_PX)

    def _y_of(self, fake: float) -> float:
        room = self._room()
        return room.bottom() - room.height() * fake

    def _stop_at(self, x: float) -> Stop | None:
        if self._line is None or not self._line.stops:
            return None
        room = self._room()
        time_s = (x - room.left()) / max(room.width(), 1) * self._line.duration_s
        nearest = self._line.nearest(time_s)
        return None if nearest is None else self._line.stops[nearest]

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(QColor(theme.current().faint))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Scores over time appear here after the analysis")

    def _paint_bands(self, painter: QPainter, line: Timeline) -> None:
        room, now = self._room(), theme.current()
        if line.upper is None or line.lower is None:
            painter.fillRect(room, QColor(now.raised))
            return
        upper, lower = self._y_of(line.upper), self._y_of(line.lower)
        painter.fillRect(QRectF(room.left(), room.top(), room.width(), upper - room.top()), QColor(now.fake_tint))
        painter.fillRect(QRectF(room.left(), upper, room.width(), lower - upper), QColor(now.open_tint))
        painter.fillRect(QRectF(room.left(), lower, room.width(), room.bottom() - lower), QColor(now.real_tint))
        for value, colour in ((line.upper, now.fake), (line.lower, now.real)):
            painter.setPen(QPen(QColor(colour), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(room.left(), self._y_of(value)), QPointF(room.right(), self._y_of(value)))

    def _paint_gaps(self, painter: QPainter, line: Timeline) -> None:
        room = self._room()
        for start_s, end_s in line.gaps:
            left, right = self.x_of(start_s), self.x_of(end_s)
            hatch = QColor(theme.current().strong_border)
            painter.fillRect(QRectF(left, room.top(), right - left, room.height()), _hatched(hatch))

    def _paint_axis(self, painter: QPainter, line: Timeline) -> None:
        room, now = self._room(), theme.current()
        painter.setPen(QColor(now.muted))
        shown = [value for value in (line.upper, line.lower) if value is not None]
        clear = 12 / max(room.height(), 1)
        shown += [end for end in (0.0, 1.0) if all(abs(end - value) > clear for value in shown)]
        if len(shown) == 4 and abs(shown[0] - shown[1]) < clear:
            shown.pop(1)
        for value in shown:
            place = QRectF(0, self._y_of(value) - 8, LEFT_PX - 8, 16)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, words.threshold(value))
        painter.setPen(QPen(QColor(now.strong_border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        for time_s in _ticks(line.duration_s, room.width()):
            x = self.x_of(time_s)
            painter.setPen(QColor(now.strong_border))
            painter.drawLine(QPointF(x, room.bottom()), QPointF(x, room.bottom() + 4))
            painter.setPen(QColor(now.muted))
            text = words.time_code(time_s)
            text = text if line.duration_s < 3 else text[:-4]
            place = QRectF(x - 40, room.bottom() + 5, 80, 16)
            if place.right() <= self.width() + 24:
                painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def _paint_points(self, painter: QPainter, line: Timeline) -> None:
        for order, track in enumerate(line.tracks):
            points = [point for point in line.points if point.track == track]
            self._paint_track(painter, points, order, theme.track_colour(track))

    def _paint_track(self, painter: QPainter, points: list[Point], order: int, colour: QColor) -> None:
        assert self._line is not None
        places = [QPointF(self.x_of(point.time_s), self._y_of(point.fake)) for point in points]
        thread = QColor(colour)
        thread.setAlpha(110)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(thread, 1.4))
        for stretch in self._line.stretches(points):
            painter.drawPolyline(QPolygonF([places[number] for number in stretch]))
        painter.setPen(QPen(QColor(theme.current().surface), 1))
        radius = 4.0 if len(places) < 80 else 2.5
        for point, place in zip(points, places, strict=True):
            painter.setBrush(colour)
            marker(painter, place, order, radius + (1.5 if point.frame == self._frame else 0))

    def _paint_marks(self, painter: QPainter, line: Timeline) -> None:
        room, now = self._room(), theme.current()
        for stop in line.stops:
            x = self.x_of(stop.time_s)
            if stop.flagged:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(now.fake))
                flag = [QPointF(x - 4.5, 6), QPointF(x + 4.5, 6), QPointF(x, 14)]
                painter.drawPolygon(QPolygonF(flag))
            elif stop.faces == 0:
                painter.setPen(QPen(QColor(now.faint), 1.5))
                y = room.bottom() - 5
                painter.drawLine(QPointF(x - 3, y - 3), QPointF(x + 3, y + 3))
                painter.drawLine(QPointF(x - 3, y + 3), QPointF(x + 3, y - 3))

    def _paint_cursor(self, painter: QPainter, line: Timeline) -> None:
        position = None if self._frame is None else line.position(self._frame)
        if position is None:
            return
        room = self._room()
        x = self.x_of(line.stops[position].time_s)
        painter.setPen(QPen(QColor(theme.current().text), 1.5))
        painter.drawLine(QPointF(x, 4), QPointF(x, room.bottom() + 4))


def _hatched(colour: QColor) -> QBrush:
    return QBrush(colour, Qt.BrushStyle.BDiagPattern)


def _ticks(duration_s: float, width_px: float) -> list[float]:
    most = max(2, int(width_px // 90))
    step_s = next((step for step in TICKS_S if duration_s / step <= most), duration_s / most)
    return [number * step_s for number in range(int(duration_s / step_s + 1e-6) + 1)] if step_s > 0 else [0.0]


def _tip(stop: Stop) -> str:
    faces = words.count(stop.faces, "face") if stop.faces else "no face found"
    flagged = ", flagged" if stop.flagged else ""
    scores = f"{faces}, highest score {stop.score}{flagged}"
    return f"{words.time_code(stop.time_s)}  ·  frame {stop.frame}\n{scores}"


def _spoken(line: Timeline | None) -> str:
    if line is None:
        return "No analysis yet."
    flagged = sum(stop.flagged for stop in line.stops)
    return (
        f"{words.count(len(line.stops), 'examined frame')}, {flagged} flagged, "
        f"{words.count(len(line.tracks), 'person', 'people')}. Left and right step through examined frames, "
        f"Page Up and Page Down through flagged ones. {words.COUNTING}"
    )
