from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "numpy",
    "cv2",
    "onnxruntime",
    "av",
    "decord",
    "face_recognition",
    "matplotlib",
    "PIL",
)


def test_the_list_of_commands_imports_nothing_heavy(root: Path) -> None:
    code = (
        "import runpy, sys\n"
        "sys.argv[1:] = ['--help']\n"
        "try:\n    runpy.run_module('genconvit', run_name='__main__')\n"
        "except SystemExit as ended:\n    status = ended.code\n"
        f"print(status, sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
    assert "usage: python -m genconvit" in done.stdout
