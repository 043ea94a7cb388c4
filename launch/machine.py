"""What the machine must have: a 64-bit Python that can make environments, and the system libraries of Qt."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from launch.words import AGAIN, SetupFailed, say

QT_LIBRARIES = (
    ("libEGL.so.1", "libegl1", "libglvnd-egl"),
    ("libGL.so.1", "libgl1", "libglvnd-glx"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libdbus-1.so.3", "libdbus-1-3", "dbus-libs"),
    ("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
)
"""What the wheels of Qt expect of the system: library, Debian's package, Fedora's package."""

QT_SCREEN_LIBRARIES = (
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
)
"""The same, for a window on an X server."""

OLDEST_GLIBC = (2, 34)


def check_machine() -> None:
    """What an environment needs. Raises SetupFailed."""
    if sys.maxsize <= 2**32:
        raise SetupFailed("Veriframe needs a 64-bit Python, and this one is a 32-bit one.")
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise SetupFailed("PyTorch is no longer made for Macs with an Intel processor: Veriframe needs an Apple one.")
    library, version = platform.libc_ver()
    if library == "glibc" and tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
        raise SetupFailed(
            f"This Linux is too old: Qt needs glibc 2.34, and this is {version}. Debian 12, Ubuntu 22.04, Fedora 35 "
            "and newer ones have it."
        )
    package = f"python3.{sys.version_info.minor}-venv"
    if find_spec("ensurepip") is None and not install_system_packages([package]):
        raise SetupFailed(
            "This Python cannot make environments: its module ensurepip is missing. On Debian and Ubuntu type:\n\n"
            f"    sudo apt-get install -y {package}\n\n{AGAIN}"
        )


def check_qt_libraries() -> None:
    """Qt itself would end the process without a word on what to install. Raises SetupFailed."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries()
    if missing and install_system_packages([row[1] for row in missing]):
        missing = missing_libraries()
    if not missing:
        return
    names = ", ".join(row[0] for row in missing)
    if shutil.which("apt-get"):
        do = "Type:\n\n    sudo apt-get install -y " + " ".join(row[1] for row in missing) + "\n\n"
    elif shutil.which("dnf"):
        do = "Type:\n\n    sudo dnf install -y " + " ".join(row[2] for row in missing) + "\n\n"
    else:
        do = "Install the packages that hold them. "
    raise SetupFailed(f"Qt needs system libraries that are missing here: {names}. {do}{AGAIN}")


def missing_libraries() -> list[tuple[str, str, str]]:
    on_screen = os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM", "xcb") == "xcb"
    asked = QT_LIBRARIES + (QT_SCREEN_LIBRARIES if on_screen else ())
    return [row for row in asked if not is_loadable(row[0])]


def is_loadable(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_system_packages(packages: Sequence[str]) -> bool:
    """On Debian and its kin, and as root only. Whether it worked."""
    geteuid = getattr(os, "geteuid", None)
    apt = shutil.which("apt-get")
    if geteuid is None or geteuid() != 0 or apt is None:
        return False
    say("Installing system packages: " + " ".join(packages))
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "-q", "--no-install-recommends", *packages]
    done = [
        subprocess.run([apt, *words], env=env, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False).returncode
        for words in (["update", "-q"], install)
    ]
    return done[-1] == 0
