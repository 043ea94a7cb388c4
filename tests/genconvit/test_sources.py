from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from genconvit import sources
from genconvit.sources import sha256_of, source_sha256


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "house" / "room").mkdir(parents=True)
    for name, content in {"b.py": b"b = 1\r\n", "room/a.py": b"", "B.py": b"B", "room/data.txt": b"no source"}.items():
        (tmp_path / "house" / name).write_bytes(content)
    return tmp_path / "house"


def test_it_is_what_sha256sum_would_print(package: Path) -> None:
    lines = "".join(
        f"{hashlib.sha256(content).hexdigest()}  house/{name}\n"
        for name, content in (("B.py", b"B"), ("b.py", b"b = 1\r\n"), ("room/a.py", b""))
    )
    assert sha256_of(package) == hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize("change", ["content", "name", "more", "less"])
def test_every_change_of_the_source_gives_another(package: Path, change: str) -> None:
    before = sha256_of(package)
    match change:
        case "content":
            (package / "b.py").write_bytes(b"b = 1\n")
        case "name":
            (package / "b.py").rename(package / "c.py")
        case "more":
            (package / "c.py").touch()
        case "less":
            (package / "b.py").unlink()
    assert sha256_of(package) != before


def test_where_there_is_no_source_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sha256_of(tmp_path / "nothing") == ""
    assert source_sha256.__wrapped__() == sha256_of(sources.PACKAGE)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert source_sha256.__wrapped__() == ""


def test_help_does_not_compute_it(root: Path) -> None:
    code = (
        "import runpy, sys\n"
        "sys.argv[1:] = ['--help']\n"
        "try:\n    runpy.run_module('genconvit', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print('genconvit.sources' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
