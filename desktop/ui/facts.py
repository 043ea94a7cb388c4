"""Names and values in two columns."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.models import words
from desktop.ui import parts, theme


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
            left = parts.label(name, "small")
            right = parts.label(words.lines(value), "value", wrap=True, selectable=True)
            right.setFont(theme.sized(12))
            right.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(left, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, number, 1)
            self._labels += [left, right]
            left.show()
            right.show()
