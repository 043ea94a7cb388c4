"""Starts the window."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from desktop import logs, paths, settings
from desktop.jobs.session import Session
from desktop.ui import theme
from desktop.ui.main_window import MainWindow
from genconvit.engine import Engine

log = logging.getLogger(__name__)

SETTINGS_FILE = "settings.json"


def run(case: Path | None = None) -> int:
    """Open the window, with a case if one is given, until it is closed. Returns the exit status."""
    logs.start(paths.log_folder())
    qInstallMessageHandler(_on_qt_message)
    application = make_application(settings.load(settings_file()).theme)
    window = make_window(case)
    _catch_faults(window)
    window.show()
    status = application.exec()
    logs.stop()
    return status


def settings_file() -> Path:
    return paths.settings_folder() / SETTINGS_FILE


def make_application(choice: str) -> QApplication:
    """The application in its clothes. ``choice``: ``system``, ``light`` or ``dark``."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Veriframe")
    application.setDesktopFileName("veriframe")
    application.setStyle("Fusion")
    theme.add_fonts()
    application.setFont(theme.base_font())
    application.setWindowIcon(QIcon(str(theme.RESOURCES / "icons" / "veriframe.svg")))
    theme.apply(application, choice)
    return application


def make_window(case: Path | None = None) -> MainWindow:
    """The window with two engine processes that start when they are first needed."""
    folders = paths.weight_folders()
    session = Session(paths.library_folder(), folders, Engine(folders), Engine(folders))
    return MainWindow(session, settings_file(), case)


def _catch_faults(window: MainWindow) -> None:
    shown: list[bool] = []

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("unexpected", exc_info=(kind, error, trace))
        if issubclass(kind, KeyboardInterrupt):
            window.close()
        elif not shown:  # a fault in painting comes again and again; one dialog is enough
            shown.append(True)
            window.show_fault(error)

    sys.excepthook = hook


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}
    logging.getLogger("qt").log(levels.get(kind, logging.WARNING), text)
