from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genconvit import sources
from genconvit.sources import BUILT, Running, sha256_of, write_sha256


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "house" / "room").mkdir(parents=True)
    for name, content in {"b.py": b"b = 1\r\n", "room/a.py": b"", "C.py": b"C", "room/data.txt": b"no source"}.items():
        (tmp_path / "house" / name).write_bytes(content)
    return tmp_path / "house"


def test_it_is_what_sha256sum_would_print(package: Path) -> None:
    lines = "".join(
        f"{hashlib.sha256(content).hexdigest()}  house/{name}\n"
        for name, content in (("C.py", b"C"), ("b.py", b"b = 1\r\n"), ("room/a.py", b""))
    )
    assert sha256_of(package) == hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize("change", ["content", "name", "more", "less"])
def test_every_change_of_the_source_gives_another(package: Path, change: str) -> None:
    before = sha256_of(package)
    match change:
        case "content":
            (package / "b.py").write_bytes(b"b = 1\n")
        case "name":
            (package / "b.py").rename(package / "d.py")
        case "more":
            (package / "d.py").touch()
        case "less":
            (package / "b.py").unlink()
    assert sha256_of(package) != before


def test_where_there_is_no_source_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sha256_of(tmp_path / "nothing") == ""
    assert Running(sources.PACKAGE).sha256() == sha256_of(sources.PACKAGE)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert Running(sources.PACKAGE).sha256() == ""


def test_a_built_program_reads_what_was_written_when_it_was_built(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "dist" / "house"
    built.mkdir(parents=True)
    written = write_sha256(tmp_path, package)
    assert (written.name, written.parent) == (BUILT, tmp_path)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert Running(built).sha256() == ""
    shutil.copy(written, built)
    assert Running(built).sha256() == sha256_of(package)
    (built / BUILT).write_text("no digest\n", encoding="utf-8")
    assert Running(built).sha256() == ""


ONE_STATE = """
from genconvit.provenance import make_provenance
update()
print(source_sha256() == before)
"""
ENGINE = """
from multiprocessing import Pipe
from genconvit.engine_process import answer

def examine(progress):
    update()
    print(source_sha256() == before)

ours, theirs = Pipe()
ours.send(("examine", ()))
ours.close()
answer(theirs, {"examine": examine})
"""
OF_TWO_STATES = """
import genconvit.provenance
update()
import genconvit.certifying
print(source_sha256() == "")
PACKAGE.joinpath("verdict.py").write_bytes(verdict)
import genconvit.tracks
print(source_sha256() == "")
"""


@pytest.mark.parametrize("what", [ONE_STATE, ENGINE, OF_TWO_STATES])
def test_it_is_of_the_code_that_runs_whatever_lies_on_the_disk_later(root: Path, tmp_path: Path, what: str) -> None:
    shutil.copytree(root / "genconvit", tmp_path / "genconvit", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "import os\n"
        "from genconvit.sources import PACKAGE, sha256_of, source_sha256\n"
        "assert PACKAGE.parent.samefile(os.curdir)\n"
        "before, verdict = sha256_of(PACKAGE), PACKAGE.joinpath('verdict.py').read_bytes()\n"
        "def update():\n    PACKAGE.joinpath('verdict.py').write_bytes(verdict + b'# newer')\n" + what
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {"True"}


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
