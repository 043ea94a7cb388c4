"""What is typed into a form belongs to one case, and is not lost with a fault or a key."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop import messages
from desktop.cases.case import Case
from desktop.cases.errors import CaseNotSaved
from desktop.cases.library import CaseLibrary
from desktop.cases.records import CaseDetails
from desktop.ui import asking
from desktop.ui.main_window import MainWindow
from tests.desktop.ui.steps import opened, press


@pytest.mark.parametrize("other", [True, False])
def test_details_of_a_case_that_was_left_go_into_no_other(
    window: MainWindow, qtbot: QtBot, details: CaseDetails, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    session, disk = window._session, threading.Event()
    opened(window, qtbot, replace(details, number="B"))
    assert session.snapshot is not None
    folder = session.snapshot.folder
    opened(window, qtbot, replace(details, number="A"))

    def slow(*_: object) -> None:
        disk.wait(5)
        raise CaseNotSaved(Path("case.json"), "no space")

    monkeypatch.setattr(Case, "change_details", slow)
    window.edit_details()
    window._form.fields["question"].setPlainText("Of A")
    window._form.accept()
    with qtbot.waitSignal(session.case_opened if other else session.case_closed):
        if other:
            window.open_case(folder)
        else:
            window.close_case()
        disk.set()
    form = window._form
    assert form.isVisible() and form.details.question == "Of A"
    assert form.fields["question"].isReadOnly()
    form.accept()
    assert window._form is not form and window._form.details.question == "Of A"
    if other:
        assert session.snapshot is not None and session.snapshot.details.number == "B"
    window._form.reject()


def test_typed_details_come_back_after_a_fault_and_only_then(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("fault")

    with monkeypatch.context() as patch:
        patch.setattr(CaseLibrary, "create", broken)
        window.new_case()
        form = window._form
        form.fields["number"].setText("8")
        with qtbot.waitSignal(window._session.failed):
            form.accept()
    assert window._fault is not None
    window._fault.accept()
    again = window._form
    assert again is not form and again.isVisible() and again.details.number == "8"
    again.reject()
    with qtbot.waitSignal(window._session.failed):
        window.open_case(tmp_path / "nothing")
    assert window._form is again and "Case not found" in window.library.notice.text


def test_saved_details_are_forgotten(window: MainWindow, qtbot: QtBot, details: CaseDetails) -> None:
    opened(window, qtbot, details)
    window.edit_details()
    window._form.fields["question"].setPlainText("Which?")
    with qtbot.waitSignal(window._session.case_changed):
        window._form.accept()
    assert window._typed is None


def test_escape_asks_before_changed_settings_are_gone(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.actions_["settings"].trigger()
    form = window.preferences.dialog
    assert form is not None
    form.laboratory.setText("Labor 3")
    monkeypatch.setattr(asking, "sure", lambda *_: False)
    press(form, qtbot, Qt.Key.Key_Escape)
    assert form.isVisible() and form.laboratory.text() == "Labor 3"
    form.accept()


def test_a_new_case_says_that_it_closes_this_one() -> None:
    assert messages.leaving(True, 0, messages.NEW_CASE).endswith(messages.NEW_CASE)
