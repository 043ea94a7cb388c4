"""Steps through the frames, and says which one is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout

from desktop.models import words
from desktop.models.timeline import Timeline
from desktop.ui import parts, theme

STEPS = (
    ("Previous flagged frame", "previous-flag", "Shift+F", -1, True),
    ("Previous examined frame", "back", ",", -1, False),
    ("Next examined frame", "forward", ".", 1, False),
    ("Next flagged frame", "next-flag", "F", 1, True),
)
NARROW_PX = 480


class Transport(parts.Frame):
    """``stepped`` as in :class:`desktop.ui.frame_view.FrameView`."""

    stepped = Signal(int, bool)
    boxes_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__("pane")
        self._buttons: list[parts.ToolButton] = []
        self._narrow = False
        column = parts.column(self, spacing=2)
        column.setContentsMargins(12, 4, 16, 4)
        self._row = row = parts.row(spacing=4)
        column.addLayout(row)
        for name, icon, key, _, _ in STEPS:
            button = parts.ToolButton(name, icon, key)
            button.clicked.connect(self._on_clicked)
            self._buttons.append(button)
            row.addWidget(button)
        self._where = parts.label("", wrap=True)
        self._where.setFont(theme.sized(12))
        self._where.setAccessibleDescription(words.COUNTING)
        row.addSpacing(8)
        row.addWidget(self._where, 1)
        self._place = row.indexOf(self._where)
        self._boxes = QCheckBox("Boxes")
        self._boxes.setChecked(True)
        self._boxes.setToolTip("Draw the boxes of the faces over the picture (B)")
        self._boxes.setShortcut("B")
        self._boxes.toggled.connect(self.boxes_toggled)
        row.addWidget(self._boxes)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Beside the buttons there is no room for the words in a narrow pane: they get a line of their own."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW_PX
        if narrow == self._narrow:
            return
        self._narrow = narrow
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        if narrow:
            self._row.removeWidget(self._where)
            self._row.insertStretch(self._place, 1)
            column.addWidget(self._where)
        else:
            column.removeWidget(self._where)
            self._row.takeAt(self._place)
            self._row.insertWidget(self._place, self._where, 1)

    def show_place(self, line: Timeline | None, frame: int | None) -> None:
        self.setEnabled(line is not None and bool(line.stops))
        if line is None or frame is None:
            self._where.setText("No frame was examined" if line is not None else "")
            return
        position = line.position(frame)
        flagged = [stop.frame for stop in line.stops if stop.flagged]
        text = [f"frame {frame}"]
        if position is not None:
            text.insert(0, words.time_code(line.stops[position].time_s))
            text.append(f"examined {position + 1} of {len(line.stops)}")
        if frame in flagged:
            text.append(f"flagged {flagged.index(frame) + 1} of {len(flagged)}")
        for button, (_, _, _, _, only_flagged) in zip(self._buttons, STEPS, strict=True):
            button.setEnabled(bool(flagged) or not only_flagged)
        self._where.setText(" · ".join(text))
        self._where.setToolTip(f"{self.text}\n{words.COUNTING}")

    @property
    def text(self) -> str:
        return self._where.text()

    def _on_clicked(self) -> None:
        number = next(number for number, button in enumerate(self._buttons) if button is self.sender())
        self.stepped.emit(STEPS[number][3], STEPS[number][4])
