from __future__ import annotations

import subprocess
import sys

import pytest

from desktop.commands import screen


@pytest.fixture(autouse=True)
def bare_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_no_display_is_no_screen():
    assert not screen.available()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_desktop_systems_have_one(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    assert screen.available()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not screen.available()


@pytest.mark.parametrize(("code", "there"), [(0, True), (-6, False), (1, False)])
def test_a_display_counts_when_qt_can_reach_it(monkeypatch, code, there):
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess((), code))
    assert screen.available() is there


def test_a_display_that_does_not_answer_is_none(monkeypatch):
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")

    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("python", 30)

    monkeypatch.setattr(subprocess, "run", hangs)
    assert not screen.available()


def test_a_built_program_trusts_the_display(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert screen.available()
