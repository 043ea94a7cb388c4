"""One dialog for what nobody expected, with a text to copy by hand. Nothing is sent anywhere."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QWidget

from desktop.ui import parts

WORDS = (
    "The program met a fault of its own. What was saved before is still there. You can go on, or close the window "
    "and start again. The text below helps to mend it; it stays on this computer unless you pass it on."
)


class FaultDialog(QDialog):
    """Shows the report on an unexpected error."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Something unexpected happened")
        self.resize(720, 480)
        column = parts.column(self, margin=24, spacing=16)
        head = parts.row(spacing=12)
        head.addWidget(parts.Icon("warning", 24, "warning"))
        head.addWidget(parts.label("Something unexpected happened", "heading"), 1)
        column.addLayout(head)
        column.addWidget(parts.label(WORDS, "muted", wrap=True))
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Report on the fault")
        column.addWidget(self.text, 1)
        buttons = QDialogButtonBox()
        copy = parts.Button("Copy")
        copy.clicked.connect(self._copy)
        close = parts.Button("Close", primary=True)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        column.addWidget(buttons)

    def add(self, text: str) -> None:
        """Another fault while this dialog is open; the same one again says nothing new."""
        if text not in self.text.toPlainText():
            self.text.appendPlainText(f"\n{text}")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
