from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from desktop.ui import theme


@pytest.mark.parametrize("folder", ["plain", "Prüf stück (1)", "a 'quoted' one", "50 % #1; {x}"])
@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_the_style_sheet_is_read_wherever_the_program_lies(
    folder: str, colours: theme.Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    resources = Path(
        shutil.copytree(theme.RESOURCES, tmp_path / folder, ignore=shutil.ignore_patterns("*.mp4", "*.otf"))
    )
    monkeypatch.setattr(theme, "RESOURCES", resources)
    widget = QCheckBox("Boxes")
    qtbot.addWidget(widget)
    with qtbot.captureExceptions() as raised:
        widget.setStyleSheet(theme.sheet(colours))
        widget.setChecked(True)
        widget.show()
        widget.grab()
    assert not raised
