"""Whether a window can be shown."""

from __future__ import annotations

import os
import subprocess
import sys

_WINDOWLESS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")
_TRY = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"


def available() -> bool:
    """Qt ends the process that cannot reach its screen, so another process tries first where there is doubt."""
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in _WINDOWLESS:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    if getattr(sys, "frozen", False):
        return True
    return _qt_starts()


def _qt_starts() -> bool:
    try:
        attempt = subprocess.run([sys.executable, "-c", _TRY], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return attempt.returncode == 0
