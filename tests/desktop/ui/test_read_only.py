"""A case that cannot be changed: everything in it can be read, none of it altered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.cases.opening import open_case
from desktop.cases.records import CaseDetails, Opinion
from desktop.ui.main_window import MainWindow
from tests.desktop.ui.steps import press, with_result

COMMENT = "Seam at the jaw, from the ear to the chin, wanders by two pixels between frames"
REASONS = "\n".join(f"{number}. A seam along the jaw." for number in range(40))


@pytest.fixture
def locked(window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails) -> Iterator[MainWindow]:
    """A case with a review and a conclusion, open somewhere else."""
    with_result(window, qtbot, videos[0], replace(details, question="Was the face replaced?"))
    side, session = window.case.side, window._session
    side.review.comment.setText(COMMENT)
    with qtbot.waitSignal(session.case_changed):
        window.actions_["accepted"].trigger()
    side.conclusion.choices[Opinion.INCONSISTENT].setChecked(True)
    side.conclusion.reasons.setPlainText(REASONS)
    with qtbot.waitSignal(session.case_changed):
        side.conclusion.record.click()
    assert session.snapshot is not None
    folder = session.snapshot.folder
    with qtbot.waitSignal(session.case_closed):
        window.close_case()
    with open_case(folder):
        with qtbot.waitSignal(session.case_opened):
            window.open_case(folder)
        qtbot.waitUntil(lambda: window.case.stage.view.has_picture)
        yield window


def test_comment_and_reasons_can_be_read_to_their_end(locked: MainWindow, qtbot: QtBot) -> None:
    side = locked.case.side
    comment, reasons = side.review.comment, side.conclusion.reasons
    assert (comment.text(), comment.cursorPosition()) == (COMMENT, 0)
    press(comment, qtbot, Qt.Key.Key_End)
    qtbot.keyClicks(comment, "x")
    press(comment, qtbot, Qt.Key.Key_Return)
    assert comment.text() == COMMENT and comment.cursorPosition() == len(COMMENT)
    locked.actions_["go_conclusion"].trigger()
    assert reasons.hasFocus()
    qtbot.keyClicks(reasons, "x")
    press(reasons, qtbot, Qt.Key.Key_PageDown)
    assert reasons.toPlainText() == REASONS and reasons.verticalScrollBar().value() > 0
    assert not side.conclusion.record.isEnabled() and not locked.case.dirty and locked.case.notice.isHidden()


def test_the_details_can_be_read(locked: MainWindow, qtbot: QtBot) -> None:
    assert locked.case.header.details.isEnabled()
    locked.actions_["details"].trigger()
    form = locked._form
    assert form.details.question == "Was the face replaced?"
    assert all(field.isReadOnly() for field in form.fields.values()) and not form._save.isVisible()
    with qtbot.waitSignal(form.rejected):
        press(form.fields["number"], qtbot, Qt.Key.Key_Return)
