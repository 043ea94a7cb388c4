"""Where weights and methods are kept. Only ``__main__`` and the desktop ask; everything else is handed folders."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

APPLICATION = "Veriframe"

SHIPPED: Path = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent)) / "weight"
"""The weights folder that comes with the program, beside the package; in a PyInstaller build inside its bundle."""


def user_folder() -> Path:
    """The user's own weights folder; it may not exist yet."""
    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False)) / "weight"
