"""Starts the window."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from desktop import logs, paths, settings
from desktop.ui.main_window import MainWindow
from desktop.ui.start import make_application, make_window, settings_file

log = logging.getLogger(__name__)


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
