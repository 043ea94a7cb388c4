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
        self._labels: list[QLabel] = []

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        return self._shown

    def show_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        shown = tuple(rows)
        if shown == self._shown:
            return
        self._shown = shown
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        for number, (name, value) in enumerate(shown):
            wide = len(name) > NAME_CHARACTERS or len(value) > VALUE_CHARACTERS
            left = parts.label(name, "small", wrap=wide)
            right = parts.label(words.lines(value), "value", wrap=True, selectable=True)
            right.setFont(theme.sized(12))
            right.setAccessibleName(f"{name}: {value}")
            if wide:
                self._grid.addWidget(left, 2 * number, 0, 1, 2)
                self._grid.addWidget(right, 2 * number + 1, 0, 1, 2)
            else:
                self._grid.addWidget(left, 2 * number, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(right, 2 * number, 1)
            self._labels += [left, right]
            left.show()
            right.show()
