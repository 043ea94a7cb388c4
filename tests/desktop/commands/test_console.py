from __future__ import annotations

import io
import sys

from desktop.commands import console
from genconvit.errors import VideoNotFound


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_it_is_and_a_clean_line_afterwards(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(console, "_BETWEEN_S", 0.0)
    with console.Bar("clip.mp4") as bar:
        bar.progress.report(0.5, 12)
        assert "50% clip.mp4, 12 frames" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r" + " " * 78 + "\r")


def test_reports_in_quick_succession_are_one_line(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with console.Bar("clip.mp4") as bar:
        for _ in range(100):
            bar.progress.report(0.1)
        assert terminal.getvalue().count("clip.mp4") == 1


def test_a_file_sees_nothing(capsys):
    with console.Bar("clip.mp4") as bar:
        bar.progress.report(0.5)
    assert capsys.readouterr().err == ""


def test_a_program_without_streams_does_not_fail(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "stdout", None)
    console.prepare()
    with console.Bar("clip.mp4") as bar:
        bar.progress.report(0.5)
    console.tell("nobody listens")
    console.row("a", "b")


def test_a_terminal_that_does_not_know_a_character_gets_an_escape(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    console.prepare()
    console.row("Prüfung", "张")
    sys.stdout.flush()
    assert raw.getvalue() == b"Pr\\xfcfung\t\\u5f20\n"


def test_an_expected_error_is_a_sentence(tmp_path, capsys):
    console.complain("a.mp4", VideoNotFound(tmp_path / "a.mp4", "missing"))
    err = capsys.readouterr().err
    assert err.startswith("a.mp4: There is no file a.mp4.")
    assert "Traceback" not in err


def test_an_unexpected_error_comes_with_its_trace(capsys):
    try:
        raise KeyError("x")
    except KeyError as error:
        console.complain("a.mp4", error)
    err = capsys.readouterr().err
    assert "a.mp4: an unexpected error, KeyError" in err
    assert "test_console.py" in err
