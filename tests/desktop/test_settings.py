"""Settings survive a start, and nonsense in their file does no harm."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from desktop import logs, settings
from desktop.settings import Settings
from genconvit import whole


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.json"
    mine = replace(Settings(), laboratory="Labor für Öffentliches", frames=48, theme="dark", copy_evidence=False)
    settings.save(file, mine)
    assert settings.load(file) == mine
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]


def test_a_folder_whose_name_is_no_unicode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    mine = replace(Settings(), last_folder="/videos/caf\udce9")
    settings.save(file, mine)
    assert settings.load(file) == mine


def test_a_file_that_cannot_be_replaced_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    settings.save(file, Settings())
    monkeypatch.setattr(whole, "_REPLACE_TRIES", 1)
    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(PermissionError):
        settings.save(file, replace(Settings(), examiner="Kim"))
    assert settings.load(file) == Settings()
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def refused(self: Path, target: Path) -> Path:
    raise PermissionError(13, "in use")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "none.json") == Settings()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe\x00"])
def test_a_broken_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    assert settings.load(file) == Settings()


def test_values_that_make_no_sense_are_left_out_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    given = {"theme": "pink", "device": 3, "frames": -1, "copy_evidence": "yes", "examiner": "Kim", "unknown": 1}
    file.write_text(json.dumps(given), encoding="utf-8")
    assert settings.load(file) == replace(Settings(), examiner="Kim")


def test_the_log_is_written_and_closed(tmp_path: Path) -> None:
    level = logging.getLogger().level
    path = logs.start(tmp_path / "logs")
    logging.getLogger("test").warning("written down")
    logs.stop()
    logging.getLogger().setLevel(level)
    assert path is not None and "written down" in path.read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way", encoding="utf-8")
    assert logs.start(tmp_path / "logs") is None
