from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from genconvit.alone import NotAlone, alone

HOLD = """
import os, sys
from pathlib import Path
from genconvit.alone import alone
with alone(Path(sys.argv[1]), ".lock", "reader"):
    print("held", flush=True)
    sys.stdin.readline()
    os._exit(9)
"""


def test_a_second_one_is_turned_away_and_the_next_is_not(tmp_path: Path) -> None:
    refused = pytest.raises(NotAlone, match="another reader is writing into")
    with alone(tmp_path, ".lock", "reader"), refused, alone(tmp_path, ".lock", "reader"):
        pass
    with alone(tmp_path, ".lock", "reader"):
        pass


def test_a_process_that_dies_holds_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(NotAlone), alone(tmp_path, ".lock", "reader"):
            pass
        other.communicate("die\n")
    assert other.returncode == 9
    with alone(tmp_path, ".lock", "reader"):
        pass


def test_a_folder_that_cannot_be_locked_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unable = NotImplementedError("flock")

    def refuse(*arguments: object, **words: object) -> None:
        raise unable

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(NotAlone, match="cannot be locked"), alone(tmp_path, ".lock", "reader"):
        pass
