"""Face boxes drawn over a picture. The picture itself is never touched."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from desktop.models import words
from desktop.ui import theme
from genconvit.method import Rule
from genconvit.records import FaceScore

TAG_PX = 24.0
"""The height of a tag and the room above it."""


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
    tags_at: list[QRectF] = []
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
            tags_at.append(_tag_place(painter, box, _tag_text(face, rule), shown, tags_at))
    # After all boxes, and past the edge of a picture that is narrower than a tag: who is who must stay readable.
    painter.setClipping(False)
    for face, place in zip(faces, tags_at, strict=False):
        _tag(painter, place, _tag_text(face, rule), _colour(face))
    painter.restore()


def _colour(face: FaceScore) -> QColor:
    return (
        QColor(theme.TRACK_COLOURS_DARK[face.track % len(theme.TRACK_COLOURS_DARK)]) if face.used else QColor("#B8BEC6")
    )


def _tag_text(face: FaceScore, rule: Rule | None) -> str:
    return f"{words.person(face.track)}   {words.score(face.fake, rule)}" if face.used else "not used"


def _tag_place(painter: QPainter, box: QRectF, text: str, shown: QRectF, taken: list[QRectF]) -> QRectF:
    """Above the box, else below it, else wherever is room over or under that, so that no tag covers another."""
    painter.setFont(_tag_font())
    width = painter.fontMetrics().horizontalAdvance(text) + 16.0
    left = max(min(box.left() - 1, shown.right() - width), shown.left())
    above, below, lowest = box.top() - TAG_PX, box.bottom() + 2, shown.bottom() - TAG_PX
    tops = [above, below]
    for step in range(1, len(taken) + 1):
        tops += [above - step * TAG_PX, below + step * TAG_PX]
    places = [QRectF(left, top, width, TAG_PX - 2) for top in tops if shown.top() <= top <= lowest]
    fallback = QRectF(left, min(below, lowest), width, TAG_PX - 2)
    return next((each for each in places if not any(each.intersects(other) for other in taken)), fallback)


def _tag_font() -> QFont:
    return theme.sized(12, QFont.Weight.DemiBold)


def _tag(painter: QPainter, place: QRectF, text: str, colour: QColor) -> None:
    painter.setFont(_tag_font())
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
