"""Where things are: the user's, and the program's own. ``VERIFRAME_HOME`` moves all of the user's into one folder."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

from genconvit import places


def library_folder() -> Path:
    """Where the cases are, each in a folder of its own."""
    if (home := places.home()) is not None:
        return home / "cases"
    return Path(platformdirs.user_documents_dir()) / places.APPLICATION


def settings_folder() -> Path:
    """Where the settings are."""
    if (home := places.home()) is not None:
        return home / "settings"
    return Path(platformdirs.user_config_dir(places.APPLICATION, appauthor=False))


def log_folder() -> Path:
    """Where the log file is."""
    if (home := places.home()) is not None:
        return home / "logs"
    return Path(platformdirs.user_log_dir(places.APPLICATION, appauthor=False))


def weight_folders() -> tuple[Path, ...]:
    """Weights folders, the user's first."""
    return (places.user_folder(), places.SHIPPED)


def method_folders() -> tuple[Path, ...]:
    """Folders with methods, the user's first."""
    return tuple(folder / "methods" for folder in weight_folders())


def resources_folder() -> Path:
    """Icons, fonts, the report's template and the demo clip; in a PyInstaller build inside its bundle."""
    bundle = getattr(sys, "_MEIPASS", None)
    return (Path(bundle) if bundle else Path(__file__).resolve().parent.parent) / "resources"


def demo_clip() -> Path:
    """The bundled clip."""
    return resources_folder() / "demo.mp4"
