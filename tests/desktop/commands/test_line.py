from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from desktop.commands.line import main
from genconvit import __version__

ROOT = Path(__file__).resolve().parents[3]


def test_without_a_command_the_app_opens(monkeypatch, tmp_path):
    asked: list[object] = []
    app = ModuleType("desktop.app")
    app.run = lambda case=None: asked.append(case) or 3  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "desktop.app", app)
    assert main([]) == 3
    assert main(["open", str(tmp_path)]) == 3
    assert asked == [None, tmp_path]


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["examine"], ["repeat"], ["verify"], ["demo"]])
def test_every_command_explains_itself_and_its_exits(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*words, "--help"])
    assert caught.value.code == 0
    assert "130 cancelled" in " ".join(capsys.readouterr().out.split())


def test_commands_load_neither_qt_nor_torch(tmp_path):
    code = (
        "import sys\nfrom desktop.commands.line import main\n"
        f"status = main(['verify', {str(tmp_path)!r}])\n"
        "heavy = {'PySide6', 'torch', 'timm', 'decord', 'av', 'cv2'} & set(sys.modules)\n"
        "print(status, sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-2] == "5 []"


def test_the_engine_process_imports_an_empty_main_module():
    code = "import sys; import desktop.__main__; print(sorted(m for m in sys.modules if m.startswith('desktop')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['desktop', 'desktop.__main__']"


def test_python_m_desktop_runs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "desktop", "verify", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 5
    assert "There is no case" in done.stderr
