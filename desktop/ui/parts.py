"""The small widgets that every page is made of."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui import icons, theme

L = TypeVar("L", bound=QBoxLayout)
TITLE_BAR_PX = 40


def label(text: str, name: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """``name`` picks the look in the style sheet: title, heading, section, muted, small, value or problem."""
    result = QLabel(text)
    result.setObjectName(name)
    result.setWordWrap(wrap)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if selectable:
        result.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return result


def scrolled(layout: QLayout) -> QScrollArea:
    """A form that scrolls where the screen is too low for it, so that what stands under it can be reached."""
    page = QWidget()
    page.setLayout(layout)
    layout.setContentsMargins(0, 0, 4, 0)
    area = scroll_area(page)
    # It does not scroll sideways: what is narrower than its fields would cut them off.
    area.setMinimumWidth(page.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
    return area


def scroll_area(widget: QWidget) -> QScrollArea:
    """What scrolls up and down and is as wide as it is given room for; the keyboard goes to what is in it."""
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def open_at(dialog: QWidget, width_px: int, height_px: int) -> None:
    """Give a dialog its size, or less where the screen has less."""
    room = dialog.screen().availableSize()
    dialog.resize(min(width_px, room.width()), min(height_px, room.height() - TITLE_BAR_PX))


class ElidedLabel(QLabel):
    """One line that gives way: what does not fit ends in dots, and is whole in the tool tip."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(QColor(theme.current().muted))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Button(QPushButton):
    """A push button whose icon follows the theme. ``&`` in the text makes the mnemonic."""

    def __init__(self, text: str, icon: str = "", *, primary: bool = False, hint: str = "") -> None:
        super().__init__(text)
        self._icon, self._primary = icon, primary
        self.setProperty("primary", primary)
        self.setAccessibleName(text.replace("&", ""))
        if hint:
            self.setToolTip(hint)
            self.setAccessibleDescription(hint)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self._tint()

    def _tint(self) -> None:
        if self._icon:
            now = theme.current()
            self.setIcon(icons.icon(self._icon, now.on_accent if self._primary else now.text, 16))
            self.setIconSize(QSize(16, 16))


class ToolButton(QToolButton):
    """A button with an icon only; its name is spoken and shown as a tool tip."""

    def __init__(self, name: str, icon: str, shortcut: str = "", *, on_dark: bool = False) -> None:
        super().__init__()
        self._icon, self._on_dark = icon, on_dark
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({shortcut})" if shortcut else name)
        self.setIconSize(QSize(20, 20))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self.setIcon(icons.icon(self._icon, "#E7EAEE" if self._on_dark else ""))


class Icon(QLabel):
    """A drawing that follows the theme; ``role`` is the name of a colour of :class:`desktop.ui.theme.Theme`."""

    def __init__(self, name: str, size_px: int = 20, role: str = "muted") -> None:
        super().__init__()
        self._name, self._size_px, self._role = name, size_px, role
        self.setFixedSize(size_px, size_px)
        self._draw()

    def show_icon(self, name: str, role: str) -> None:
        self._name, self._role = name, role
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self.setPixmap(icons.pixmap(self._name, getattr(theme.current(), self._role), self._size_px))


class Frame(QFrame):
    """A frame that the style sheet knows by name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)


def line() -> Frame:
    return Frame("line")


def column(parent: QWidget | None = None, *, margin: int = 0, spacing: int = theme.GRID_PX) -> QVBoxLayout:
    return _laid(QVBoxLayout(parent) if parent is not None else QVBoxLayout(), margin, spacing)


def row(parent: QWidget | None = None, *, margin: int = 0, spacing: int = theme.GRID_PX) -> QHBoxLayout:
    return _laid(QHBoxLayout(parent) if parent is not None else QHBoxLayout(), margin, spacing)


def _laid(layout: L, margin: int, spacing: int) -> L:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    return layout
