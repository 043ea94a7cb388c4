"""Pixels and picture files as QImage. Safe on any thread: QImage is, QPixmap is not."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from genconvit.records import Pixels


def to_image(pixels: Pixels) -> QImage:
    """An image that owns its bytes, of ``uint8 [height, width, 3]`` RGB."""
    height, width = pixels.shape[:2]
    data = pixels.tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def load(path: Path, longest_px: int = 0) -> QImage:
    """A picture file, shrunk to a longest side while it is read; 0 leaves it as it is.

    A file that is missing or damaged gives a null image.
    """
    reader = QImageReader(str(path))
    size = reader.size()
    if longest_px and size.isValid() and max(size.width(), size.height()) > longest_px:
        reader.setScaledSize(size.scaled(QSize(longest_px, longest_px), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
