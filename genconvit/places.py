"""Where weights and methods are kept. Only ``__main__`` and the desktop ask; everything else is handed folders.
``VERIFRAME_HOME`` moves all of the user's data into one folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APPLICATION = "Veriframe"
HOME_VARIABLE = "VERIFRAME_HOME"

SHIPPED: Path = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent)) / "weight"
"""The weights folder that comes with the program, beside the package; in a PyInstaller build inside its bundle."""


def home() -> Path | None:
    """The one folder for everything of the user's. An empty variable is none; a relative one starts from the current
    folder, as shells have it."""
    value = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(value).expanduser().absolute() if value else None


def chart_folder() -> Path:
    """Where matplotlib may keep what it knows of the fonts; it may not exist yet."""
    own = home()
    return own / "charts" if own else Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False)) / "charts"


def user_folder() -> Path:
    """The user's own weights folder; it may not exist yet."""
    own = home() or Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))
    return own / "weight"
