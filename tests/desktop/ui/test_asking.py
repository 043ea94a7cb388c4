"""What was typed into a form or is under way is not lost by a key, and comes back where it could not be saved."""

from __future__ import annotations

from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from desktop import messages
from desktop.cases.case import Case
from desktop.cases.errors import CaseNotSaved
from desktop.cases.library import CaseLibrary
from desktop.cases.records import CaseDetails
from desktop.ui import asking
from desktop.ui.main_window import MainWindow
from tests.desktop.ui.steps import opened, press

sure = asking.sure


@pytest.mark.parametrize(("key", "gone"), [(Qt.Key.Key_Return, False), (Qt.Key.Key_Escape, False), (None, True)])
def test_only_the_button_itself_gives_something_up(qtbot: QtBot, key: Qt.Key | None, gone: bool) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        if key is None:
            box.buttons()[[button.text() for button in box.buttons()].index("Leave")].click()
        else:
            qtbot.keyClick(box, key)

    QTimer.singleShot(100, answer)
    assert sure(parent, "Leave the case?", "Leave", "Stay") is gone


def test_escape_asks_before_a_filled_form_is_gone(
    window: MainWindow, qtbot: QtBot, details: CaseDetails, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(window, qtbot, details)
    window.edit_details()
    form = window._form
    press(form, qtbot, Qt.Key.Key_Escape)
    assert not asked, "nothing was typed"
    qtbot.waitUntil(lambda: not shiboken6.isValid(form))
    window.edit_details()
    form = window._form
    form.fields["question"].setPlainText("Was the face replaced?")
    monkeypatch.setattr(asking, "sure", lambda *_: False)
    press(form, qtbot, Qt.Key.Key_Escape)
    assert form.isVisible() and form.details.question == "Was the face replaced?"
    form.accept()


def test_details_that_could_not_be_saved_come_back(
    window: MainWindow, qtbot: QtBot, details: CaseDetails, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(window, qtbot, details)

    def full(*_: object) -> None:
        raise CaseNotSaved(Path("case.json"), "no space")

    for owner, name, ask in ((Case, "change_details", window.edit_details), (CaseLibrary, "create", window.new_case)):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, full)
            ask()
            form = window._form
            form.fields["number"].setText("8")
            form.fields["question"].setPlainText("Was the face replaced?")
            with qtbot.waitSignal(window._session.failed):
                form.accept()
        assert window._form is not form and window._form.isVisible()
        assert (window._form.details.number, window._form.details.question) == ("8", "Was the face replaced?")
        with qtbot.waitSignal(window._session.case_changed if owner is Case else window._session.case_opened):
            window._form.accept()


def test_faults_that_come_one_after_another_have_one_dialog(window: MainWindow, qtbot: QtBot) -> None:
    for error in (ValueError("one"), ValueError("one"), ValueError("two")):
        window.show_fault(error)
    dialog = window._fault
    assert dialog is not None
    text = dialog.text.toPlainText()
    assert (text.count("ValueError: one"), text.count("ValueError: two")) == (1, 1)
    dialog.accept()
    window.show_fault(ValueError("three"))
    assert window._fault is not None and window._fault is not dialog
    window._fault.accept()


def test_leaving_says_what_is_lost() -> None:
    assert messages.leaving(True, 0).startswith("You typed a comment or a conclusion")
    assert messages.leaving(False, 1).startswith("1 task is still in work.")
    assert "2 tasks are still in work." in messages.leaving(True, 2)
