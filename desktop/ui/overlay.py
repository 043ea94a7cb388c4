"""Face boxes drawn over a picture. The picture itself is never touched."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from desktop.models import words
from desktop.ui import theme
from genconvit.method import Rule
from genconvit.records import FaceScore


def fitted(image: QSizeF, into: QRectF) -> QRectF:
    """Where an image stands when it is fitted into a rectangle, centred, never enlarged more than twice."""
    if image.isEmpty():
        return QRectF()
    scale = min(into.width() / image.width(), into.height() / image.height(), 2.0)
    size = image * scale
    left = into.x() + (into.width() - size.width()) / 2
    top = into.y() + (into.height() - size.height()) / 2
    return QRectF(left, top, size.width(), size.height())


def draw_boxes(
    painter: QPainter, faces: tuple[FaceScore, ...], video: QSizeF, shown: QRectF, *, tags: bool, rule: Rule | None
) -> None:
    """Draw the boxes of ``faces`` on a frame of size ``video`` that is shown at ``shown``.

    Used faces have whole lines, the others dashed ones. ``rule``: faces at or above its frame threshold get a thick
    line.
    """
    painter.save()
    painter.setClipRect(shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = shown.width() / video.width(), shown.height() / video.height()
    for face in faces:
        left, top, right, bottom = face.box
        box = QRectF(shown.x() + left * x, shown.y() + top * y, (right - left) * x, (bottom - top) * y)
        colour = _colour(face)
        flagged = rule is not None and face.fake is not None and face.fake >= rule.frame
        width = 3.0 if flagged and tags else 2.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 150), width + 2))
        painter.drawRect(box)
        style = Qt.PenStyle.SolidLine if face.used else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, width, style))
        painter.drawRect(box)
        if tags:
            _tag(painter, box, face, colour, shown, rule)
    painter.restore()


def _colour(face: FaceScore) -> QColor:
    return (
        QColor(theme.TRACK_COLOURS_DARK[face.track % len(theme.TRACK_COLOURS_DARK)]) if face.used else QColor("#B8BEC6")
    )


def _tag(painter: QPainter, box: QRectF, face: FaceScore, colour: QColor, shown: QRectF, rule: Rule | None) -> None:
    text = f"{words.person(face.track)}   {words.score(face.fake, rule)}" if face.used else "not used"
    font = theme.sized(12, QFont.Weight.DemiBold)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(text) + 16.0
    top = box.top() - 24 if box.top() - 24 >= shown.top() else box.bottom() + 2
    top = min(top, shown.bottom() - 24)
    left = min(max(box.left() - 1, shown.left()), shown.right() - width)
    place = QRectF(left, top, width, 22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(place, 3, 3)
    painter.setPen(QColor("#101215"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def marker(painter: QPainter, centre: QPointF, shape: int, radius: float) -> None:
    """A point of the chart: circle, square, diamond or triangle, so that tracks differ without colour."""
    x, y, r = centre.x(), centre.y(), radius
    match shape % 4:
        case 0:
            painter.drawEllipse(centre, r, r)
        case 1:
            painter.drawRect(QRectF(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8))
        case 2:
            _polygon(painter, [(x, y - r * 1.25), (x + r * 1.25, y), (x, y + r * 1.25), (x - r * 1.25, y)])
        case _:
            _polygon(painter, [(x, y - r * 1.2), (x + r * 1.15, y + r * 0.9), (x - r * 1.15, y + r * 0.9)])


def _polygon(painter: QPainter, points: list[tuple[float, float]]) -> None:
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
