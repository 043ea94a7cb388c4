"""The settings while the window is open: kept in their file, shown in their dialog, worn by the application."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop import messages, paths
from desktop import settings as stored
from desktop.jobs.records import HowTo
from desktop.settings import Settings
from desktop.ui import theme
from desktop.ui.settings_dialog import SettingsDialog
from genconvit import method as methods
from genconvit.errors import GenConViTError
from genconvit.method import Method


class Preferences(QObject):
    """``changed`` when the dialog was accepted; ``problem`` carries words where something could not be done."""

    changed = Signal()
    problem = Signal(str)

    def __init__(self, file: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._file = file
        self.dialog: SettingsDialog | None = None
        self.now = stored.load(file)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)

    @property
    def how(self) -> HowTo:
        return HowTo(self.now.method, self.now.frames, self.now.device)

    def keep(self, settings: Settings) -> None:
        """Use these from now on, and after the next start."""
        self.now = settings
        try:
            stored.save(self._file, settings)
        except OSError as error:
            self.problem.emit(f"The settings could not be saved: {error}")

    def edit(self) -> None:
        self.dialog = SettingsDialog(self.now, self._methods(), self._window)
        self.dialog.accepted.connect(self._on_accepted)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    @Slot()
    def _on_accepted(self) -> None:
        if self.dialog is not None:
            self.keep(self.dialog.settings)
            self._dress()
            self.changed.emit()

    @Slot()
    def _on_finished(self) -> None:
        self.dialog = None  # Qt deletes it

    @Slot()
    def _dress(self) -> None:
        """Follow the settings, and the system where they say so."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, self.now.theme)

    def _methods(self) -> tuple[Method, ...]:
        found = []
        for name in methods.names(paths.method_folders()):
            try:
                found.append(methods.find(name, paths.method_folders()))
            except GenConViTError as error:
                words = messages.message(error)
                self.problem.emit(words.text if words is not None else str(error))
        return tuple(found)
