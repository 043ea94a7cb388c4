"""ruff and mypy, as part of the tests: what they refuse, the tests refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run_tool(root: Path, *words: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, check=False, timeout=600
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"


def test_ruff_has_nothing_to_say(root: Path, request: pytest.FixtureRequest) -> None:
    run_tool(root, "ruff", "check", "--cache-dir", str(request.config.cache.mkdir("ruff")), ".")


def test_mypy_has_nothing_to_say(root: Path, request: pytest.FixtureRequest) -> None:
    run_tool(root, "mypy", "--cache-dir", str(request.config.cache.mkdir("mypy")))
