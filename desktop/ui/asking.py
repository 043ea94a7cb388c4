"""A question before something is lost. What Enter and Escape answer loses nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def sure(parent: QWidget, text: str, go: str, stay: str) -> bool:
    """Whether the button ``go`` was pressed; ``stay`` is the other one."""
    box = QMessageBox(QMessageBox.Icon.Question, "Veriframe", text, parent=parent)
    leave = box.addButton(go, QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton(stay, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    pressed = box.clickedButton()
    box.deleteLater()
    return pressed is leave
