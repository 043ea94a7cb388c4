"""The environment: made, filled with the pinned set, and recognised the next time.

Two files in it tell how far it is. ``setup.lock`` says that run.py made it (so that it may be emptied again);
``setup.json`` is written last and says what it holds. Without the second, it is half done and made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from launch.aliases import ALIASES, write_alias
from launch.failures import DISK_FULL, why
from launch.locking import only_one
from launch.machine import check_machine
from launch.words import SetupFailed, say

LOCK, STAMP, LOG = "setup.lock", "setup.json", "setup.log"
LEAST_FREE_BYTES = 2_500_000_000


def requirements(checkout: Path, part: str) -> list[str]:
    """What pyproject.toml lists for a part: ``app``, or the extra of that name."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    listed = project["dependencies"] if part == "app" else project["optional-dependencies"][part]
    return [str(line) for line in listed]


def wanted(checkout: Path, parts: Sequence[str]) -> dict[str, str]:
    """Per part the SHA-256 of everything that decides what gets installed for it."""
    pins = (checkout / "constraints.txt").read_text("utf-8")
    return {
        part: hashlib.sha256(json.dumps([requirements(checkout, part), pins, ALIASES]).encode()).hexdigest()
        for part in parts
    }


def python_in(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def base_of(folder: Path) -> str:
    """The Python that the environment stands on; empty when it is gone. A system upgrade may remove or replace it."""
    try:
        settings = (folder / "pyvenv.cfg").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    home = re.search(r"^home\s*=\s*(.+?)\s*$", settings, re.MULTILINE)
    python = python_in(folder)
    if home is None or not Path(home[1]).is_dir() or not python.exists():
        return ""
    return home[1] + "|" + os.path.realpath(python)


def read_stamp(folder: Path) -> dict[str, str]:
    """What the last complete setup wrote; empty when there was none, or when its Python is not the same any more."""
    try:
        stamp = json.loads((folder / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.get("base") == base_of(folder) else {}


def set_up(checkout: Path, folder: Path, parts: Sequence[str]) -> None:
    """Makes the folder hold the pinned set for these parts, or raises SetupFailed. At once when it already does."""
    if wanted(checkout, parts).items() <= read_stamp(folder).items():
        return
    check_machine()
    started = time.monotonic()
    adopted = claim(folder, is_default=folder == checkout / ".venv")
    with only_one(folder / LOCK) as lock:
        stamp = read_stamp(folder)
        needed = wanted(checkout, [*parts, *(part for part in stamp if part not in (*parts, "base"))])
        if needed.items() <= stamp.items():
            return
        say(f"Setting up Veriframe in {folder}: this is done once, takes some minutes and 2 to 6 GB of disk.")
        if not adopted and not stamp:
            empty(folder)
            make(folder, lock)
        install(checkout, folder, needed, lock)
    say(f"Ready after {time.monotonic() - started:.0f} s.")


def claim(folder: Path, is_default: bool) -> bool:
    """Makes sure that the folder may be filled and emptied. True: a working environment made by hand, to be kept."""
    if folder.exists() and not folder.is_dir():
        raise SetupFailed(f"{folder} is a file. Name a folder with --venv DIR.")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / LOCK).exists() or not any(folder.iterdir()):
        return False
    if not is_default or not (folder / "pyvenv.cfg").exists():
        raise SetupFailed(
            f"{folder} holds something that run.py did not put there, so it is left alone. Name an empty or a new "
            "folder with --venv DIR."
        )
    try:
        test = [str(python_in(folder)), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(test, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != LOCK:
            entry.unlink()


def make(folder: Path, lock: int) -> None:
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        raise SetupFailed(DISK_FULL.format(folder=folder))
    say("Making the environment ...")
    started_from = getattr(sys, "_base_executable", None) or sys.executable
    code, heard = run_watched([started_from, "-m", "venv", str(folder)], lock, folder)
    if code != 0:
        raise SetupFailed(why(code, heard, folder))


def install(checkout: Path, folder: Path, needed: Mapping[str, str], lock: int) -> None:
    """pip, once, with everything: so that one resolution covers it all."""
    listed = [line for part in needed for line in requirements(checkout, part)]
    say(f"Installing {len(listed)} packages and what they need; all that pip says is kept in {folder / LOG}")
    before = read_stamp(folder)
    for file in (STAMP, LOG):
        (folder / file).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as temporary:
        wheels = [str(write_alias(Path(temporary), *alias)) for alias in ALIASES]
        command = [str(python_in(folder)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        command += ["--log", str(folder / LOG), "--prefer-binary", "--constraint", str(checkout / "constraints.txt")]
        code, heard = run_watched([*command, *wheels, *listed], lock, Path(temporary))
    if code == 0:
        (folder / STAMP).write_text(json.dumps({**needed, "base": base_of(folder)}), "utf-8")
        return
    if before and not has_begun(folder / LOG):
        (folder / STAMP).write_text(json.dumps(before), "utf-8")
    raise SetupFailed(why(code, heard, folder))


def has_begun(log: Path) -> bool:
    """Whether pip got as far as changing the environment. Not knowing counts as yes."""
    try:
        return "Installing collected packages" in log.read_text("utf-8", errors="replace")
    except OSError:
        return True


def run_watched(command: Sequence[str], lock: int, temporary: Path) -> tuple[int, str]:
    """Runs a child that shows its own progress. Gives its exit status and what it wrote to stderr.

    The child inherits the lock: should this process be killed, the next run.py waits until the child is gone too.
    """
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX")}
    env.update(PIP_USER="0", PYTHONNOUSERSITE="1", PYTHONIOENCODING="utf-8")
    env.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)))
    heard: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env=env,
        pass_fds=() if os.name == "nt" else (lock,),
    ) as child:
        try:
            for line in child.stderr or ():
                heard.append(line)
                if line.startswith("WARNING: Retrying"):
                    say("  No answer from the network: trying again ...")
        except BaseException:
            child.terminate()
            raise
    if child.returncode != 0:
        say("".join(f"  {line}" for line in heard if line.startswith("ERROR"))[-2000:].rstrip())
    return child.returncode, "".join(heard)
