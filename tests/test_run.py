"""run.py, run for real: a small program in place of ours, and wheels in a folder in place of an index."""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from launch import machine
from launch.environment import LOCK, STAMP, make
from launch.failures import why
from launch.locking import only_one, try_lock
from launch.start import split_place
from launch.words import SetupFailed

PROGRAM = """
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "path": sys.path[:1], "prefix": sys.prefix}))
sys.exit(7)
"""


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    info = f"{name}-{version}.dist-info"
    texts = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*texts, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for file, text in {**texts, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)


class Checkout:
    """A copy of run.py beside a program that prints what it was started with and exits with 7."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        self.wheels.mkdir()
        shutil.copytree(root / "launch", folder / "launch", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "run.py", folder)
        (folder / "desktop").mkdir()
        (folder / "desktop" / "__init__.py").touch()
        (folder / "desktop" / "__main__.py").write_text(PROGRAM)
        self.need("1.0")
        for name in ("dlib_bin", "opencv_python_headless"):
            write_wheel(self.wheels, name, "1.0", {})
        for version in ("1.0", "2.0"):
            write_wheel(self.wheels, "needed", version, {"needed.py": f"VERSION = {version!r}\n"})
        write_wheel(self.wheels, "pytest", "1.0", {"pytest.py": PROGRAM})

    def need(self, version: str) -> None:
        text = '[project]\ndependencies = ["needed"]\noptional-dependencies.test = ["pytest"]\n'
        (self.folder / "pyproject.toml").write_text(text)
        (self.folder / "constraints.txt").write_text(f"needed=={version}\n")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(self.folder / "run.py"), *words]

    def env(self, wheels: Path | None = None) -> dict[str, str]:
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels or self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return {**os.environ, **pip, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def run(self, *words: str, cwd: Path | None = None, wheels: Path | None = None) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            self.command(*words),
            cwd=cwd,
            env=self.env(wheels),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert "Traceback" not in ran.stderr
        return ran


def told(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.returncode == 7, ran.stderr
    answer = json.loads(ran.stdout)
    assert isinstance(answer, dict)
    return answer


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, subprocess.CompletedProcess[str]]:
    """A checkout whose first use is over, and what that said."""
    folder = tmp_path_factory.mktemp("run") / "Prüfstück mit Leerzeichen"
    folder.mkdir()
    checkout = Checkout(folder, Path(__file__).resolve().parent.parent)
    return checkout, checkout.run("verify", "a b", cwd=folder.parent)


def test_the_first_use_sets_up_and_starts(set_up: tuple[Checkout, subprocess.CompletedProcess[str]]) -> None:
    checkout, first = set_up
    answer = told(first)
    assert answer["argv"] == ["verify", "a b"]
    assert answer["cwd"] == str(checkout.folder.parent)
    assert answer["path"] == [str(checkout.folder)]
    assert Path(answer["prefix"]) == checkout.folder / ".venv"
    assert "Installing 1 packages" in first.stderr
    assert "Ready after" in first.stderr


def test_later_uses_start_at_once(set_up: tuple[Checkout, subprocess.CompletedProcess[str]]) -> None:
    checkout, _ = set_up
    again = checkout.run("examine", "clip.mp4", "--report=ä.pdf")
    assert told(again)["argv"] == ["examine", "clip.mp4", "--report=ä.pdf"]
    assert again.stderr == ""


def test_a_module_beside_the_evidence_is_never_run(
    set_up: tuple[Checkout, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    for name in ("desktop", "json", "needed"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hostile')")
    assert told(set_up[0].run("verify", cwd=tmp_path))["argv"] == ["verify"]


def test_other_pins_are_installed_and_a_failure_keeps_what_was_there(
    set_up: tuple[Checkout, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    checkout, _ = set_up
    checkout.need("2.0")
    offline = checkout.run("verify", wheels=tmp_path)
    assert offline.returncode == 1
    assert "Check the connection" in offline.stderr
    checkout.need("1.0")
    assert checkout.run("verify", wheels=tmp_path).stderr == ""
    checkout.need("2.0")
    assert "Making the environment" not in checkout.run("verify").stderr
    python = checkout.folder / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    asked = [python, "-c", "import needed; print(needed.VERSION)"]
    ran = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "2.0"
    pip = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert pip.returncode == 0, pip.stdout


def test_the_tests_are_started_in_the_checkout_with_their_own_packages(
    set_up: tuple[Checkout, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    checkout, _ = set_up
    answer = told(checkout.run("test", "-k", "one thing", cwd=tmp_path))
    assert answer["argv"][-2:] == ["-k", "one thing"]
    assert answer["cwd"] == str(checkout.folder)


def test_an_install_that_was_stopped_is_taken_up_again(
    set_up: tuple[Checkout, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    checkout, _ = set_up
    place, before = tmp_path / "elsewhere", files_in(checkout.folder)
    words = ("--venv", str(place), "verify", "--all")
    with subprocess.Popen(
        checkout.command(*words), env=checkout.env(), stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        assert running.stderr is not None
        assert any("Making the environment" in line for line in running.stderr)
        running.terminate()
        said = running.stderr.read()
    assert running.returncode != 0
    assert "Traceback" not in said
    assert not (place / STAMP).exists()
    assert told(checkout.run(*words))["argv"] == ["verify", "--all"]
    assert files_in(checkout.folder) == before, "with --venv nothing is written beside the program"
    (place / "pyvenv.cfg").write_text("home = /gone\n")
    anew = checkout.run(*words)
    assert "Making the environment" in anew.stderr
    assert told(anew)["argv"] == ["verify", "--all"]


def test_a_folder_of_somebody_else_is_left_alone(
    set_up: tuple[Checkout, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "evidence.mp4").write_bytes(b"irreplaceable")
    refused = set_up[0].run("verify", "--venv", str(tmp_path))
    assert refused.returncode == 1
    assert "left alone" in refused.stderr
    assert files_in(tmp_path) == {"evidence.mp4"}
    assert "is a file" in set_up[0].run("verify", f"--venv={tmp_path / 'evidence.mp4'}").stderr


def test_help_needs_no_setup(tmp_path: Path, root: Path) -> None:
    (tmp_path / "fresh").mkdir()
    checkout = Checkout(tmp_path / "fresh", root)
    helped = checkout.run("--help")
    assert helped.returncode == 0
    assert "run.py demo" in helped.stdout
    assert not (checkout.folder / ".venv").exists()


def test_words_without_the_place_are_kept_in_order() -> None:
    assert split_place(["demo", "--venv", "x y", "--out", "z"]) == ("x y", ["demo", "--out", "z"])
    assert split_place(["--venv=ü", "test"]) == ("ü", ["test"])
    assert split_place([]) == (None, [])
    with pytest.raises(SetupFailed, match="needs the name"):
        split_place(["demo", "--venv"])


def test_any_python_3_can_read_run_py_and_an_old_one_gets_a_sentence(root: Path) -> None:
    ast.parse((root / "run.py").read_text("utf-8"), feature_version=(3, 6))
    old = "import sys, runpy; sys.version_info = (3, 6, 9, 'final', 0); sys.argv = ['run.py']; "
    code = old + f"runpy.run_path({str(root / 'run.py')!r}, run_name='__main__')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert ran.stderr.startswith("run.py: Veriframe needs Python 3.11 to 3.14, and this is 3.6.")


@pytest.mark.parametrize(
    ("code", "heard", "sentence"),
    [
        (1, "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        (1, "WARNING: Retrying ... NewConnectionError ... ERROR: ResolutionImpossible", "could not be fetched"),
        (1, "ERROR: No matching distribution found for torch==2.13.0", "was not found"),
        (1, "ERROR: [Errno 13] Permission denied: 'x'", "may not be written"),
        (1, "SSLError(CERTIFICATE_VERIFY_FAILED) Max retries", "PIP_CERT"),
        (-9, "", "signal 9"),
        (1, "something new", "The installation failed"),
    ],
)
def test_what_pip_says_becomes_a_sentence(code: int, heard: str, sentence: str, tmp_path: Path) -> None:
    text = why(code, heard, tmp_path)
    assert sentence in text
    assert "un the same command again." in text


def test_a_full_disk_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(SetupFailed, match="disk is full"):
        make(tmp_path, 0)
    assert not list(tmp_path.iterdir())


def test_one_at_a_time(tmp_path: Path) -> None:
    with only_one(tmp_path / LOCK), (tmp_path / LOCK).open("a+b") as other:
        assert not try_lock(other)
    with (tmp_path / LOCK).open("a+b") as other:
        assert try_lock(other)


def test_a_machine_that_cannot_do_it_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "install_system_packages", lambda _: False)
    machine.check_machine()
    with monkeypatch.context() as patch:
        patch.setattr(machine, "find_spec", lambda _: None)
        with pytest.raises(SetupFailed, match=r"apt-get install -y python3\.\d+-venv"):
            machine.check_machine()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "maxsize", 2**31 - 1)
        with pytest.raises(SetupFailed, match="64-bit"):
            machine.check_machine()
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.31"))
    with pytest.raises(SetupFailed, match=r"needs glibc 2\.34"):
        machine.check_machine()


class TestQtLibraries:
    @pytest.fixture(autouse=True)
    def _bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(machine, "is_loadable", lambda library: library != "libEGL.so.1")
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" else None)

    def test_a_user_is_told_the_line_to_type(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
        with pytest.raises(SetupFailed, match="sudo apt-get install -y libegl1\n"):
            machine.check_qt_libraries()

    def test_root_has_them_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ran: list[list[str]] = []

        def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            ran.append(command)
            monkeypatch.setattr(machine, "is_loadable", lambda library: True)
            return subprocess.CompletedProcess(command, 0)

        monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
        monkeypatch.setattr(subprocess, "run", run)
        machine.check_qt_libraries()
        assert ran[-1][-1] == "libegl1"

    def test_another_system_is_told_the_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: None)
        with pytest.raises(SetupFailed, match=r"libEGL\.so\.1"):
            machine.check_qt_libraries()
