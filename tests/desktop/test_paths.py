from __future__ import annotations

import sys
from pathlib import Path

from desktop import paths
from genconvit import places


def users() -> tuple[Path, ...]:
    return (
        paths.library_folder(), paths.settings_folder(), paths.log_folder(), paths.weight_folders()[0],
        paths.method_folders()[0],
    )  # fmt: skip


def test_one_variable_moves_all_of_the_users_data(monkeypatch, tmp_path):
    monkeypatch.setenv("VERIFRAME_HOME", str(tmp_path))
    assert all(path.is_relative_to(tmp_path) for path in users())
    assert len(set(users())) == len(users())
    assert list(tmp_path.iterdir()) == []


def test_without_it_they_are_where_the_system_has_them(monkeypatch):
    for value in (None, "", "  "):
        if value is None:
            monkeypatch.delenv("VERIFRAME_HOME", raising=False)
        else:
            monkeypatch.setenv("VERIFRAME_HOME", value)
        assert all(path.is_absolute() for path in users())
        assert paths.weight_folders() == (places.user_folder(), places.SHIPPED)
        assert all("Veriframe" in str(path) for path in users())


def test_a_relative_home_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERIFRAME_HOME", "portable")
    assert paths.library_folder() == tmp_path / "portable" / "cases"


def test_shipped_weights_and_methods_come_last(monkeypatch, tmp_path):
    monkeypatch.setenv("VERIFRAME_HOME", str(tmp_path))
    assert paths.weight_folders()[-1] == places.SHIPPED
    assert paths.method_folders()[-1] == places.SHIPPED / "methods"


def test_the_programs_own_files_are_beside_it():
    assert paths.resources_folder() == Path(paths.__file__).parents[1] / "resources"
    assert paths.demo_clip().is_file()


def test_in_a_bundle_they_are_in_the_bundle(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.demo_clip() == tmp_path / "resources" / "demo.mp4"
