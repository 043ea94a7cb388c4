"""A line across the top of a page: something to know, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.ui import parts

ICONS = {"information": ("information", "accent"), "warning": ("warning", "warning"), "lock": ("lock", "warning")}


class Notice(parts.Frame):
    """Hidden until it has something to say. Escape or its cross puts it away, unless it is to stay."""

    def __init__(self) -> None:
        super().__init__("notice")
        self._icon = parts.Icon("information", 18, "accent")
        self._text = parts.label("", wrap=True, selectable=True)
        self._buttons: list[parts.Button] = []
        self._close = parts.ToolButton("Put this line away", "close", "Esc")
        self._close.clicked.connect(self.hide)
        self._row = parts.row(self, margin=8, spacing=12)
        self._row.setContentsMargins(16, 8, 8, 8)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self.hide()

    def say(
        self,
        text: str,
        kind: str = "information",
        actions: tuple[tuple[str, str, Callable[[], object]], ...] = (),
        *,
        stays: bool = False,
    ) -> None:
        """``actions``: text, icon and what to call. ``kind``: information, warning or lock."""
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for number, (caption, icon, do) in enumerate(actions):
            button = parts.Button(caption, icon)
            button.clicked.connect(do)
            self._row.insertWidget(2 + number, button)
            self._buttons.append(button)
        self._icon.show_icon(*ICONS[kind])
        self.reword(text)
        self._close.setVisible(not stays)
        self.setProperty("kind", "information" if kind == "information" else "warning")
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)
        self.show()

    def reword(self, text: str) -> None:
        """Other words in the same line; its buttons stay, so that they can be pressed meanwhile."""
        self._text.setText(text)
        self._text.setAccessibleName(text)

    @property
    def text(self) -> str:
        return self._text.text()

    @property
    def buttons(self) -> tuple[QWidget, ...]:
        return tuple(self._buttons)

    def puts_away(self, event: QKeyEvent) -> bool:
        """Whether the key put this line away. Its page asks, so that Escape does it wherever on the page one is."""
        if event.key() != Qt.Key.Key_Escape or not self._close.isVisible():
            return False
        self.hide()
        return True
