"""The window by keyboard alone: Enter and Escape lose nothing, and one sees where one is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from desktop.ui.main_window import MainWindow
from tests.desktop.ui.steps import dialog, press


def _button(text: str) -> QPushButton:
    (box,) = dialog().findChildren(QDialogButtonBox)
    return next(button for button in box.findChildren(QPushButton) if button.text() == text)


def test_enter_makes_the_case_after_the_focus_was_on_cancel(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["new_case"].trigger()
    number = window._form.fields["number"]
    qtbot.waitUntil(number.hasFocus)
    _button("Cancel").setFocus()
    qtbot.keyClicks(number, "7")
    with qtbot.waitSignal(window._session.case_opened):
        press(number, qtbot, Qt.Key.Key_Return)


def test_enter_saves_the_settings_after_the_focus_was_on_cancel(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["settings"].trigger()
    form = window.preferences.dialog
    assert form is not None
    qtbot.waitUntil(form.method.hasFocus)
    form.laboratory.setText("Labor 3")
    _button("Cancel").setFocus()
    with qtbot.waitSignal(window.preferences.changed):
        press(form.laboratory, qtbot, Qt.Key.Key_Return)
    assert window.preferences.now.laboratory == "Labor 3"
