"""The machine's label as a small badge: colour, shape and word."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from desktop.ui import icons, theme

HEIGHT_PX = 20
SHAPES = {"FAKE": "fake", "REAL": "real", "INCONCLUSIVE": "inconclusive"}


def width(text: str) -> float:
    return QFontMetricsF(theme.sized(10, QFont.Weight.DemiBold)).horizontalAdvance(text) + 30


def draw(painter: QPainter, right: float, top: float, label: str, text: str = "") -> float:
    """Draw the badge so that it ends at ``right``; returns where it begins. ``text`` stands for the label's word."""
    text = text or label
    strong, tint = theme.label_colours(label)
    place = QRectF(right - width(text), top, width(text), HEIGHT_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(place, 4, 4)
    drawing = icons.pixmap(SHAPES.get(label, "inconclusive"), strong, 10)
    painter.drawPixmap(int(place.left()) + 8, int(place.top()) + 5, drawing)
    painter.setPen(strong)
    painter.setFont(theme.sized(10, QFont.Weight.DemiBold))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(place.adjusted(22, 0, 0, 0), flags, text)
    return place.left()
