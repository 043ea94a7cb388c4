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

    def __init__(self, value_characters: int = VALUE_CHARACTERS) -> None:
        super().__init__()
        self._value_characters = value_characters
        self._shown: tuple[tuple[str, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.GRID_PX)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._pairs: list[_Pair] = []

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        return self._shown

    def show_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Labels that are there get new words: making them anew takes several times as long."""
        shown = tuple(rows)
        if shown == self._shown:
            return
        self._shown = shown
        self._keep(len(shown))
        for number, (name, value) in enumerate(shown):
            wide = len(name) > NAME_CHARACTERS or len(value) > self._value_characters
            if number < len(self._pairs) and self._pairs[number].wide != wide:
                # A new row is the last of its parent's children, in which order it is read out: so are those below it.
                self._keep(number)
            if number == len(self._pairs):
                self._pairs.append(self._placed(number, wide))
            self._pairs[number].say(name, value)

    def _placed(self, number: int, wide: bool) -> _Pair:
        pair = _Pair(wide)
        if pair.both is not None:
            self._grid.addWidget(pair.both, number, 0, 1, 2)
        else:
            self._grid.addWidget(pair.name, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(pair.value, number, 1)
        for part in pair.parts:
            part.show()
        return pair

    def _keep(self, count: int) -> None:
        while len(self._pairs) > count:
            self._remove(self._pairs.pop())

    def _remove(self, pair: _Pair) -> None:
        for part in pair.parts:
            self._grid.removeWidget(part)
            part.hide()
            part.deleteLater()


class _Pair:
    """The labels of a row; ``both`` holds them where the value stands under its name."""

    def __init__(self, wide: bool) -> None:
        self.wide = wide
        self.name = parts.label("", "small", wrap=wide)
        self.value = parts.label("", "value", wrap=True, selectable=True)
        self.value.setFont(theme.sized(12))
        self.both = _under(self.name, self.value) if wide else None
        self.parts: tuple[QWidget, ...] = (self.name, self.value) if self.both is None else (self.both,)

    def say(self, name: str, value: str) -> None:
        self.name.setText(name)
        self.value.setText(words.lines(value))
        self.value.setAccessibleName(f"{name}: {value}")


def _under(name: QLabel, value: QLabel) -> QWidget:
    pair = QWidget()
    column = parts.column(pair, spacing=1)
    column.addWidget(name)
    column.addWidget(value)
    return pair
