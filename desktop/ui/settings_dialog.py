"""What can be set. Nothing here changes a result that is already in a case."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.settings import Settings
from desktop.ui import parts
from genconvit.method import Method

DEVICE_NAMES = (
    ("auto", "Automatic"),
    ("cpu", "CPU"),
    ("cuda", "NVIDIA GPU (CUDA)"),
    ("mps", "Apple GPU (Metal)"),
)
THEME_NAMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
FRAMES_HINT = "More frames give better coverage and take longer. Another number makes another method, with its own name."
COPY_HINT = "A copy goes wherever the case goes. Without it the case only refers to the file where it is."


class SettingsDialog(QDialog):
    """Read ``settings`` when it was accepted."""

    def __init__(self, settings: Settings, methods: tuple[Method, ...], parent: QWidget | None = None) -> None:
        """``methods``: those that can be chosen; their description is shown with the choice."""
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(560)
        self._settings, self._methods = settings, methods
        self.method = _choice("Method", tuple((method.name, method.title or method.name) for method in methods))
        self._about = parts.label("", "small", wrap=True)
        self.frames = QSpinBox()
        self.frames.setRange(0, 1_000_000)
        self.frames.setSpecialValueText("As the method says")
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

    def _fill(self) -> None:
        settings = self._settings
        for box, value in ((self.method, settings.method), (self.device, settings.device), (self.theme, settings.theme)):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.frames.setValue(settings.frames)
        self.copy.setChecked(settings.copy_evidence)
        self.method.currentIndexChanged.connect(self._on_method)
        self._on_method(self.method.currentIndex())

    def _on_method(self, number: int) -> None:
        if 0 <= number < len(self._methods):
            self._about.setText(self._methods[number].description)

    def _lay_out(self) -> None:
        column = parts.column(self, margin=24, spacing=12)
        column.addWidget(parts.label("Settings", "title"))
        analysis = _section(column, "ANALYSIS")
        analysis.addRow("Method", self.method)
        analysis.addRow("", self._about)
        analysis.addRow("Frames", self.frames)
        analysis.addRow("", parts.label(FRAMES_HINT, "small", wrap=True))
        analysis.addRow("Device", self.device)
        column.addWidget(parts.line())
        laboratory = _section(column, "NEW CASES")
        laboratory.addRow("Laboratory", self.laboratory)
        laboratory.addRow("Address", self.address)
        laboratory.addRow("Examiner", self.examiner)
        laboratory.addRow("", self.copy)
        laboratory.addRow("", parts.label(COPY_HINT, "small", wrap=True))
        column.addWidget(parts.line())
        window = _section(column, "WINDOW")
        window.addRow("Appearance", self.theme)
        buttons = QDialogButtonBox()
        save = parts.Button("Save", primary=True)
        save.setDefault(True)
        buttons.addButton(save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(parts.Button("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addSpacing(8)
        column.addWidget(buttons)


def _section(column: QVBoxLayout, name: str) -> QFormLayout:
    column.addWidget(parts.label(name, "section"))
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(8)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    column.addLayout(form)
    return form


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
