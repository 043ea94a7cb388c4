from __future__ import annotations

import sys
from types import ModuleType

import pytest

from desktop import paths
from desktop.cases.opening import open_case
from desktop.cases.verify import verify
from desktop.commands import demo, exits, screen
from desktop.commands.line import main
from genconvit.errors import EngineDied


@pytest.fixture
def opened(monkeypatch) -> list[object]:
    """The folders that a window was opened on; there is a screen."""
    folders: list[object] = []
    app = ModuleType("desktop.app")
    app.run = lambda case=None: folders.append(case) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "desktop.app", app)
    monkeypatch.setattr(screen, "available", lambda: True)
    return folders


@pytest.fixture
def windowless(monkeypatch) -> None:
    def take(folder, to):
        to.mkdir(parents=True, exist_ok=True)
        (to / "window.png").write_bytes(b"png")
        return [to / "window.png"]

    pictures = ModuleType("desktop.ui.pictures")
    pictures.take = take  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "desktop.ui.pictures", pictures)
    monkeypatch.setattr(screen, "available", lambda: False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def test_without_a_screen_it_says_where_everything_is(tmp_path, windowless, capsys):
    out = tmp_path / "out"
    assert main(["demo", "--out", str(out)]) == exits.DONE
    text = capsys.readouterr().out
    for line in (
        "demo.mp4\tFAKE\t0.910\t1",
        f"Case folder: {out / 'DEMO'}",
        f"Report: {out / 'report.pdf'}",
        f"Picture: {out / 'pictures' / 'window.png'}",
    ):
        assert line in text.splitlines()
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert verify(out / "DEMO") == ()


def test_with_a_screen_it_ends_in_the_window(home, opened):
    assert main(["demo"]) == exits.DONE
    assert opened == [paths.library_folder() / "DEMO"]
    with open_case(paths.library_folder() / "DEMO") as case:
        assert not case.read_only


def test_it_can_be_run_again(tmp_path, opened):
    for _ in range(2):
        assert main(["demo", "--out", str(tmp_path / "out")]) == exits.DONE
    with open_case(tmp_path / "out" / "DEMO") as case:
        assert (len(case.snapshot().evidence), len(case.snapshot().analyses)) == (1, 2)


def test_a_demo_case_that_is_open_elsewhere_gets_a_sister(tmp_path, opened):
    with demo.demo_case(tmp_path):
        assert main(["demo", "--out", str(tmp_path)]) == exits.DONE
    assert opened == [tmp_path / "DEMO-2"]


def test_a_failure_is_said_and_opens_no_window(tmp_path, opened, engine, capsys):
    engine.failures["demo.mp4"] = EngineDied(-9, "examine")
    assert main(["demo", "--out", str(tmp_path)]) == exits.VIDEO
    assert "engine process ended" in capsys.readouterr().err
    assert opened == []


def test_a_place_that_cannot_be_written_is_said(tmp_path, opened, capsys):
    (tmp_path / "file").touch()
    assert main(["demo", "--out", str(tmp_path / "file")]) == exits.CASE
    assert "could not be written" in capsys.readouterr().err


def test_the_self_test_passes_and_leaves_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(demo.tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    assert main(["--self-test"]) == exits.DONE
    assert "self-test: passed" in capsys.readouterr().out
    assert set(tmp_path.iterdir()) == before


def test_the_self_test_fails_without_a_verdict(engine, capsys):
    engine.failures["demo.mp4"] = EngineDied(-9, "examine")
    assert main(["--self-test"]) == exits.DIFFERS
    out, err = capsys.readouterr()
    assert "self-test: failed" in out
    assert "there is no verdict" in err


def test_the_self_test_fails_when_the_method_is_missing(home, capsys):
    (home / "weight" / "methods" / "standard.toml").unlink()
    assert main(["--self-test"]) == exits.DIFFERS
    assert "no method called" in capsys.readouterr().err
