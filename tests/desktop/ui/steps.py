"""What the tests of the window do again and again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from desktop.cases.records import CaseDetails
from desktop.ui.main_window import MainWindow
from genconvit.errors import EngineDied


def opened(window: MainWindow, qtbot: QtBot, details: CaseDetails) -> None:
    with qtbot.waitSignal(window._session.case_opened):
        window._session.create_case(details)


def with_result(window: MainWindow, qtbot: QtBot, video: Path, details: CaseDetails) -> None:
    opened(window, qtbot, details)
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop([video])
    with qtbot.waitSignal(window._session.analysis_made):
        window.actions_["analyze"].trigger()
    qtbot.waitUntil(lambda: window.case.stage.analysis is not None)
    if window.case.stage.flagged.frames:
        qtbot.waitUntil(lambda: window.case.stage.view.has_picture)


def with_dead_engine(window: MainWindow, qtbot: QtBot, video: Path, details: CaseDetails, sample: object) -> None:
    opened(window, qtbot, details)
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop([video])
    sample.failure = EngineDied(-11, "examine")  # type: ignore[attr-defined]
    with qtbot.waitSignal(window._session.failed):
        window.actions_["analyze"].trigger()


def press(
    widget: QWidget, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    widget.setFocus()
    qtbot.keyClick(widget, key, modifier)


def dialog() -> QDialog:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
