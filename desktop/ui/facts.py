"""Names and values in two columns; what is long has the whole width, the value under its name."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.models import words
from desktop.ui import parts, theme

NAME_CHARACTERS, VALUE_CHARACTERS = 20, 120
"""What is longer does not stand beside the other."""


class Facts(QWidget):
    """Shows pairs; the values can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[tuple[str, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.GRID_PX)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._parts: list[QWidget] = []

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        return self._shown

    def show_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        shown = tuple(rows)
        if shown == self._shown:
            return
        self._shown = shown
        for part in self._parts:
            self._grid.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        for number, (name, value) in enumerate(shown):
            wide = len(name) > NAME_CHARACTERS or len(value) > VALUE_CHARACTERS
            left = parts.label(name, "small", wrap=wide)
            right = parts.label(words.lines(value), "value", wrap=True, selectable=True)
            right.setFont(theme.sized(12))
            right.setAccessibleName(f"{name}: {value}")
            shown_now = [_under(left, right)] if wide else [left, right]
            if wide:
                self._grid.addWidget(shown_now[0], number, 0, 1, 2)
            else:
                self._grid.addWidget(left, number, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(right, number, 1)
            self._parts += shown_now
            for part in shown_now:
                part.show()


def _under(name: QLabel, value: QLabel) -> QWidget:
    pair = QWidget()
    column = parts.column(pair, spacing=1)
    column.addWidget(name)
    column.addWidget(value)
    return pair
