"""A home with a method of its own, and commands that use an engine that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop import paths
from desktop.commands import demo, examine
from genconvit import method as methods


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, engine, method) -> Path:
    home = tmp_path / "home"
    folder = home / "weight" / "methods"
    folder.mkdir(parents=True)
    (folder / "standard.toml").write_text(methods.to_toml(method), encoding="utf-8")
    monkeypatch.setenv("VERIFRAME_HOME", str(home))
    for module in (demo, examine):
        monkeypatch.setattr(module, "Engine", lambda folders: engine)
    return home


@pytest.fixture(autouse=True)
def shipped(home, monkeypatch) -> None:
    """The shipped weights folder stands empty, so that nothing here depends on what is in it."""
    monkeypatch.setattr(paths.places, "SHIPPED", home / "weight")
