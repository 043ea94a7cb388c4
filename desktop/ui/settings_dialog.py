"""What can be set. Nothing here changes a result that is already in a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from desktop import messages
from desktop.settings import Settings
from desktop.ui import asking, parts
from genconvit.method import Method

DEVICE_NAMES = (
    ("auto", "Automatic"),
    ("cpu", "CPU"),
    ("cuda", "NVIDIA GPU (CUDA)"),
    ("mps", "Apple GPU (Metal)"),
)
THEME_NAMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
FRAMES_HINT = (
    "More frames give better coverage and take longer. Another number makes another method, with its own name."
)
COPY_HINT = "A copy goes wherever the case goes. Without it the case only refers to the file where it is."


class SettingsDialog(QDialog):
    """Read ``settings`` when it was accepted."""

    def __init__(self, settings: Settings, methods: tuple[Method, ...], parent: QWidget | None = None) -> None:
        """``methods``: those that can be chosen; their description is shown with the choice."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Settings")
        self._settings, self._methods = settings, methods
        self.method = _choice("Method", tuple((method.name, method.title or method.name) for method in methods))
        self._about = parts.label("", "small", wrap=True)
        self.frames = QSpinBox()
        self.frames.setRange(0, 1_000_000)
        self.frames.setSpecialValueText("As the method says")
        self.frames.lineEdit().setTextMargins(6, 0, 0, 0)
        self.frames.setAccessibleName("Frames examined in each video")
        self.device = _choice("Device", DEVICE_NAMES)
        self.copy = QCheckBox("Copy videos into the case")
        self.laboratory = _line("Laboratory", settings.laboratory)
        self.address = QPlainTextEdit(settings.laboratory_address)
        self.address.setAccessibleName("Laboratory address")
        self.address.setFixedHeight(56)
        self.address.setTabChangesFocus(True)
        self.examiner = _line("Examiner", settings.examiner)
        self.theme = _choice("Appearance", THEME_NAMES)
        self._fill()
        self._lay_out()
        self._kept = self.settings

    @property
    def settings(self) -> Settings:
        return replace(
            self._settings,
            method=self.method.currentData() or self._settings.method,
            frames=self.frames.value(),
            device=self.device.currentData(),
            copy_evidence=self.copy.isChecked(),
            laboratory=self.laboratory.text().strip(),
            laboratory_address=self.address.toPlainText().strip(),
            examiner=self.examiner.text().strip(),
            theme=self.theme.currentData(),
        )

    def reject(self) -> None:
        """As in the form of a case: what was typed does not go with a key pressed in passing."""
        if self.settings == self._kept or asking.sure(self, messages.SETTINGS_TYPED, "Discard", "Keep editing"):
            super().reject()

    def _fill(self) -> None:
        settings = self._settings
        for box, value in (
            (self.method, settings.method),
            (self.device, settings.device),
            (self.theme, settings.theme),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.frames.setValue(settings.frames)
        self.copy.setChecked(settings.copy_evidence)
        self.method.currentIndexChanged.connect(self._on_method)
        self._on_method(self.method.currentIndex())

    def _on_method(self, number: int) -> None:
        if 0 <= number < len(self._methods):
            self._about.setText(self._methods[number].description)

    def _lay_out(self) -> None:
        column = parts.column(self, margin=24, spacing=16)
        column.addWidget(parts.label("Settings", "title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 96)
        grid.setColumnStretch(1, 1)
        for name, rows in (
            (
                "ANALYSIS",
                (("Method", self.method), ("", self._about), ("Frames", self.frames), ("", _hint(FRAMES_HINT))),
            ),
            ("", (("Device", self.device),)),
            ("NEW CASES", (("Laboratory", self.laboratory), ("Address", self.address), ("Examiner", self.examiner))),
            ("", (("Videos", self.copy), ("", _hint(COPY_HINT)))),
            ("WINDOW", (("Appearance", self.theme),)),
        ):
            _section(grid, name, rows)
        grid.setRowStretch(grid.rowCount(), 1)
        column.addWidget(parts.scrolled(grid), 1)
        buttons = QDialogButtonBox()
        save = parts.Button("Save", primary=True)
        buttons.addButton(save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(parts.Button("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        # Only now: a button that is not in its dialog yet loses the place to Cancel as soon as that had the focus.
        save.setDefault(True)
        parts.open_at(self, 600, 720)


def _section(grid: QGridLayout, name: str, rows: Iterable[tuple[str, QWidget]]) -> None:
    if name:
        heading = parts.label(name, "section")
        heading.setContentsMargins(0, 8 if grid.count() else 0, 0, 0)
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
    for caption, field in rows:
        number = grid.rowCount()
        if caption:
            label = parts.label(caption)
            label.setBuddy(field)
            grid.addWidget(label, number, 0)
        grid.addWidget(field, number, 1)


def _hint(text: str) -> QWidget:
    return parts.label(text, "small", wrap=True)


def _choice(name: str, entries: tuple[tuple[str, str], ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in entries:
        box.addItem(text, value)
    return box


def _line(name: str, text: str) -> QLineEdit:
    field = QLineEdit(text)
    field.setAccessibleName(name)
    return field
