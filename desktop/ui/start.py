"""The application in its clothes, and a window with its engines."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from desktop import paths
from desktop.jobs.session import Session
from desktop.ui import theme
from desktop.ui.main_window import MainWindow
from genconvit.engine import Engine

SETTINGS_FILE = "settings.json"
SWITCH_S = 0.001
"""For how long another thread may keep Python to itself while the window waits. The usual 5 ms add up: whoever paints
between the steps of a report that is being written waits several times over."""


def settings_file() -> Path:
    return paths.settings_folder() / SETTINGS_FILE


def make_application(choice: str) -> QApplication:
    """The one application. ``choice``: ``system``, ``light`` or ``dark``."""
    sys.setswitchinterval(SWITCH_S)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Veriframe")
    application.setDesktopFileName("veriframe")
    theme.add_fonts()
    if existing is None:
        application.setStyle("Fusion")
        application.setFont(theme.base_font())
    application.setWindowIcon(QIcon(str(theme.RESOURCES / "icons" / "veriframe.svg")))
    theme.apply(application, choice)
    return application


def make_window(case: Path | None = None) -> MainWindow:
    """The window, with three engine processes that start when they are first needed."""
    folders = paths.weight_folders()
    session = Session(paths.library_folder(), folders, Engine(folders), Engine(folders), Engine(folders))
    return MainWindow(session, settings_file(), case)
