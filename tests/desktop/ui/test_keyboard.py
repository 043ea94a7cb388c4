"""The window by keyboard alone: Enter and Escape lose nothing, and one sees where one is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.cases.records import CaseDetails
from desktop.ui.actions import MENUS
from desktop.ui.main_window import MainWindow
from tests.desktop.ui.steps import dialog, press, with_result


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


def test_no_letter_stands_for_two_things_in_a_menu() -> None:
    for texts in ([title for title, _ in MENUS], *([entry.text for entry in entries] for _, entries in MENUS)):
        letters = [text[text.index("&") + 1].lower() for text in texts if text]
        assert len(set(letters)) == len(letters), texts


def test_one_sees_where_the_keyboard_is(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    def ring(widget: QWidget) -> bool:
        elsewhere.setFocus()
        without = widget.grab().toImage()
        widget.setFocus()
        return widget.hasFocus() and widget.grab().toImage() != without

    with_result(window, qtbot, videos[0], details)
    window.resize(960, 600)
    elsewhere = window.case.side.review.comment
    head = window.case.side._head
    qtbot.waitUntil(lambda: head.focusPolicy() == Qt.FocusPolicy.TabFocus)
    for widget in (window.case.videos.list, window.case.stage.strip, window.case.stage.timeline, head):
        qtbot.waitUntil(lambda widget=widget: ring(widget))  # type: ignore[misc]
    with qtbot.waitSignal(window._session.listed):
        window.close_case()
    elsewhere = window.library.table.horizontalHeader()
    assert window.library.table.hasFocus() and ring(window.library.table)


def test_escape_puts_a_line_away_from_anywhere_on_its_page(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    case = window.case
    window.actions_["go_conclusion"].trigger()
    for widget in (case.side.conclusion.reasons, case.videos.list, case.stage.strip, case.stage.view, case.header.back):
        case.notice.say("The report is ready")
        press(widget, qtbot, Qt.Key.Key_Escape)
        assert case.notice.isHidden(), widget
    case.notice.say("It stays", stays=True)
    press(case.videos.list, qtbot, Qt.Key.Key_Escape)
    assert case.notice.isVisible()
