"""Line drawings in the colour of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.ui import theme

SIZE_PX = 20
SCALES = (1, 2)


def pixmap(name: str, colour: QColor | str, size_px: int = SIZE_PX, scale: int = 2) -> QPixmap:
    """The drawing ``resources/icons/<name>.svg`` with ``currentColor`` replaced."""
    text = (theme.RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    tinted = text.replace("currentColor", QColor(colour).name())
    renderer = QSvgRenderer(QByteArray(tinted.encode("utf-8")))
    result = QPixmap(size_px * scale, size_px * scale)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, size_px * scale, size_px * scale))
    painter.end()
    result.setDevicePixelRatio(scale)
    return result


def icon(name: str, colour: QColor | str = "", size_px: int = SIZE_PX) -> QIcon:
    """As a QIcon: the theme's text colour unless another is given, faint where disabled."""
    now = theme.current()
    result = QIcon()
    for scale in SCALES:
        result.addPixmap(pixmap(name, colour or now.text, size_px, scale), QIcon.Mode.Normal)
        result.addPixmap(pixmap(name, now.faint, size_px, scale), QIcon.Mode.Disabled)
    return result
