"""Holds for every test: no screen, no network, no data of the user, and nothing left running."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path

import pytest
from hypothesis import settings

from genconvit import steering

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 5.0

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "2")
steering.take_out()
os.environ["PYTHONPATH"] = str(ROOT)
os.environ["PYTHONSAFEPATH"] = "1"

# A busy machine is no failure, and a run that nobody watches shall be the same every time.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


@pytest.fixture
def root() -> Path:
    """The folder of pyproject.toml."""
    return ROOT


@pytest.fixture(autouse=True)
def _user_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFRAME_HOME", str(tmp_path_factory.getbasetemp() / f"home-{time.monotonic_ns()}"))


@pytest.fixture(autouse=True, scope="session")
def _chart_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["MPLCONFIGDIR"] = str(tmp_path_factory.mktemp("charts"))


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True
    try:
        return str(address[0]) in ("", "localhost") or ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def refuse(self: socket.socket, address: object, original=original) -> object:  # type: ignore[no-untyped-def]
                assert _is_local(address), f"a test reaches for the network: {address}"
                return original(self, address)

            patch.setattr(socket.socket, name, refuse)
        yield


def _threads() -> set[str]:
    """Running threads by name, without those that libraries keep for good (tqdm's monitor)."""
    kept = ("TMonitor", "_DummyThread")
    running = {f"thread {t.name}" for t in threading.enumerate() if type(t).__name__ not in kept}
    if "PySide6.QtCore" in sys.modules:
        import shiboken6
        from PySide6.QtCore import QThread

        wrappers = [w for w in shiboken6.getAllValidWrappers() if isinstance(w, QThread)]
        main = QThread.currentThread()
        running |= {f"QThread {id(w)}" for w in wrappers if w is not main and w.isRunning()}
    return running


def _processes() -> set[str]:
    """Children of this process; on Linux only, where the system lists them."""
    tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
    found: set[str] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            found |= {f"process {pid}" for pid in listing.read_text().split() if int(pid) != tracker}
        except OSError:
            continue
    return found


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    before = _threads() | _processes()
    yield
    deadline = time.monotonic() + PATIENCE_S
    while (left := (_threads() | _processes()) - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"left running: {', '.join(sorted(left))}"
