"""Pictures of the window, as the demo and the README use them."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.models import images
from desktop.ui import pictures
from desktop.ui.main_window import MainWindow


def test_a_small_set_is_taken_and_the_case_is_left_alone(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: object, tmp_path: Path
) -> None:
    session = window._session
    with qtbot.waitSignal(session.case_opened):
        session.create_case(details)  # type: ignore[arg-type]
    with qtbot.waitSignal(session.analysis_made):
        session.add_videos(videos[:1], copy=True, then=window.preferences.how)
    assert session.snapshot is not None
    folder = session.snapshot.folder
    assert window.close()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    taken = pictures.take(folder, tmp_path / "pictures")

    assert [path.name for path in taken] == ["library-light.png", "case-light.png", "case-dark.png"]
    light, dark = (images.load(path) for path in taken[1:])
    assert (light.width(), light.height()) == (1280, 800)
    assert light.pixelColor(4, 400).lightness() > 200 > 60 > dark.pixelColor(4, 400).lightness()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
