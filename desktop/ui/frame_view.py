"""One frame, large, with the boxes of its faces."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui import icons, theme
from desktop.ui.overlay import draw_boxes, fitted
from genconvit.method import Rule
from genconvit.records import FaceScore

STEPS = {
    Qt.Key.Key_Left: (-1, False),
    Qt.Key.Key_Right: (1, False),
    Qt.Key.Key_PageUp: (-1, True),
    Qt.Key.Key_PageDown: (1, True),
    Qt.Key.Key_Home: (-1_000_000, False),
    Qt.Key.Key_End: (1_000_000, False),
}
"""Key to steps, and whether the steps go from flagged to flagged frame."""


def step_of(event: QKeyEvent) -> tuple[int, bool] | None:
    """What a key press means for stepping through frames; with Ctrl the arrows go by flagged frames."""
    step = STEPS.get(Qt.Key(event.key()))
    if step is None:
        return None
    return step[0], step[1] or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


class FrameView(QWidget):
    """Shows a picture fitted into the space there is. ``stepped``: by how many, and whether flagged frames only."""

    stepped = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._faces: tuple[FaceScore, ...] = ()
        self._video = QSizeF()
        self._rule: Rule | None = None
        self._words = ""
        self._boxes = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Frame")

    def show_frame(
        self, image: QImage, faces: tuple[FaceScore, ...], video: QSizeF, rule: Rule | None, spoken: str
    ) -> None:
        """``video``: width and height the boxes refer to. ``spoken``: for those who do not see the picture."""
        self._image, self._faces, self._video, self._rule, self._words = image, faces, video, rule, ""
        self.setAccessibleDescription(spoken)
        self.update()

    def show_words(self, text: str) -> None:
        """A line instead of a picture: nothing chosen, reading, or why it cannot be shown."""
        self._image, self._words = QImage(), text
        self.setAccessibleDescription(text)
        self.update()

    def set_boxes(self, shown: bool) -> None:
        self._boxes = shown
        self.update()

    @property
    def has_picture(self) -> bool:
        return not self._image.isNull()

    @property
    def words(self) -> str:
        return self._words

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(640, 360)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, 160)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = step_of(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(*step)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().viewer))
        if self._image.isNull():
            self._paint_words(painter)
        else:
            self._paint_picture(painter)
        if self.hasFocus():
            painter.setPen(QColor(theme.DARK.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_picture(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shown = fitted(QSizeF(self._image.size()), QRectF(self.rect()).adjusted(16, 16, -16, -16))
        painter.drawImage(shown, self._image)
        if self._boxes and not self._video.isEmpty():
            draw_boxes(painter, self._faces, self._video, shown, tags=True, rule=self._rule)

    def _paint_words(self, painter: QPainter) -> None:
        centre = self.rect().center()
        drawing = icons.pixmap("film", "#5A626D", 40)
        painter.drawPixmap(centre.x() - 20, centre.y() - 48, drawing)
        painter.setPen(QColor("#A2ABB7"))
        painter.setFont(theme.sized(13))
        room = self.rect().adjusted(32, 0, -32, 0)
        room.setTop(centre.y() + 4)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self._words)
