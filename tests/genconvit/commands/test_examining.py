from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

import pytest

from genconvit.commands.examining import written


class Gone(io.RawIOBase):
    """A pipe whose reader has left."""

    @property
    def buffer(self) -> Gone:
        return self

    def write(self, _: object) -> int:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def test_what_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not written(b"{}", str(tmp_path / "none" / "a.json"))
    assert "a.json cannot be written" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdout", Gone())
    assert not written(b"{}", "-")
    assert capsys.readouterr().err == f"Standard output cannot be written: {os.strerror(errno.EPIPE)}.\n"
