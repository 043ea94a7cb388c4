"""From the words on the command line to the process that is started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from launch.environment import python_in, set_up
from launch.machine import check_qt_libraries
from launch.words import SetupFailed, say

CHECKOUT = Path(__file__).resolve().parent.parent
WITHOUT_WINDOW = ("examine", "verify")


def main(words: Sequence[str], usage: str) -> int:
    """Exit status: that of what was started; 1 when the setup failed, 130 when it was stopped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, stop)
    try:
        return run(words, usage)
    except SetupFailed as failure:
        say(f"run.py: {failure}")
        return 1
    except KeyboardInterrupt:
        say("run.py: stopped. The next run takes it up again.")
        return 130
    except OSError as problem:
        say(f"run.py: {problem.strerror or problem}: {problem.filename or 'some file'}. Mend that and run it again.")
        return 1


def stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def run(words: Sequence[str], usage: str) -> int:
    place, rest = split_place(words)
    if rest[:1] in (["-h"], ["--help"]):
        print(usage.strip())
        return 0
    folder = CHECKOUT / ".venv" if place is None else Path(place).expanduser().absolute()
    is_test = rest[:1] == ["test"]
    set_up(CHECKOUT, folder, ["app", "test"] if is_test else ["app"])
    if not rest or rest[0] not in WITHOUT_WINDOW:
        check_qt_libraries()
    env = environment(folder)
    if place is not None:
        env["PYTHONDONTWRITEBYTECODE"] = "1"
    if not is_test:
        return start(folder, ["-m", "desktop", *rest], env)
    os.chdir(CHECKOUT)
    return start(folder, ["-m", "pytest", "-o", f"cache_dir={folder / 'cache' / 'pytest'}", *rest[1:]], env)


def split_place(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Takes ``--venv DIR`` or ``--venv=DIR`` out of the words."""
    place, rest, left = None, [], iter(words)
    for word in left:
        if word == "--venv" or word.startswith("--venv="):
            place = word.partition("=")[2] or next(left, "")
            if not place:
                raise SetupFailed("--venv needs the name of a folder.")
        else:
            rest.append(word)
    return place, rest


def environment(folder: Path) -> dict[str, str]:
    """Of what is started: our own packages, and never a module that lies in the current folder beside the evidence."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    env.update(PYTHONPATH=str(CHECKOUT), PYTHONSAFEPATH="1", PYTHONNOUSERSITE="1")
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "cache" / "hypothesis")
    return env


def start(folder: Path, words: Sequence[str], env: Mapping[str, str]) -> int:
    command = [str(python_in(folder)), *words]
    sys.stdout.flush()
    if sys.platform != "win32":
        os.execve(command[0], command, dict(env))
    with subprocess.Popen(command, env=dict(env)) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue  # it reached the child too, which ends in its own way
