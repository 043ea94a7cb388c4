from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import genconvit
from genconvit import places


def test_shipped_weights_stand_beside_the_package() -> None:
    assert Path(genconvit.__file__).resolve().parent.parent / "weight" == places.SHIPPED
    assert (places.SHIPPED / "methods" / "released.toml").is_file()


def test_a_built_program_looks_in_its_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert runpy.run_path(places.__file__)["SHIPPED"] == tmp_path / "weight"


def test_user_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(places.HOME_VARIABLE, raising=False)
    folder = places.user_folder()
    assert folder.is_absolute()
    assert folder.name == "weight"
    assert places.APPLICATION in folder.parts
    assert folder != places.SHIPPED


def test_one_variable_moves_the_users_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path))
    assert places.user_folder() == tmp_path / "weight"


def test_charts_keep_what_they_know_with_the_users_own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path))
    assert places.chart_folder() == tmp_path / "charts"
    monkeypatch.delenv(places.HOME_VARIABLE)
    assert places.APPLICATION in places.chart_folder().parts
